import type { Provider, Signer } from "ethers";
import type { Registry } from "prom-client";

import { contractsOf } from "../chain/contracts.ts";
import { readHead, type Head } from "../chain/head.ts";
import type { Journal } from "../daemon/journal.ts";
import { loop, type Environment } from "../daemon/lifecycle.ts";
import { CredenceError } from "../errors.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { ReceiptSigner } from "../protocol/signers.ts";
import type { Domain } from "../protocol/typedData.ts";
import { anchor } from "./anchoring.ts";
import { anchorAlone } from "./anchoringAlone.ts";
import { BatchTrees } from "./batchTrees.ts";
import { ChainJournal } from "./chainJournal.ts";
import type { Duty, DutyContext, DutySettings, DutyView } from "./duty.ts";
import { DutyMetrics } from "./dutyMetrics.ts";
import { OperatorFollower } from "./follow.ts";
import { honourShort } from "./honouring.ts";
import { AnswerJournal } from "./journal.ts";
import { measure } from "./measuring.ts";
import { mergeLeaves } from "./merging.ts";
import { meteredSigner } from "./meteredSigner.ts";
import { ModelTerms } from "./modelTerms.ts";
import { playGames } from "./playing.ts";
import { publishWanted } from "./publishing.ts";
import { dropTraces } from "./retention.ts";
import { claimCredit, settleCases, sweepLocks } from "./settling.ts";
import { Tasks } from "./tasks.ts";

export type DutiesOptions = {
  /** Opened with `ANSWER_MIGRATIONS`, `CHAIN_MIGRATIONS`, `CURSOR_TABLE` and the outbox's. */
  journal: Journal;
  provider: Provider;
  /** Sends transactions: the program's `OrderedSigner`, whose outbox was recovered. */
  signer: Signer;
  /** Signs receipts, and batches that somebody else sends. */
  key: ReceiptSigner;
  deployment: Deployment;
  /** Of AttestationRegistry. */
  domain: Domain;
  /** Its address. */
  operator: string;
  fromBlock: number;
  /** Models that answers may be given for. */
  modelIds: readonly string[];
  settings: DutySettings;
  registry: Registry;
  environment: Environment;
  /** Between two looks at the chain, milliseconds. */
  pollMs: number;
  /** The chain was just followed to its newest block. */
  onFollowed?: () => void;
};

/** Those that may cost money to wait for come first. */
const DUTIES: readonly { name: string; run: Duty; everySeconds: number }[] = [
  { name: "play", run: playGames, everySeconds: 0 },
  { name: "merge", run: mergeLeaves, everySeconds: 0 },
  { name: "honour", run: honourShort, everySeconds: 0 },
  { name: "anchorAlone", run: anchorAlone, everySeconds: 0 },
  { name: "anchor", run: anchor, everySeconds: 0 },
  { name: "publish", run: publishWanted, everySeconds: 0 },
  { name: "settle", run: settleCases, everySeconds: 60 },
  { name: "claim", run: claimCredit, everySeconds: 300 },
  { name: "sweep", run: sweepLocks, everySeconds: 300 },
  { name: "retain", run: dropTraces, everySeconds: 60 },
  { name: "measure", run: measure, everySeconds: 5 },
];

/** Transactions on their way at a time, but for urgent ones. */
const AT_ONCE = 16;
/** A duty takes at most this part of the time: what is slow in a large journal is done less often. */
const LARGEST_SHARE = 0.05;
const LONGEST_PAUSE_MS = 30_000;

/** Follows the chain and does what is due on it, one step after the other. */
export class Duties {
  readonly follower: OperatorFollower;
  readonly metrics: DutyMetrics;
  readonly #options: DutiesOptions;
  readonly #context: Omit<DutyContext, "sender">;
  readonly #tasks: Tasks;
  readonly #notBefore = new Map<string, number>();
  #sender: string | undefined;
  #seen: { hash: string; since: number } | undefined;

  constructor(options: DutiesOptions) {
    const { journal, provider, deployment, operator, registry, environment, domain, pollMs } = options;
    const { log, monotonic } = environment;
    this.#options = options;
    const metrics = new DutyMetrics(registry);
    this.metrics = metrics;
    this.follower = new OperatorFollower({
      ...{ journal, provider, deployment, operator, log, fromBlock: options.fromBlock, modelIds: options.modelIds },
      onForeign: ({ name }) => {
        metrics.foreign.inc({ event: name });
      },
      onReorg: (batches) => {
        metrics.reorgs.inc();
        metrics.reanchored.inc(batches);
      },
    });
    this.#tasks = new Tasks({
      log,
      monotonic,
      limit: AT_ONCE,
      restMs: 3 * pollMs,
      retryMs: 2 * pollMs,
      maxRetryMs: 120_000,
      onError: (duty, code) => {
        metrics.errors.inc({ duty, code });
      },
    });
    const signer = meteredSigner(options.signer, ({ gasUsed, fee }) => {
      metrics.gasUsed.inc(Number(gasUsed));
      metrics.gasPaid.inc(Number(fee) / 1e9);
    });
    const answers = new AnswerJournal(journal);
    const contracts = contractsOf(deployment, provider);
    this.#context = {
      ...{ answers, contracts, deployment, domain, operator, signer, metrics, log },
      chain: new ChainJournal(journal),
      key: options.key,
      terms: new ModelTerms(contracts),
      trees: new BatchTrees(answers),
      settings: options.settings,
      tasks: this.#tasks,
    };
  }

  /**
   * Follows to the newest block and starts everything that is due there.
   * @throws RetryableError if the chain cannot be followed. FatalError of the journal.
   */
  async step(signal?: AbortSignal): Promise<DutyView> {
    const head = await this.follower.poll(signal);
    this.#options.onFollowed?.();
    const { provider, signer, settings } = this.#options;
    this.#sender ??= await signer.getAddress();
    const safe = Math.max(0, head.number + 1 - settings.confirmations);
    const safeTime = safe === head.number ? head.timestamp : (await readHead(provider, safe)).timestamp;
    const view = { head, safeTime };
    this.#measure(head);
    for (const duty of DUTIES) {
      signal?.throwIfAborted();
      await this.#run(duty, view);
    }
    this.#tasks.tidy();
    return view;
  }

  /** Resolves when no transaction is on its way. */
  async settled(): Promise<void> {
    await this.#tasks.settled();
  }

  async #run({ name, run, everySeconds }: (typeof DUTIES)[number], view: DutyView): Promise<void> {
    const { monotonic } = this.#options.environment;
    const begun = monotonic();
    if ((this.#notBefore.get(name) ?? -Infinity) > begun) return;
    try {
      await run({ ...this.#context, sender: this.#sender! }, view);
    } catch (error) {
      if (isJournalError(error)) throw error;
      const code = error instanceof CredenceError ? error.code : "UNEXPECTED";
      this.metrics.errors.inc({ duty: name, code });
      this.#context.log.warn({ err: error, duty: name }, "a duty could not look after what is due, it will again");
    }
    const ended = monotonic();
    const pause = Math.min(LONGEST_PAUSE_MS, (ended - begun) / LARGEST_SHARE);
    this.#notBefore.set(name, Math.max(begun + everySeconds * 1_000, ended + pause));
  }

  #measure({ number, hash }: Head): void {
    const { metrics } = this;
    const now = this.#options.environment.monotonic();
    if (this.#seen?.hash !== hash) this.#seen = { hash, since: now };
    metrics.headBlock.set(number);
    metrics.headAge.set((now - this.#seen.since) / 1_000);
  }
}

/**
 * Does an operator's duties on chain until the environment's signal is aborted. Whatever fails is tried again, a full disk
 * too: nothing was sent or signed then, and there may be space soon. Only what makes the journal unusable, or the wrong
 * chain, ends it.
 * @throws FatalError for example `JOURNAL_DAMAGED`, `CHAIN_OTHER`.
 */
export async function runDuties(duties: Duties, environment: Environment, pollMs: number): Promise<void> {
  const isFatal = (error: unknown): boolean => !(error instanceof CredenceError && error.code === "JOURNAL_FULL");
  await loop(environment, { name: "duties", everyMs: pollMs, maxBackoffMs: 15_000, isFatal }, async (signal) => {
    await duties.step(signal);
  });
}

/** Whether the journal cannot be relied on: nothing else is tried then. */
function isJournalError(error: unknown): boolean {
  if (error instanceof CredenceError) return error.code.startsWith("JOURNAL_");
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";
}

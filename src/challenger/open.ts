import { randomBytes } from "node:crypto";

import { hexlify, parseEther, parseUnits, type JsonRpcProvider, type Signer } from "ethers";
import type { Registry } from "prom-client";

import { unitOf } from "../chain/calls.ts";
import { connect } from "../chain/connect.ts";
import { contractsOf, type Contracts } from "../chain/contracts.ts";
import { ChainFollower } from "../chain/follower.ts";
import { OrderedSigner } from "../chain/orderedSigner.ts";
import type { Outbox } from "../chain/outbox.ts";
import type { Variables } from "../daemon/config.ts";
import { CURSOR_TABLE, cursorTable } from "../daemon/cursorTable.ts";
import { readDeployment, type LocatedDeployment } from "../daemon/deployments.ts";
import { openJournal, type Journal } from "../daemon/journal.ts";
import { openKey } from "../daemon/keys.ts";
import type { Environment } from "../daemon/lifecycle.ts";
import { createMetrics } from "../daemon/metrics.ts";
import { OUTBOX_TABLE, outboxTable } from "../daemon/outboxTable.ts";
import { FatalError, RetryableError } from "../errors.ts";
import { credenceDomain } from "../protocol/typedData.ts";
import { AnswerTable } from "./answerTable.ts";
import { BatchTable } from "./batchTable.ts";
import { Budget } from "./budget.ts";
import { BudgetedSigner } from "./budgetedSigner.ts";
import type { ChallengerConfig } from "./config.ts";
import type { Context, Signers } from "./context.ts";
import { chainEvents } from "./follow.ts";
import { isChosen } from "./isChosen.ts";
import type { ReplayedModel } from "./loadModel.ts";
import { challengerMetrics } from "./metrics.ts";
import { Operators } from "./operators.ts";
import { Replayer } from "./replayer.ts";
import { CHALLENGER_MIGRATIONS } from "./tables.ts";

/** What a challenger's program gets from outside. */
export type ChallengerEnvironment = Environment & {
  /** Where passwords and URLs are that the configuration names. */
  variables: Variables;
  /** Asks a person for a password; on the terminal unless given. */
  ask?: (question: string) => Promise<string>;
};

/** A challenger that is ready to work. */
export type OpenedChallenger = {
  readonly context: Context;
  readonly follower: ChainFollower;
  readonly outbox: Outbox;
  readonly registry: Registry;
  close(): Promise<void>;
};

/** Units of gas that a challenger's moves and its proof take in one game, the largest proofs left out. */
const GAS_PER_GAME = 2_000_000n;
/** Only ever extended at the end: journals that exist have run the first ones. */
const MIGRATIONS = [CURSOR_TABLE, OUTBOX_TABLE, ...CHALLENGER_MIGRATIONS];

/**
 * Opens key and journal, and checks that chain and models are the ones that are meant. What an earlier run sent is looked
 * after from here.
 * @throws FatalError for example `JOURNAL_IN_USE`, `CHAIN_OTHER`, `CONTRACT_MISSING`, `MODEL_OTHER`, or as `openKey`.
 */
export async function openChallenger(
  config: ChallengerConfig,
  environment: ChallengerEnvironment,
): Promise<OpenedChallenger> {
  const { chain } = config;
  const { log, variables, ask } = environment;
  const located = await readDeployment(chain);
  const provider = connectTo(config, chain.rpcUrl);
  const privateProvider = chain.privateRpcUrl === undefined ? undefined : connectTo(config, chain.privateRpcUrl);
  const closing: (() => unknown)[] = [
    () => {
      provider.destroy();
      privateProvider?.destroy();
    },
  ];
  const close = async (): Promise<void> => {
    for (const end of closing.toReversed()) await end();
  };
  try {
    const warn = (sentence: string): void => {
      log.warn(sentence);
    };
    const key = await openKey(config.keys.sender, { variables, warn, ...(ask && { ask }) });
    const { deployment } = located;
    if ((await provider.getCode(deployment.attestations)) === "0x") {
      const place = `${deployment.attestations} on chain ${chain.chainId}`;
      throw new FatalError("CONTRACT_MISSING", `there is no AttestationRegistry at ${place}`);
    }
    const account = await key.getAddress();
    const identity = { chainId: chain.chainId.toString(), attestations: deployment.attestations, account };
    const journal = openJournal(config.journal, { program: "challenger", identity, migrations: MIGRATIONS });
    closing.push(() => {
      journal.close();
    });
    const node = { provider, privateProvider, key, account, journal, located };
    return { ...(await assemble(config, environment, node, closing)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Node = {
  provider: JsonRpcProvider;
  privateProvider: JsonRpcProvider | undefined;
  key: Signer;
  account: string;
  journal: Journal;
  located: LocatedDeployment;
};

async function assemble(
  config: ChallengerConfig,
  environment: ChallengerEnvironment,
  node: Node,
  closing: (() => unknown)[],
): Promise<Omit<OpenedChallenger, "close">> {
  const { log, signal } = environment;
  const { provider, journal, account, located } = node;
  const { deployment, fromBlock } = located;
  const contracts = contractsOf(deployment, provider);
  const unit = (await unitOf(contracts))?.decimals ?? 18;
  const models = await readModels(contracts, config, environment);
  const replayer = new Replayer(models, { workers: config.workers, timeoutMs: config.replaySeconds * 1_000 });
  const gameReplayer = new Replayer(models, { workers: 1, timeoutMs: config.replaySeconds * 1_000 });
  const operators = new Operators(journal, {
    timeoutMs: config.fetch.timeoutSeconds * 1_000,
    maxBytes: config.fetch.maxBytes,
    allowPrivateAddresses: config.fetch.allowPrivateAddresses,
  });
  closing.push(async () => Promise.all([replayer.close(), gameReplayer.close(), operators.close()]));
  await replayer.load();
  const salt = saltOf(journal);
  const followed = config.operators && new Set(config.operators.map((operator) => operator.toLowerCase()));
  const answers = new AnswerTable(journal, ({ operator, modelId }, receiptId) => {
    const isFollowed = followed?.has(operator.toLowerCase()) ?? true;
    return isFollowed && replayer.knows(modelId) && isChosen(salt, receiptId, config.share);
  });
  const batches = new BatchTable(journal);
  const budget = new Budget(journal, {
    bonds: parseUnits(config.budget.bonds, unit),
    gasPerDay: parseEther(config.budget.gasEth),
    maxOpenGames: config.budget.maxOpenGames,
    gasPerGame: GAS_PER_GAME,
  });
  const outbox = outboxTable(journal, account);
  const registry = createMetrics("challenger");
  const metrics = challengerMetrics(registry, { answers, batches, budget, head: () => follower.head });
  const events = chainEvents({
    ...{ journal, batches, answers, deployment, runner: provider, account },
    operators: followed,
    onUnreadable: (event) => {
      metrics.garbage.inc({ kind: event });
    },
  });
  const follower = new ChainFollower({
    ...{ provider, fromBlock, log, addresses: events.addresses, cursor: cursorTable(journal) },
    transaction: (work) => journal.transaction(work),
    apply: events.apply,
    rollback: events.rollback,
  });
  const head = (): NonNullable<typeof follower.head> => {
    if (follower.head === undefined) throw new RetryableError("CHAIN_STALE", "the chain was not followed yet");
    return follower.head;
  };
  const policy = { ...policyOf(config), claimFrom: parseUnits(config.claimFrom, unit) };
  if (!policy.dryRun) answers.reconsider();
  const context: Context = {
    ...{ policy, log, signal, provider, deployment, contracts, account, journal, answers, batches, budget },
    ...{ replayer, gameReplayer, operators, metrics, head },
    domain: credenceDomain(config.chain.chainId, deployment.attestations),
    signers: await signersOf(config, environment, node, outbox, budget, () => head().timestamp),
    evidencePeriod: Number(await contracts.slashing.EVIDENCE_PERIOD()),
    sent: () => [...outbox.pending(), ...outbox.landed()],
    inOrder: queue(),
  };
  return { context, follower, outbox, registry };
}

function connectTo({ chain }: ChallengerConfig, url: string): JsonRpcProvider {
  const { chainId, timeoutSeconds, pollSeconds } = chain;
  return connect({ url, chainId, timeoutMs: timeoutSeconds * 1_000, pollMs: pollSeconds * 1_000 });
}

function policyOf({ dryRun, court, contestUnpaid, fetch }: ChallengerConfig): Omit<Context["policy"], "claimFrom"> {
  return { dryRun, court, contestUnpaid, fetchAttempts: fetch.attempts };
}

/** One key, one outbox; what differs is what may be refused, and where it is sent. */
async function signersOf(
  { chain }: ChallengerConfig,
  { log, signal, monotonic, sleep }: ChallengerEnvironment,
  { key, provider, privateProvider }: Node,
  outbox: Outbox,
  budget: Budget,
  now: () => number,
): Promise<Signers> {
  const { maxFeePerGas, confirmations, stuckAfterSeconds, pollSeconds } = chain;
  const ordered = new OrderedSigner({
    ...{ signer: key, provider, outbox, confirmations, signal, log, clock: { monotonic, sleep } },
    ...(privateProvider && { broadcast: [privateProvider] }),
    pollMs: pollSeconds * 1_000,
    limits: { stuckAfterMs: stuckAfterSeconds * 1_000, ...(maxFeePerGas === undefined ? {} : { maxFeePerGas }) },
  });
  await ordered.recover(signal);
  const within = (signer: OrderedSigner, isDuty: boolean): Signer =>
    new BudgetedSigner({ signer, budget, isDuty, maxFeePerGas, now });
  return {
    open: within(ordered, false),
    reward: within(ordered.private(), false),
    duty: within(ordered, true),
    dutyReward: within(ordered.private(), true),
  };
}

/** What arithmetic decides by, of every configured model that can be replayed by anybody. */
async function readModels(
  { models }: Contracts,
  config: ChallengerConfig,
  { log }: ChallengerEnvironment,
): Promise<ReplayedModel[]> {
  const found: ReplayedModel[] = [];
  for (const { modelId, source } of config.models) {
    const [[specHash, weightsRoot, preprocessHash], { privateInput }] = await Promise.all([
      models.replayOf(modelId),
      models.terms(modelId),
    ]);
    if (BigInt(specHash) === 0n || privateInput) {
      log.warn({ modelId }, "answers of this model cannot be replayed: they are followed for double-signing only");
      continue;
    }
    found.push({ modelId, source, terms: { specHash, weightsRoot, preprocessHash } });
  }
  return found;
}

/** Made once for each journal. */
function saltOf(journal: Journal): string {
  const { database } = journal;
  return journal.transaction(() => {
    const known = database.prepare("SELECT salt FROM salt").get() as { salt: string } | undefined;
    if (known !== undefined) return known.salt;
    const salt = hexlify(randomBytes(32));
    database.prepare("INSERT INTO salt (one, salt) VALUES (1, ?)").run(salt);
    return salt;
  });
}

/** Runs what it is given one after another. */
function queue(): Context["inOrder"] {
  let last: Promise<unknown> = Promise.resolve();
  return async (work) => {
    const turn = last.then(work, work);
    last = turn.catch(() => undefined);
    return turn;
  };
}

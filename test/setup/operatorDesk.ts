import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { toBeHex, type Provider, type Signer } from "ethers";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";
import pino from "pino";
import { Registry } from "prom-client";

import { CURSOR_TABLE } from "../../src/daemon/cursorTable.ts";
import { openJournal, type Journal } from "../../src/daemon/journal.ts";
import { OUTBOX_TABLE } from "../../src/daemon/outboxTable.ts";
import { CHAIN_MIGRATIONS, ChainJournal } from "../../src/operator/chainJournal.ts";
import { Duties } from "../../src/operator/duties.ts";
import type { DutySettings } from "../../src/operator/duty.ts";
import { ANSWER_MIGRATIONS, AnswerJournal } from "../../src/operator/journal.ts";
import { packTrace, type KeptTrace } from "../../src/operator/models/packTrace.ts";
import type { Deployment } from "../../src/protocol/deployment.ts";
import type { ReceiptId } from "../../src/protocol/ids.ts";
import { lockUp } from "../../src/protocol/lockMath.ts";
import { receiptId, signReceipt, type Receipt, type SignedReceipt } from "../../src/protocol/receipts.ts";
import type { ReceiptSigner } from "../../src/protocol/signers.ts";
import type { Domain } from "../../src/protocol/typedData.ts";

/** Milliseconds by which a step moves the desk's elapsed time: every pause is over then. */
const STEP_MS = 10 * 60_000;
/** Steps that anything may take to come to rest. */
const MAX_STEPS = 20;

export const PUBLIC_URL = "https://operator.example";

export const SETTINGS: DutySettings = {
  batchSize: 3,
  batchAgeSeconds: 60,
  publicUrl: PUBLIC_URL,
  confirmations: 1,
  lastResortSeconds: 1_800,
  keepTraceSeconds: 3_600,
  alarmSeconds: 3_600,
  claimAbove: undefined,
  publishAbove: 0n,
  sweepAbove: undefined,
};

/** Who an operator's program works for, and where. */
export type DeskPlace = {
  provider: Provider;
  deployment: Deployment;
  domain: Domain;
  /** Address. */
  operator: string;
  key: ReceiptSigner;
  modelIds: readonly string[];
};

export type DeskOptions = {
  settings?: Partial<DutySettings>;
  fromBlock?: number;
  /** Sends transactions. */
  signer: (journal: Journal) => Signer;
  /** Of an earlier desk, which was closed. */
  folder?: string;
};

export type Kept = {
  request: Uint8Array;
  output: Uint8Array;
  trace?: KeptTrace;
  wantsFinal?: boolean;
  /** Basis points; 10,000 if left out. */
  penaltyBps?: number;
};

/** An operator's journal on disk with the duties on it, one step at a time. */
export class OperatorDesk {
  readonly folder: string;
  readonly journal: Journal;
  readonly answers: AnswerJournal;
  readonly chain: ChainJournal;
  readonly registry = new Registry();
  readonly duties: Duties;
  readonly log: { level: number; msg: string; code?: string }[] = [];
  readonly #place: DeskPlace;
  #nonce = 0n;
  #elapsed = 0;

  constructor(place: DeskPlace, options: DeskOptions) {
    const { provider, deployment, domain, operator, key, modelIds } = place;
    this.#place = place;
    this.folder = options.folder ?? mkdtempSync(join(tmpdir(), "credence-"));
    this.journal = openJournal(join(this.folder, "operator.sqlite"), {
      program: "operator",
      identity: { attestations: deployment.attestations, operator },
      migrations: [CURSOR_TABLE, OUTBOX_TABLE, ...ANSWER_MIGRATIONS, ...CHAIN_MIGRATIONS],
    });
    this.answers = new AnswerJournal(this.journal);
    this.chain = new ChainJournal(this.journal);
    this.#nonce = BigInt(this.answers.countAnswers());
    const log = pino(
      { level: "debug" },
      { write: (line) => this.log.push(JSON.parse(line) as { level: number; msg: string }) },
    );
    this.duties = new Duties({
      ...{ provider, deployment, domain, operator, key, modelIds },
      journal: this.journal,
      signer: options.signer(this.journal),
      fromBlock: options.fromBlock ?? 0,
      settings: { ...SETTINGS, ...options.settings },
      registry: this.registry,
      environment: {
        log,
        monotonic: () => this.#elapsed,
        sleep: async () => undefined,
        signal: new AbortController().signal,
      },
      pollMs: 100,
    });
  }

  /** Signs a receipt and writes it down, as the API does before it hands it out. */
  async keep(
    receipt: Receipt,
    { request, output, trace, wantsFinal = false, penaltyBps = 10_000 }: Kept,
  ): Promise<{
    id: ReceiptId;
    signed: SignedReceipt;
  }> {
    const { key, domain } = this.#place;
    const signed = await signReceipt(key, domain, receipt);
    const id = receiptId(domain, receipt);
    this.answers.addAnswer({
      ...{ receiptId: id, signed, requester: toBeHex(1, 20), nonce: this.#nonce, request, output, wantsFinal },
      trace: trace && packTrace(trace),
      lock: lockUp(receipt.coverage, penaltyBps),
    });
    this.#nonce += 1n;
    return { id, signed };
  }

  /** One step, and whatever it sends is in a block when this returns. */
  async step(): Promise<void> {
    this.#elapsed += STEP_MS;
    await this.duties.step();
    await this.duties.settled();
  }

  /** One step whose transactions are on their way when this returns. */
  async begin(): Promise<void> {
    this.#elapsed += STEP_MS;
    await this.duties.step();
  }

  /** Steps until the chain stands still. @returns how many steps something was sent in. */
  async rest(): Promise<number> {
    for (let sent = 0; sent < MAX_STEPS; sent++) {
      const before = await this.#place.provider.getBlockNumber();
      await this.step();
      if ((await this.#place.provider.getBlockNumber()) === before) return sent;
    }
    throw new Error(`the duties do not come to rest: ${JSON.stringify(this.log.slice(-8))}`);
  }

  /** The value of a metric without its prefix; 0 if it has none. */
  async metric(name: string, labels: Record<string, string> = {}): Promise<number> {
    const values = (await this.registry.getSingleMetric(`credence_operator_${name}`)!.get()).values as {
      value: number;
      labels: Record<string, string>;
    }[];
    const found = values.find((value) => Object.entries(labels).every(([key, text]) => value.labels[key] === text));
    return found?.value ?? 0;
  }

  /** Messages of at least this level: 40 is a warning, 50 an error. */
  said(level: number): string[] {
    return this.log.filter((line) => line.level >= level).map(({ msg }) => msg);
  }

  /** As a crash would: what is on disk stays. */
  close(): void {
    this.journal.close();
  }

  /** When nothing is on its way any more, so that no test finds another's transactions. */
  async remove(): Promise<void> {
    await this.duties.settled();
    if (this.journal.database.isOpen) this.journal.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

let connected: Promise<NetworkConnection> | undefined;

/** One chain for all tests of an operator's duties: what is deployed once is loaded by each. */
export async function deskChain(): Promise<NetworkConnection> {
  return (connected ??= network.create());
}

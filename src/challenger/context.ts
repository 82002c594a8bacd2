import type { Provider, Signer } from "ethers";
import type { Logger } from "pino";

import type { Contracts } from "../chain/contracts.ts";
import type { Head } from "../chain/head.ts";
import type { OutboxEntry } from "../chain/outbox.ts";
import type { Journal } from "../daemon/journal.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { Domain } from "../protocol/typedData.ts";
import type { AnswerTable } from "./answerTable.ts";
import type { BatchTable } from "./batchTable.ts";
import type { Budget } from "./budget.ts";
import type { ChallengerMetrics } from "./metrics.ts";
import type { Operators } from "./operators.ts";
import type { Replayer } from "./replayer.ts";

/** How a challenger decides; part of its configuration. */
export type Policy = {
  /** Only logs what it would do. */
  readonly dryRun: boolean;
  /** Opens cases where arithmetic cannot decide. */
  readonly court: boolean;
  /** Contests answers behind which nothing is locked. */
  readonly contestUnpaid: boolean;
  /** Credit in the vault from which on it is claimed: stake token, smallest unit. */
  readonly claimFrom: bigint;
  /** How often something is asked of an operator before it counts as withheld. */
  readonly fetchAttempts: number;
};

/** Signers of one key, by what a transaction is for. */
export type Signers = {
  /** For what can be left. */
  readonly open: Signer;
  /** The same where a copy would take the reward. */
  readonly reward: Signer;
  /** For games that are open. */
  readonly duty: Signer;
  /** The same where a copy would take the reward. */
  readonly dutyReward: Signer;
};

/** All that the parts of a challenger work with. */
export type Context = {
  readonly policy: Policy;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly provider: Provider;
  readonly deployment: Deployment;
  /** For reading. */
  readonly contracts: Contracts;
  /** Domain of AttestationRegistry. */
  readonly domain: Domain;
  /** Seconds for which two receipts are evidence against their operator. */
  readonly evidencePeriod: number;
  /** The challenger's address. */
  readonly account: string;
  readonly signers: Signers;
  /** Its transactions that are pending, or in a block that may go. */
  readonly sent: () => readonly OutboxEntry[];
  readonly journal: Journal;
  readonly answers: AnswerTable;
  readonly batches: BatchTable;
  readonly budget: Budget;
  /** For answers. */
  readonly replayer: Replayer;
  /** For games, apart so that they never wait for answers. */
  readonly gameReplayer: Replayer;
  readonly operators: Operators;
  readonly metrics: ChallengerMetrics;
  /** Newest block that was followed. */
  readonly head: () => Head;
  /** Openings come one after another: each takes the allowance that was made for it. */
  readonly inOrder: <T>(work: () => Promise<T>) => Promise<T>;
};

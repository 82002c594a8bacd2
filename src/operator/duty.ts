import type { Signer } from "ethers";
import type { Logger } from "pino";

import type { Contracts } from "../chain/contracts.ts";
import type { Head } from "../chain/head.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { ReceiptSigner } from "../protocol/signers.ts";
import type { Domain } from "../protocol/typedData.ts";
import type { BatchTrees } from "./batchTrees.ts";
import type { ChainJournal } from "./chainJournal.ts";
import type { DutyMetrics } from "./dutyMetrics.ts";
import type { AnswerJournal } from "./journal.ts";
import type { ModelTerms } from "./modelTerms.ts";
import type { Tasks } from "./tasks.ts";

/** How an operator looks after what it has signed. Times in seconds. */
export type DutySettings = {
  /** Most receipts in a batch. */
  batchSize: number;
  /** Age of its oldest receipt at which a batch is closed. */
  batchAgeSeconds: number;
  /** Where the operator's API is reached: batches name it as where their leaves are. */
  publicUrl: string;
  /** Blocks from 1, that of an event included, before it is taken for lasting. */
  confirmations: number;
  /** How long before `anchorBy` a receipt that stands in no batch on chain is anchored by itself. */
  lastResortSeconds: number;
  /** How long a trace is kept after its answer could be contested for the last time. */
  keepTraceSeconds: number;
  /** How long before the end of a move's time it is an alarm that the move is not on chain. */
  alarmSeconds: number;
  /** Wei of the sender below which nothing is published for customers. */
  publishAbove: bigint;
  /** Credit from which on it is claimed for the operator; undefined: never. Stake token, smallest unit. */
  claimAbove: bigint | undefined;
  /** Locks that have run out from which on they are freed for other uses of the stake; undefined: in passing only. */
  sweepAbove: bigint | undefined;
};

/** What the duties work with. */
export type DutyContext = {
  answers: AnswerJournal;
  chain: ChainJournal;
  /** Read-only. */
  contracts: Contracts;
  deployment: Deployment;
  domain: Domain;
  /** Addresses. */
  operator: string;
  sender: string;
  /** Sends transactions, and pays for them. */
  signer: Signer;
  /** Signs receipts and batches. */
  key: ReceiptSigner;
  terms: ModelTerms;
  trees: BatchTrees;
  settings: DutySettings;
  tasks: Tasks;
  metrics: DutyMetrics;
  log: Logger;
};

/** The chain as it was followed. */
export type DutyView = {
  head: Head;
  /** Timestamp of the newest block that is taken for lasting. */
  safeTime: number;
};

/** Starts what is due and returns; all that it knows it has from journal and chain, so that repeating it is harmless. */
export type Duty = (context: DutyContext, view: DutyView) => Promise<void> | void;

import { ZeroHash } from "ethers";

import type { Batch } from "./batches.ts";
import type { Receipt } from "./receipts.ts";

/** What an answer reads as. */
export const AnswerStatus = {
  /** Not anchored, or void. */
  Unknown: 0,
  /** May be contested, or published in time. */
  Pending: 1,
  /** Its time ran out without publication, or locked short; never final. */
  Expired: 2,
  /** Its key was reported or its operator tombstoned before it was final; stays contestable. */
  Recalled: 3,
  /** Contested, and nobody could say. */
  Undecided: 4,
  /** A case or game is open. */
  Contested: 5,
  /** Wrong; the lock was paid out. */
  Overturned: 6,
  /** Published, its time is over, nothing open. */
  Final: 7,
} as const;
export type AnswerStatus = (typeof AnswerStatus)[keyof typeof AnswerStatus];

/** Checks that were performed on an answer and recorded; bits of `Confidence.methods`. */
export const Method = {
  /** Request and output stood on chain and match their hashes. */
  Seen: 1,
  /** The model's proof verifier accepted a proof. */
  Proven: 2,
  /** A court case upheld it. */
  CourtUpheld: 4,
} as const;
export type Method = (typeof Method)[keyof typeof Method];

/** Where the lock of a published answer is. */
export const LockState = { None: 0, InBucket: 1, Held: 2, Seized: 3 } as const;
export type LockState = (typeof LockState)[keyof typeof LockState];

/** How sure an answer is, as numbers to act on. Amounts in the stake token's smallest unit, times in Unix seconds. */
export type Confidence = {
  status: AnswerStatus;
  /** Bit mask of `Method`. */
  methods: number;
  /** Coverage that stood behind the answer in its window, rounded down. */
  backed: bigint;
  /** Coverage still locked for the beneficiary. */
  payableNow: bigint;
  /** 0: not published. */
  publishedAt: number;
  /** End of the time to contest; 0: not published. */
  finalAt: number;
};

/** A receipt at an index of a batch, as contracts take it. */
export type Leaf = {
  batch: Batch;
  receipt: Receipt;
  index: number;
  /** Siblings from the leaf upwards, as `BatchTree.proof` returns them. */
  proof: string[];
};

/** A leaf that shows a receipt alone: enough for an answer that is published, and for a signed receipt as evidence. */
export function bareLeaf(receipt: Receipt): Leaf {
  const { operator, signerId, modelId, coverage, anchorBy } = receipt;
  const batch = { operator, signerId, modelId, root: ZeroHash, count: 0, coverage, anchorBy, dataURI: "" };
  return { batch, receipt, index: 0, proof: [] };
}

import { ZeroHash } from "ethers";

import { LockState } from "../protocol/answers.ts";
import type { Fact } from "./chainEvents.ts";

/** What the followed chain says of a published answer. Amounts of the stake token, smallest unit; Unix seconds. */
export type AnswerState = {
  /** Where it was published. */
  block: number;
  blockHash: string;
  /** By a receipt anchored by itself, not as a leaf. */
  isAlone: boolean;
  finalAt: number;
  locked: bigint;
  /** Of coverage and penalty, when it was published. */
  missingAtFirst: bigint;
  /** Now. */
  missing: bigint;
  state: LockState;
  openCases: number;
  isMerged: boolean;
  isDishonoured: boolean;
};

/**
 * Sums up what happened to an answer; undefined if it is not published.
 * @param facts Of this receipt, in their order on chain.
 * @param lock Coverage and penalty of the receipt.
 */
export function answerState(facts: readonly Fact[], lock: bigint): AnswerState | undefined {
  let answer: AnswerState | undefined;
  for (const fact of facts) {
    if (fact.name === "AnswerPublished") answer = published(fact, lock);
    else if (answer !== undefined) answer = changed(answer, fact);
  }
  return answer;
}

function published({ block, blockHash, details }: Fact, lock: bigint): AnswerState {
  const locked = BigInt(details.locked as string);
  return {
    block,
    blockHash,
    isAlone: details.batchId === ZeroHash,
    finalAt: details.finalAt as number,
    locked,
    missingAtFirst: lock - locked,
    missing: lock - locked,
    state: LockState.InBucket,
    openCases: 0,
    isMerged: false,
    isDishonoured: false,
  };
}

function changed(answer: AnswerState, { name, details }: Fact): AnswerState {
  switch (name) {
    case "LockFilled":
      return filled(answer, BigInt(details.added as string));
    case "ReceiptMerged":
      return { ...filled(answer, BigInt(details.filled as string)), isMerged: true };
    case "AnswerHeld":
      return { ...answer, state: LockState.Held, openCases: details.openCases as number };
    case "AnswerReleased": {
      const openCases = details.openCases as number;
      const state = openCases === 0 ? LockState.InBucket : LockState.Held;
      return { ...answer, state, openCases, finalAt: details.finalAt as number };
    }
    case "AnswerSeized":
      return { ...answer, state: LockState.Seized, openCases: 0 };
    case "AnswerDishonoured":
      return { ...answer, isDishonoured: true };
    default:
      return answer;
  }
}

function filled(answer: AnswerState, amount: bigint): AnswerState {
  return { ...answer, locked: answer.locked + amount, missing: answer.missing - amount };
}

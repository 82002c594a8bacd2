import { getBytes, hexlify } from "ethers";

import { keccak } from "../inference/keccak.ts";

const WORD = 32;

/** The weight of the whole total in a full vote. */
export const VOTE_PARTS = 2n ** 31n;

export type SeatsParameters = {
  /** Of the panel, 32 bytes. */
  seed: string;
  caseId: string;
  /** From 0. */
  round: number;
  voter: string;
  /** The voter's at the snapshot, stake token, smallest unit. */
  votes: bigint;
  /** All at the snapshot, at least the court's floor. */
  total: bigint;
  /** Expected seats of the panel. */
  expected: number;
};

/**
 * Seats of a voter on a panel, as the court counts them: each whole seat that its votes buy, and one more by chance for the
 * rest.
 */
export function seats({ seed, caseId, round, voter, votes, total, expected }: SeatsParameters): number {
  // abi.encode(bytes32, bytes32, uint256, address); a case has at most three rounds.
  const words = new Uint8Array(4 * WORD);
  words.set(getBytes(seed), 0);
  words.set(getBytes(caseId), WORD);
  words[3 * WORD - 1] = round;
  words.set(getBytes(voter), 4 * WORD - 20);
  const product = votes * BigInt(expected);
  const chance = BigInt(hexlify(keccak(words))) % total;
  return Number(product / total) + (chance < product % total ? 1 : 0);
}

/**
 * What a voter weighs in a full vote, as the court counts it: parts of 2^31, rounded down.
 * @param votes The voter's at the snapshot.
 * @param total All at the snapshot, at least the court's floor.
 */
export function fullVoteWeight(votes: bigint, total: bigint): number {
  return Number((votes * VOTE_PARTS) / total);
}

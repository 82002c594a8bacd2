import { getBytes, toBeHex } from "ethers";

import { keccak } from "../../src/inference/keccak.ts";

/** The weight of everybody together in a full vote. */
export const PARTS = 2n ** 31n;

/** What decides by chance who sits on a panel. `seed` and `caseId` are 32 bytes, `voter` is 20. */
export type Lot = { seed: Uint8Array; caseId: Uint8Array; round: number; voter: Uint8Array };

const WORD = 32;

/** The lot as a number: keccak256(abi.encode(seed, case, round, voter)). */
function draw({ seed, caseId, round, voter }: Lot): bigint {
  const words = new Uint8Array(4 * WORD);
  words.set(seed, 0);
  words.set(caseId, WORD);
  words[3 * WORD - 1] = round;
  words.set(voter, 4 * WORD - voter.length);
  return BigInt(`0x${Buffer.from(keccak(words)).toString("hex")}`);
}

/** Seats on a panel of `expected`, from the design's formula alone (contracts/court/Sortition.sol is held against it). */
export function seatsOf(lot: Lot, votes: bigint, total: bigint, expected: bigint): bigint {
  const whole = (votes * expected) / total;
  const rest = (votes * expected) % total;
  return whole + (draw(lot) % total < rest ? 1n : 0n);
}

/** Weight in a full vote. */
export function partsOf(votes: bigint, total: bigint): bigint {
  return (votes * PARTS) / total;
}

/** The bytes of a lot whose parts are hex. */
export function lotOf(seed: string, caseId: string, round: number, voter: string): Lot {
  return { seed: getBytes(toBeHex(seed, WORD)), caseId: getBytes(caseId), round, voter: getBytes(voter) };
}

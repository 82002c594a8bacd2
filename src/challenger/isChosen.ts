import { concat, getBytes, keccak256 } from "ethers";

import type { ReceiptId } from "../protocol/ids.ts";

const BITS = 48;

/**
 * Whether an answer belongs to the share that is replayed. The same answer always does, or never; a larger share has all
 * of a smaller one. The salt is the journal's secret: an operator that knew which answers nobody looks at would lie there.
 * @param share - 0 to 1.
 */
export function isChosen(salt: string, receiptId: ReceiptId, share: number): boolean {
  const digest = getBytes(keccak256(concat([salt, receiptId])));
  const place = digest.subarray(0, BITS / 8).reduce((number, byte) => number * 256 + byte, 0);
  return place < share * 2 ** BITS;
}

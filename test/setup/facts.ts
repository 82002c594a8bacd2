import { id } from "ethers";

import type { Details, Fact } from "../../src/operator/chainEvents.ts";

const RECEIPT = id("receipt");

/** Facts about one receipt in their order, each in a block of its own whose hash is its number. */
export function factsOf(...events: [name: string, details: Details, gameId?: string][]): Fact[] {
  return events.map(([name, details, gameId], i) => ({
    ...{ block: i + 1, blockHash: `${i + 1}`, index: 0, transactionHash: "0x", name, details },
    ...{ operator: undefined, receiptId: RECEIPT, gameId, batchId: undefined },
  }));
}

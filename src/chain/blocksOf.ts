import type { Block, Provider } from "ethers";

import { blockAt } from "./blockAt.ts";

/** Numbers of the first and last block with that time: one block, or several on chains with more than one in a second. */
export async function blocksOf(provider: Provider, newest: Block, timestamp: number): Promise<[number, number]> {
  const first = await blockAt(provider, newest, timestamp);
  return [first, (await blockAt(provider, newest, timestamp + 1)) - 1];
}

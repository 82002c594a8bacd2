import type { Block, Provider } from "ethers";

/**
 * The number of the first block that is not earlier than a time, by halving; one more than the newest if none is.
 * @param newest - the last block there is.
 * @param timestamp - Unix time in seconds.
 */
export async function blockAt(provider: Provider, newest: Block, timestamp: number): Promise<number> {
  let [low, high] = [0, newest.number + 1];
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const block = middle === newest.number ? newest : await provider.getBlock(middle);
    // A node that does not have the block any more does not have its events either.
    if (block === null || block.timestamp < timestamp) low = middle + 1;
    else high = middle;
  }
  return low;
}

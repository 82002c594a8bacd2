import type { Provider } from "ethers";

const FIRST_DISTANCE = 256;

/**
 * The number of a block that is not later than a time, in a few requests: at most twice as far back as needed, but for
 * the first 256 blocks.
 * @param newest - where to start from.
 * @param timestamp - Unix time in seconds.
 */
export async function blockBefore(provider: Provider, newest: { number: number }, timestamp: number): Promise<number> {
  for (let distance = FIRST_DISTANCE; distance < newest.number; distance *= 2) {
    const block = await provider.getBlock(newest.number - distance);
    if (block !== null && block.timestamp <= timestamp) return block.number;
  }
  return 0;
}

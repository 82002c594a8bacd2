import type { Provider } from "ethers";

import { RetryableError } from "../errors.ts";
import { asked } from "./asked.ts";

/** A block, newest of those that were followed. Its timestamp is the time of every decision: Unix time in seconds. */
export type Head = { number: number; hash: string; timestamp: number };

/**
 * The newest block that the node knows, or the one of a number.
 * @throws RetryableError `CHAIN_STALE` if the node does not have it; `CHAIN_REFUSED`, `CHAIN_UNREACHABLE`.
 */
export async function readHead(provider: Provider, tag: number | "latest" = "latest"): Promise<Head> {
  const block = await asked(async () => provider.getBlock(tag));
  if (typeof block?.hash !== "string") throw new RetryableError("CHAIN_STALE", `the node does not have block ${tag}`);
  return { number: block.number, hash: block.hash, timestamp: block.timestamp };
}

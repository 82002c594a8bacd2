import type { Provider } from "ethers";

import { RetryableError } from "../errors.ts";
import { asked } from "./asked.ts";

/** The transaction that used a nonce. */
export type NonceUse = { hash: string; blockNumber: number };

/**
 * Finds the transaction of an account that used a nonce, by when the account's count of transactions passed it.
 * Nodes forget old states: what lies before those is not found.
 * @param newest A block in which the nonce is used.
 * @returns undefined if the node cannot tell.
 * @throws RetryableError `CHAIN_UNREACHABLE`, `CHAIN_REFUSED`.
 */
export async function findNonceUse(
  provider: Provider,
  account: string,
  nonce: number,
  newest: number,
): Promise<NonceUse | undefined> {
  let [unused, used] = [-1, newest];
  while (used - unused > 1) {
    const middle = Math.floor((unused + used) / 2);
    if (await isUsedAt(provider, account, nonce, middle)) used = middle;
    else unused = middle;
  }
  const block = await provider.getBlock(used, true);
  const transaction = block?.prefetchedTransactions.find(
    (candidate) => candidate.nonce === nonce && candidate.from.toLowerCase() === account.toLowerCase(),
  );
  return transaction && { hash: transaction.hash, blockNumber: used };
}

/** Nodes' words for it. */
const NO_STATE =
  /missing trie node|historical state|state.{0,40}(unavailable|not available|not found|pruned)|pruned|out of range/i;

/** A state that the node no longer has counts as before. */
async function isUsedAt(provider: Provider, account: string, nonce: number, block: number): Promise<boolean> {
  try {
    return (await asked(async () => provider.getTransactionCount(account, block))) > nonce;
  } catch (error) {
    const isForgotten =
      error instanceof RetryableError && error.code === "CHAIN_REFUSED" && NO_STATE.test(error.message);
    if (!isForgotten) throw error;
    return false;
  }
}

import { DatabaseSync } from "node:sqlite";

import type { Devnet } from "../../scripts/devnet/devnet.ts";
import type { DevnetOperator } from "../../scripts/devnet/operators.ts";

/**
 * How many transactions the chain has heard of from a program's sender, in blocks or not, that the outbox of the program
 * does not know: each of them was broadcast before it was written down.
 * @param program - it has ended, so that its journal can be read.
 */
export async function countUnwritten(
  { provider }: Devnet,
  { sender, journal }: Pick<DevnetOperator, "sender" | "journal">,
): Promise<number> {
  const next = await provider.getTransactionCount(sender.address, "pending");
  if (next === 0) return 0; // perhaps it had no time for a journal
  const database = new DatabaseSync(journal, { readOnly: true });
  try {
    const { last } = database.prepare("SELECT MAX(nonce) AS last FROM outbox").get() as { last: number | null };
    return Math.max(0, next - 1 - (last ?? -1));
  } finally {
    database.close();
  }
}

import type { Journal } from "../daemon/journal.ts";
import { parseId, type ReceiptId } from "../protocol/ids.ts";

/** A game of this account that is not over. */
export type OwnGame = { readonly gameId: bigint; readonly receiptId: ReceiptId };

/** Its games, as the chain says, in the order in which they were opened. */
export function openGamesOf({ database }: Journal): OwnGame[] {
  const rows = database
    .prepare("SELECT id, receipt_id FROM stakes WHERE kind = 'game' AND ended_block IS NULL ORDER BY opened_block")
    .all() as { id: string; receipt_id: string }[];
  return rows.map(({ id, receipt_id }) => ({ gameId: BigInt(id), receiptId: parseId(receipt_id) }));
}

/** Answers on which it has a case that is not settled. */
export function openCasesOf({ database }: Journal): ReceiptId[] {
  const rows = database
    .prepare("SELECT receipt_id FROM stakes WHERE kind = 'case' AND ended_block IS NULL ORDER BY opened_block")
    .all() as { receipt_id: string }[];
  return rows.map(({ receipt_id }) => parseId(receipt_id));
}

import type { Journal } from "../daemon/journal.ts";
import { parseId, type ReceiptId } from "../protocol/ids.ts";

/** Migration of a journal that has a case table. */
export const CASE_TABLE = `
  CREATE TABLE cases (
    case_id TEXT PRIMARY KEY,
    operator TEXT NOT NULL,
    opener TEXT NOT NULL,
    block INTEGER NOT NULL,
    closed_at INTEGER
  ) STRICT, WITHOUT ROWID;
`;

/** A case that was opened. */
export type KnownCase = { caseId: ReceiptId; operator: string; opener: string; block: number };

/** The cases of a deployment as the program followed them. */
export type CaseTable = {
  add(opened: KnownCase): void;
  /** Forgets what was opened, or found closed, after a block. */
  rollback(toBlock: number): void;
  /** Those that can still need something. */
  open(): KnownCase[];
  /** There is nothing to do in it for the account, and never will be. */
  close(caseId: ReceiptId, block: number): void;
};

type Row = { case_id: string; operator: string; opener: string; block: number };

/** @param journal - With `CASE_TABLE` among its migrations. */
export function caseTable({ database }: Journal): CaseTable {
  const insert = database.prepare("INSERT OR IGNORE INTO cases (case_id, operator, opener, block) VALUES (?, ?, ?, ?)");
  const remove = database.prepare("DELETE FROM cases WHERE block > ?");
  const reopen = database.prepare("UPDATE cases SET closed_at = NULL WHERE closed_at > ?");
  const select = database.prepare(
    "SELECT case_id, operator, opener, block FROM cases WHERE closed_at IS NULL ORDER BY block, case_id",
  );
  const close = database.prepare("UPDATE cases SET closed_at = ? WHERE case_id = ?");
  return {
    add({ caseId, operator, opener, block }) {
      insert.run(caseId, operator, opener, block);
    },
    rollback(toBlock) {
      remove.run(toBlock);
      reopen.run(toBlock);
    },
    open: () =>
      (select.all() as Row[]).map(({ case_id, ...rest }) => ({ ...rest, caseId: parseId<ReceiptId>(case_id) })),
    close(caseId, block) {
      close.run(block, caseId);
    },
  };
}

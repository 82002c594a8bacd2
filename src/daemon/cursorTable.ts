import type { Cursor } from "../chain/follower.ts";
import type { Head } from "../chain/head.ts";
import type { Journal } from "./journal.ts";

/** Migration of a journal that has a cursor. */
export const CURSOR_TABLE = `
  CREATE TABLE heads (number INTEGER PRIMARY KEY, hash TEXT NOT NULL, timestamp INTEGER NOT NULL) STRICT;
`;

/** Reorgs are not deeper than this many blocks on any chain in use. */
const KEPT_BLOCKS = 256;

/** How far a journal has followed the chain. It needs `CURSOR_TABLE` among the journal's migrations. */
export function cursorTable({ database }: Journal): Cursor {
  const select = database.prepare("SELECT number, hash, timestamp FROM heads ORDER BY number DESC");
  const insert = database.prepare("INSERT INTO heads (number, hash, timestamp) VALUES (?, ?, ?)");
  const removeOld = database.prepare("DELETE FROM heads WHERE number < ?");
  const removeAfter = database.prepare("DELETE FROM heads WHERE number > ?");
  return {
    heads: () => select.all().map((row) => ({ ...row }) as Head),
    advance({ number, hash, timestamp }) {
      insert.run(number, hash, timestamp);
      removeOld.run(number - KEPT_BLOCKS);
    },
    rollback(toBlock) {
      removeAfter.run(toBlock);
    },
  };
}

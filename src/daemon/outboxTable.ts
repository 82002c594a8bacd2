import type { NewEntry, Outbox, OutboxEntry, Settlement } from "../chain/outbox.ts";
import { FatalError } from "../errors.ts";
import type { Journal } from "./journal.ts";

/** Migration of a journal that has an outbox. */
export const OUTBOX_TABLE = `
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sender TEXT NOT NULL,
    nonce INTEGER NOT NULL,
    target TEXT NOT NULL,
    data TEXT NOT NULL,
    value TEXT NOT NULL,
    route TEXT NOT NULL CHECK (route IN ('public', 'private')),
    raw TEXT NOT NULL,
    hashes TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'mined', 'failed', 'lost')),
    mined_hash TEXT,
    mined_block_hash TEXT,
    settled_block INTEGER
  ) STRICT;
  CREATE UNIQUE INDEX outbox_nonce ON outbox (sender, nonce) WHERE state != 'lost';
  CREATE TABLE outbox_hashes (
    hash TEXT PRIMARY KEY,
    entry INTEGER NOT NULL REFERENCES outbox (id) ON DELETE CASCADE
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX outbox_hashes_entry ON outbox_hashes (entry);
`;

type Row = {
  id: number;
  nonce: number;
  target: string;
  data: string;
  value: string;
  route: OutboxEntry["route"];
  raw: string;
  hashes: string;
  state: OutboxEntry["state"];
  mined_hash: string | null;
  mined_block_hash: string | null;
  settled_block: number | null;
};

/**
 * The transactions of one key in a journal, which needs `OUTBOX_TABLE` among its migrations.
 * @param sender Its address.
 */
export function outboxTable(journal: Journal, sender: string): Outbox {
  const { database } = journal;
  const select = (rest: string) => database.prepare(`SELECT * FROM outbox WHERE sender = ? AND ${rest}`);
  const pending = select("state = 'pending' ORDER BY nonce");
  const landed = select("state IN ('mined', 'failed') ORDER BY settled_block DESC, nonce DESC");
  const byId = select("id = ?");
  const byHash = select("id = (SELECT entry FROM outbox_hashes WHERE hash = ?)");
  const last = database.prepare("SELECT max(nonce) AS nonce FROM outbox WHERE sender = ? AND state != 'lost'");
  const insert = database.prepare(
    "INSERT INTO outbox (sender, nonce, target, data, value, route, raw, hashes, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending')",
  );
  const insertHash = database.prepare("INSERT INTO outbox_hashes (hash, entry) VALUES (?, ?)");
  const replace = database.prepare("UPDATE outbox SET raw = ?, hashes = hashes || ' ' || ? WHERE id = ?");
  const settle = database.prepare(
    "UPDATE outbox SET state = ?, mined_hash = ?, mined_block_hash = ?, settled_block = ? WHERE id = ?",
  );
  const prune = database.prepare(
    `DELETE FROM outbox WHERE sender = ?1 AND settled_block < ?2 AND (state = 'lost' OR
      nonce < (SELECT max(nonce) FROM outbox WHERE sender = ?1 AND state != 'lost'))`,
  );

  const known = (id: number): OutboxEntry => {
    const row = byId.get(sender, id);
    if (row === undefined) throw new FatalError("OUTBOX_UNKNOWN", `the outbox has no entry ${id} of ${sender}`);
    return entryOf(row as Row);
  };
  return {
    pending: () => pending.all(sender).map((row) => entryOf(row as Row)),
    landed: () => landed.all(sender).map((row) => entryOf(row as Row)),
    find(hash) {
      const row = byHash.get(sender, hash);
      return row && entryOf(row as Row);
    },
    lastNonce: () => (last.get(sender) as { nonce: number | null }).nonce ?? undefined,
    add({ nonce, to, data, value, route, raw, hash }: NewEntry) {
      return journal.transaction(() => {
        const { lastInsertRowid } = insert.run(sender, nonce, to, data, value.toString(), route, raw, hash);
        insertHash.run(hash, lastInsertRowid);
        return known(Number(lastInsertRowid));
      });
    },
    replace(id, raw, hash) {
      journal.transaction(() => {
        insertHash.run(hash, known(id).id);
        replace.run(raw, hash, id);
      });
    },
    settle(id, result) {
      journal.transaction(() => settle.run(...settlement(result), known(id).id));
    },
    reopen(id) {
      journal.transaction(() => settle.run("pending", null, null, null, known(id).id));
    },
    prune: (beforeBlock) => void journal.transaction(() => prune.run(sender, beforeBlock)),
  };
}

type SettledColumns = [OutboxEntry["state"], string | null, string | null, number];

function settlement(result: Settlement): SettledColumns {
  if ("lost" in result) return ["lost", null, null, result.block];
  const { status, hash, blockHash, blockNumber } = result.minedIn;
  return [status === 1 ? "mined" : "failed", hash, blockHash, blockNumber];
}

function entryOf(row: Row): OutboxEntry {
  const { id, nonce, target: to, data, route, raw, state } = row;
  const hashes = row.hashes.split(" ");
  const entry = { id, nonce, to, data, value: BigInt(row.value), route, raw, hash: hashes.at(-1)!, hashes, state };
  if (state !== "mined" && state !== "failed") return entry;
  const status = state === "mined" ? 1 : 0;
  // Settled rows have all three columns.
  const minedIn = { blockNumber: row.settled_block!, blockHash: row.mined_block_hash!, status, hash: row.mined_hash! };
  return { ...entry, minedIn: minedIn as NonNullable<OutboxEntry["minedIn"]> };
}

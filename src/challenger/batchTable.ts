import type { Journal } from "../daemon/journal.ts";
import type { Batch } from "../protocol/batches.ts";
import type { BatchId } from "../protocol/ids.ts";
import { encodeBatch, parseBatch } from "../protocol/receiptJson.ts";

/** An anchored batch, and how far it was read. */
export type KnownBatch = {
  readonly batchId: BatchId;
  readonly header: Batch;
  /** End of its lock, Unix time in seconds; undefined as long as nobody has looked. */
  readonly lockEnd: number | undefined;
  /** Of the first leaf that was not read. */
  readonly nextIndex: number;
};

type Row = { batch_id: BatchId; header: string; lock_end: number | null; next_index: number };

/** The batches that the chain has, as far as the challenger has followed it. */
export class BatchTable {
  readonly #journal: Journal;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** A batch was anchored; one that was reorganised away and comes back is read again. */
  add(batchId: BatchId, header: Batch, block: number): void {
    this.#journal.database
      .prepare("INSERT INTO batches (batch_id, operator, header, block) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING")
      .run(batchId, header.operator.toLowerCase(), encodeBatch(header), block);
  }

  get(batchId: BatchId): KnownBatch | undefined {
    const row = this.#journal.database.prepare("SELECT * FROM batches WHERE batch_id = ?").get(batchId);
    return row === undefined ? undefined : known(row as Row);
  }

  /** Of each operator the oldest whose leaves were not read, the oldest first: their locks end first. */
  toRead(limit: number): KnownBatch[] {
    const rows = this.#journal.database
      .prepare(
        `SELECT b.* FROM
           (SELECT operator, min(block) AS block FROM batches WHERE state = 'new' GROUP BY operator ORDER BY 2 LIMIT ?) o
         JOIN batches b ON b.rowid =
           (SELECT rowid FROM batches WHERE state = 'new' AND operator = o.operator AND block = o.block LIMIT 1)
         ORDER BY b.block`,
      )
      .all(limit);
    return (rows as Row[]).map(known);
  }

  setLockEnd(batchId: BatchId, lockEnd: number): void {
    this.#journal.database.prepare("UPDATE batches SET lock_end = ? WHERE batch_id = ?").run(lockEnd, batchId);
  }

  /** Its leaves below this index are in the journal. */
  setNextIndex(batchId: BatchId, nextIndex: number): void {
    this.#journal.database.prepare("UPDATE batches SET next_index = ? WHERE batch_id = ?").run(nextIndex, batchId);
  }

  /** @returns how often its leaves were asked for in vain, this time included. */
  countAttempt(batchId: BatchId): number {
    const row = this.#journal.database
      .prepare("UPDATE batches SET attempts = attempts + 1 WHERE batch_id = ? RETURNING attempts")
      .get(batchId) as { attempts: number } | undefined;
    return row?.attempts ?? 0;
  }

  /** Its leaves are known, or it is given up. */
  end(batchId: BatchId, state: "read" | "withheld"): void {
    this.#journal.database.prepare("UPDATE batches SET state = ? WHERE batch_id = ?").run(state, batchId);
  }

  /** Numbers for metrics. */
  counts(): { state: string; count: number }[] {
    const { database } = this.#journal;
    return database.prepare("SELECT state, count(*) AS count FROM batches GROUP BY 1").all() as {
      state: string;
      count: number;
    }[];
  }
}

function known({ batch_id: batchId, header, lock_end: lockEnd, next_index: nextIndex }: Row): KnownBatch {
  return { batchId, header: parseBatch(header), lockEnd: lockEnd ?? undefined, nextIndex };
}

import type { StatementSync } from "node:sqlite";

import type { Head } from "../chain/head.ts";
import type { Journal } from "../daemon/journal.ts";
import { FatalError } from "../errors.ts";
import type { Batch } from "../protocol/batches.ts";
import type { BatchId, JobId, ModelId, ReceiptId } from "../protocol/ids.ts";
import { encodeBatch, encodeSignedReceipt, parseBatch, parseSignedReceipt } from "../protocol/receiptJson.ts";
import type { SignedReceipt } from "../protocol/receipts.ts";

/** The tables of answers, in the order in which they came; for `openJournal`. What the chain says of them rolls back. */
export const ANSWER_MIGRATIONS: readonly string[] = [
  `CREATE TABLE batches (
     root TEXT PRIMARY KEY,
     batch_id TEXT NOT NULL UNIQUE,
     header_json TEXT NOT NULL,
     created_at INTEGER NOT NULL,
     anchored_block INTEGER,
     anchored_hash TEXT,
     anchored_at INTEGER,
     lock_end INTEGER
   ) STRICT;
   CREATE INDEX batches_to_anchor ON batches (created_at) WHERE anchored_block IS NULL;
   CREATE INDEX batches_by_lock ON batches (lock_end);
   CREATE TABLE answers (
     receipt_id TEXT PRIMARY KEY,
     model_id TEXT NOT NULL,
     job_id TEXT NOT NULL,
     requester TEXT NOT NULL,
     nonce TEXT NOT NULL,
     receipt_json TEXT NOT NULL,
     request BLOB NOT NULL,
     output BLOB NOT NULL,
     trace BLOB,
     signer_id TEXT NOT NULL,
     coverage TEXT NOT NULL,
     lock TEXT NOT NULL,
     issued_at INTEGER NOT NULL,
     anchor_by INTEGER NOT NULL,
     wants_final INTEGER NOT NULL,
     batch_root TEXT REFERENCES batches (root),
     leaf_index INTEGER,
     UNIQUE (model_id, job_id),
     UNIQUE (model_id, requester, nonce)
   ) STRICT;
   CREATE INDEX answers_by_job ON answers (job_id);
   CREATE UNIQUE INDEX answers_by_leaf ON answers (batch_root, leaf_index) WHERE batch_root IS NOT NULL;
   CREATE INDEX answers_by_promise ON answers (anchor_by, batch_root, lock);
   CREATE INDEX answers_to_batch ON answers (signer_id, model_id, coverage, issued_at) WHERE batch_root IS NULL;
   CREATE INDEX answers_wanted_final ON answers (anchor_by) WHERE wants_final = 1;
   CREATE TABLE published (
     receipt_id TEXT PRIMARY KEY,
     block INTEGER NOT NULL,
     published_at INTEGER NOT NULL,
     final_at INTEGER NOT NULL,
     locked TEXT NOT NULL,
     missing TEXT NOT NULL,
     honour_by INTEGER
   ) STRICT;
   CREATE INDEX published_by_block ON published (block);`,
];

/** An answer as it was signed, with what the operator decided when it was. */
export type NewAnswer = {
  receiptId: ReceiptId;
  signed: SignedReceipt;
  /** Address in lower case. */
  requester: string;
  nonce: bigint;
  request: Uint8Array;
  output: Uint8Array;
  /** As `packTrace` makes it; undefined for models without replay. */
  trace: Uint8Array | undefined;
  /** Coverage and penalty: what the receipt locks. Stake token, smallest unit. */
  lock: bigint;
  /** The customer wants it published and final. */
  wantsFinal: boolean;
};

/** An answer as the journal has it. */
export type StoredAnswer = Omit<NewAnswer, "trace"> & {
  /** Root of its batch and its index there; undefined while it is in none. */
  leaf: { root: string; index: number } | undefined;
};

/** A batch that was closed; its header is written down before it is sent. */
export type StoredBatch = {
  batchId: BatchId;
  batch: Batch;
  /** Chain time at which it was closed. */
  createdAt: number;
  /** Where and when it stands on the followed chain; undefined while it does not. */
  anchored: Anchoring | undefined;
};

/** Where a batch stands on the followed chain. Times in Unix seconds. */
export type Anchoring = { block: number; blockHash: string; anchoredAt: number; lockEnd: number };

/** A published answer, by the events of the followed chain. Amounts of the stake token, smallest unit. */
export type Publication = {
  receiptId: ReceiptId;
  block: number;
  publishedAt: number;
  finalAt: number;
  /** Of coverage and penalty. */
  locked: bigint;
  missing: bigint;
  /** Until when a short lock can be made whole, exclusive. */
  honourBy: number | undefined;
};

/** Receipts of one batch have these in common. */
export type BatchGroup = { signerId: string; modelId: ModelId; coverage: bigint };

/** Receipts that are in no batch yet and can still be anchored. */
export type WaitingGroup = BatchGroup & { count: number; oldestIssuedAt: number; firstAnchorBy: number };

type AnswerRow = {
  receipt_id: string;
  requester: string;
  nonce: string;
  receipt_json: string;
  request: Uint8Array;
  output: Uint8Array;
  lock: string;
  wants_final: number;
  batch_root: string | null;
  leaf_index: number | null;
};
type BatchRow = {
  batch_id: string;
  header_json: string;
  created_at: number;
  anchored_block: number | null;
  anchored_hash: string | null;
  anchored_at: number | null;
  lock_end: number | null;
};
type PublishedRow = {
  receipt_id: string;
  block: number;
  published_at: number;
  final_at: number;
  locked: string;
  missing: string;
  honour_by: number | null;
};
type LockRow = { lock: string; count: number };

const ANSWER_COLUMNS =
  "receipt_id, requester, nonce, receipt_json, request, output, lock, wants_final, batch_root, leaf_index";

/**
 * What the operator has signed, batched, and followed on chain: typed functions over the journal's tables. Each is
 * synchronous; several that belong together run in `transaction`.
 */
export class AnswerJournal {
  readonly #journal: Journal;
  readonly #statements = new Map<string, StatementSync>();

  /** @param journal Opened with `ANSWER_MIGRATIONS` among its migrations. */
  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** All of `work`, synced, or nothing. */
  transaction<Result>(work: () => Result): Result {
    return this.#journal.transaction(work);
  }

  /* ANSWERS */

  /** @throws Error of SQLite if the job, or the requester's nonce, has an answer already. */
  addAnswer({ receiptId, signed, requester, nonce, request, output, trace, lock, wantsFinal }: NewAnswer): void {
    const { modelId, jobId, signerId, coverage, issuedAt, anchorBy } = signed.receipt;
    this.#prepare(
      `INSERT INTO answers (receipt_id, model_id, job_id, requester, nonce, receipt_json, request, output, trace,
         signer_id, coverage, lock, issued_at, anchor_by, wants_final)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ).run(
      ...[receiptId, modelId, jobId, requester, nonce.toString(), encodeSignedReceipt(signed), request, output],
      ...[trace ?? null, signerId, coverage.toString(), lock.toString(), issuedAt, anchorBy, wantsFinal ? 1 : 0],
    );
  }

  answer(receiptId: ReceiptId): StoredAnswer | undefined {
    return this.#oneAnswer("receipt_id = ?", receiptId);
  }

  /** Job ids name the model, so that no two models have the same. */
  answerOfJob(jobId: JobId): StoredAnswer | undefined {
    return this.#oneAnswer("job_id = ?", jobId);
  }

  /** @param requester Address in lower case. */
  answerOfNonce(modelId: ModelId, requester: string, nonce: bigint): StoredAnswer | undefined {
    return this.#oneAnswer("model_id = ? AND requester = ? AND nonce = ?", modelId, requester, nonce.toString());
  }

  /** What `packTrace` made of the answer's trace; undefined if there is no such answer, or no trace of it. */
  traceOf(receiptId: ReceiptId): Uint8Array | undefined {
    const row = this.#prepare("SELECT trace FROM answers WHERE receipt_id = ?").get(receiptId);
    return (row as { trace: Uint8Array | null } | undefined)?.trace ?? undefined;
  }

  /** @throws FatalError as the journal's `transaction`. */
  setWantsFinal(receiptId: ReceiptId): void {
    this.transaction(() => this.#prepare("UPDATE answers SET wants_final = 1 WHERE receipt_id = ?").run(receiptId));
  }

  /** Answers whose customers want them final, that are not published and can still be anchored, oldest first. */
  unpublishedWanted(now: number, limit: number): StoredAnswer[] {
    return this.#answers(
      `wants_final = 1 AND anchor_by > ? AND NOT EXISTS (SELECT 1 FROM published p WHERE p.receipt_id = answers.receipt_id)
       ORDER BY anchor_by LIMIT ?`,
      now,
      limit,
    );
  }

  /** How many answers there are. */
  countAnswers(): number {
    return (this.#prepare("SELECT COUNT(*) AS count FROM answers").get() as { count: number }).count;
  }

  /* BATCHES */

  /** What is in no batch and can still be anchored, by what a batch has in common. */
  waiting(now: number): WaitingGroup[] {
    const rows = this.#prepare(
      `SELECT signer_id, model_id, coverage, COUNT(*) AS count, MIN(issued_at) AS oldest, MIN(anchor_by) AS first
       FROM answers WHERE batch_root IS NULL AND anchor_by > ? GROUP BY signer_id, model_id, coverage`,
    ).all(now);
    type Row = { signer_id: string; model_id: ModelId; coverage: string; count: number; oldest: number; first: number };
    return (rows as Row[]).map(({ signer_id, model_id, coverage, count, oldest, first }) => ({
      signerId: signer_id,
      modelId: model_id,
      coverage: BigInt(coverage),
      count,
      oldestIssuedAt: oldest,
      firstAnchorBy: first,
    }));
  }

  /** The oldest receipts of a group that are in no batch and can still be anchored. */
  waitingAnswers({ signerId, modelId, coverage }: BatchGroup, now: number, limit: number): StoredAnswer[] {
    return this.#answers(
      `batch_root IS NULL AND signer_id = ? AND model_id = ? AND coverage = ? AND anchor_by > ?
       ORDER BY issued_at, rowid LIMIT ?`,
      ...[signerId, modelId, coverage.toString(), now, limit],
    );
  }

  /**
   * Writes down a closed batch, unless it is the same as one whose receipts were released, and gives its receipts their indexes.
   * @param receiptIds In the order of their indexes.
   * @throws FatalError `JOURNAL_BATCH` if one of them is unknown or in a batch already; nothing is changed then.
   */
  addBatch(batchId: BatchId, batch: Batch, receiptIds: readonly ReceiptId[], createdAt: number): void {
    this.transaction(() => {
      this.#prepare(
        "INSERT INTO batches (root, batch_id, header_json, created_at) VALUES (?, ?, ?, ?) ON CONFLICT (root) DO NOTHING",
      ).run(...[batch.root, batchId, encodeBatch(batch), createdAt]);
      const assign = this.#prepare(
        "UPDATE answers SET batch_root = ?, leaf_index = ? WHERE receipt_id = ? AND batch_root IS NULL",
      );
      for (const [index, receiptId] of receiptIds.entries()) {
        if (assign.run(batch.root, index, receiptId).changes !== 1) {
          throw new FatalError("JOURNAL_BATCH", `receipt ${receiptId} is unknown or in a batch already`);
        }
      }
    });
  }

  /** @param id Root or batch id. */
  batch(id: string): StoredBatch | undefined {
    return this.#batches("root = ?1 OR batch_id = ?1", id)[0];
  }

  /** Batches with leaves that do not stand on the followed chain though they can, those soonest too late first. */
  batchesToAnchor(now: number): StoredBatch[] {
    const hasLeaves = "EXISTS (SELECT 1 FROM answers WHERE batch_root = root)";
    return this.#batches(`anchored_block IS NULL AND ${hasLeaves}`)
      .filter(({ batch }) => batch.anchorBy > now)
      .sort((a, b) => a.batch.anchorBy - b.batch.anchorBy);
  }

  /** A page of a batch's answers, in the order of their indexes. */
  leaves(root: string, from: number, limit: number): StoredAnswer[] {
    return this.#answers("batch_root = ? AND leaf_index >= ? ORDER BY leaf_index LIMIT ?", root, from, limit);
  }

  /** Ids of a batch's receipts, in the order of their indexes. */
  leafIds(root: string): ReceiptId[] {
    const rows = this.#prepare("SELECT receipt_id FROM answers WHERE batch_root = ? ORDER BY leaf_index").all(root);
    return (rows as { receipt_id: ReceiptId }[]).map(({ receipt_id }) => receipt_id);
  }

  /** A batch stands on the followed chain. Batches of others are ignored. */
  setAnchored(batchId: BatchId, { block, blockHash, anchoredAt, lockEnd }: Anchoring): void {
    this.#prepare(
      "UPDATE batches SET anchored_block = ?, anchored_hash = ?, anchored_at = ?, lock_end = ? WHERE batch_id = ?",
    ).run(block, blockHash, anchoredAt, lockEnd, batchId);
  }

  /* PUBLICATIONS */

  /** An answer was published, or what is known of it changed. */
  setPublished({ receiptId, block, publishedAt, finalAt, locked, missing, honourBy }: Publication): void {
    this.#prepare(
      `INSERT OR REPLACE INTO published (receipt_id, block, published_at, final_at, locked, missing, honour_by)
       VALUES (?, ?, ?, ?, ?, ?, ?)`,
    ).run(receiptId, block, publishedAt, finalAt, locked.toString(), missing.toString(), honourBy ?? null);
  }

  publication(receiptId: ReceiptId): Publication | undefined {
    const row = this.#prepare("SELECT * FROM published WHERE receipt_id = ?").get(receiptId) as
      PublishedRow | undefined;
    return (
      row && {
        receiptId,
        block: row.block,
        publishedAt: row.published_at,
        finalAt: row.final_at,
        locked: BigInt(row.locked),
        missing: BigInt(row.missing),
        honourBy: row.honour_by ?? undefined,
      }
    );
  }

  /** Forgets what blocks after `toBlock` said of batches and answers. What was signed and batched stays. */
  rollback(toBlock: number): void {
    this.#prepare(
      `UPDATE batches SET anchored_block = NULL, anchored_hash = NULL, anchored_at = NULL, lock_end = NULL
       WHERE anchored_block > ?`,
    ).run(toBlock);
    this.#prepare("DELETE FROM published WHERE block > ?").run(toBlock);
  }

  /** The newest block that the journal has followed; it needs `CURSOR_TABLE` among its migrations. */
  head(): Head | undefined {
    const row = this.#prepare("SELECT number, hash, timestamp FROM heads ORDER BY number DESC LIMIT 1").get();
    return row && ({ ...row } as Head);
  }

  /* PROMISES */

  /**
   * What is promised: locks of all receipts that can still be anchored, but for those that are published and those that
   * an open batch lock serves; and what is missing of short locks as long as it can be honoured.
   * @param now Timestamp of the followed head.
   */
  promised(now: number): bigint {
    const unserved = `anchor_by > ?1 AND (batch_root IS NULL OR batch_root NOT IN (
      SELECT root FROM batches WHERE lock_end > ?1))`;
    const all = this.#prepare(`SELECT lock, COUNT(*) AS count FROM answers WHERE ${unserved} GROUP BY lock`).all(now);
    const published = this.#prepare(
      `SELECT lock, COUNT(*) AS count FROM published CROSS JOIN answers USING (receipt_id) WHERE ${unserved} GROUP BY lock`,
    ).all(now);
    const short = this.#prepare(
      "SELECT missing AS lock, COUNT(*) AS count FROM published WHERE honour_by > ? AND missing <> '0' GROUP BY missing",
    ).all(now);
    return sumOf(all as LockRow[]) - sumOf(published as LockRow[]) + sumOf(short as LockRow[]);
  }

  /** The latest `anchorBy` of all receipts; 0 if there is none. */
  latestAnchorBy(): number {
    const row = this.#prepare("SELECT MAX(anchor_by) AS latest FROM answers").get() as { latest: number | null };
    return row.latest ?? 0;
  }

  /* READING */

  #prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#journal.database.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  #oneAnswer(condition: string, ...values: string[]): StoredAnswer | undefined {
    return this.#answers(condition, ...values)[0];
  }

  #answers(condition: string, ...values: (string | number)[]): StoredAnswer[] {
    const rows = this.#prepare(`SELECT ${ANSWER_COLUMNS} FROM answers WHERE ${condition}`).all(...values);
    return (rows as AnswerRow[]).map(readAnswer);
  }

  #batches(condition: string, ...values: string[]): StoredBatch[] {
    const rows = this.#prepare(`SELECT * FROM batches WHERE ${condition}`).all(...values);
    return (rows as BatchRow[]).map(readBatch);
  }
}

function readAnswer(row: AnswerRow): StoredAnswer {
  return {
    receiptId: row.receipt_id as ReceiptId,
    signed: parseSignedReceipt(row.receipt_json),
    requester: row.requester,
    nonce: BigInt(row.nonce),
    request: row.request,
    output: row.output,
    lock: BigInt(row.lock),
    wantsFinal: row.wants_final === 1,
    leaf: row.batch_root === null ? undefined : { root: row.batch_root, index: row.leaf_index! },
  };
}

function readBatch(row: BatchRow): StoredBatch {
  const { anchored_block, anchored_hash, anchored_at, lock_end } = row;
  return {
    batchId: row.batch_id as BatchId,
    batch: parseBatch(row.header_json),
    createdAt: row.created_at,
    anchored:
      anchored_block === null
        ? undefined
        : { block: anchored_block, blockHash: anchored_hash!, anchoredAt: anchored_at!, lockEnd: lock_end! },
  };
}

function sumOf(rows: readonly LockRow[]): bigint {
  return rows.reduce((sum, { lock, count }) => sum + BigInt(lock) * BigInt(count), 0n);
}

import { deserialize, serialize } from "node:v8";

import { getBytes, keccak256 } from "ethers";

import type { Journal } from "../daemon/journal.ts";
import type { ProvableFault } from "../inference/faults.ts";
import type { BatchId, ReceiptId } from "../protocol/ids.ts";
import { encodeJson, parseJson, receiptSchema } from "../protocol/receiptJson.ts";
import type { Receipt } from "../protocol/receipts.ts";

/** What the replay said of an answer. */
export type Verdict =
  | "right"
  /** Wrong, and one transaction proves it. */
  | "proven"
  /** Wrong, and what would prove it was not shown. */
  | "withheld"
  /** Tensor 0 does not follow from the request. */
  | "preprocessing"
  /** Nobody can replay what was shown: the model's input is private, or not of its form. */
  | "unjudged";

/** An answer as the journal knows it. */
export type KnownAnswer = {
  readonly receiptId: ReceiptId;
  readonly receipt: Receipt;
  /** As its operator handed it out, verified; undefined if it was seen as a leaf or on chain only. */
  readonly signature: string | undefined;
  /** Undefined if they were not shown, or are no longer needed. They hash to the receipt's hashes. */
  readonly request: Uint8Array | undefined;
  readonly output: Uint8Array | undefined;
  /** Where it stands in an anchored batch. */
  readonly place: AnswerPlace | undefined;
  /** Of the batch that it was published from, or that shows it; undefined if there is none. */
  readonly batchId: BatchId | undefined;
  /** In which it was published; undefined as long as it is not. */
  readonly publishedBlock: number | undefined;
  /** It was anchored by itself. */
  readonly isAlone: boolean;
  readonly verdict: Verdict | undefined;
  readonly fault: ProvableFault | undefined;
  /** How often its trace was asked for in vain. */
  readonly shownAttempts: number;
};

/** A position in a batch, with the siblings that lead to its root. */
export type AnswerPlace = { readonly batchId: BatchId; readonly index: number; readonly proof: string[] };

/** An answer as somebody showed it. */
export type ShownAnswer = {
  readonly receiptId: ReceiptId;
  readonly receipt: Receipt;
  readonly signature?: string | undefined;
  readonly request?: Uint8Array | undefined;
  readonly output?: Uint8Array | undefined;
  readonly place?: AnswerPlace;
};

type Row = {
  receipt_id: ReceiptId;
  receipt: string;
  signature: string | null;
  request: Uint8Array | null;
  output: Uint8Array | null;
  batch_id: BatchId | null;
  leaf_index: number | null;
  proof: string | null;
  published_block: number | null;
  is_alone: number;
  verdict: Verdict | null;
  fault: Uint8Array | null;
  shown_attempts: number;
};

/** Receipts of one job that a new one is compared with: an operator that signs more of them is reported by these. */
const MOST_COMPARED = 8;
/** Only keys are sorted: answers with their bytes are large. */
const byDeadline = (index: "answers_unjudged" | "answers_wrong", condition: string): string =>
  `SELECT a.* FROM (
     SELECT a.rowid AS place, coalesce(a.final_at, b.lock_end, 9e15) AS due
     FROM answers a INDEXED BY ${index} LEFT JOIN batches b INDEXED BY batches_by_id ON b.batch_id = a.batch_id
     WHERE ${condition}
     ORDER BY due, a.receipt_id LIMIT ?
   ) d JOIN answers a ON a.rowid = d.place ORDER BY d.due, a.receipt_id`;

/** Every receipt that the challenger has seen, and what it knows of it. */
export class AnswerTable {
  readonly #journal: Journal;
  readonly #choose: (receipt: Receipt, receiptId: ReceiptId) => boolean;

  /** @param choose - whether an answer is to be replayed; asked once for each. */
  constructor(journal: Journal, choose: (receipt: Receipt, receiptId: ReceiptId) => boolean) {
    this.#journal = journal;
    this.#choose = choose;
  }

  /**
   * Adds what is new about an answer, and notes that its operator signed twice if it did. Bytes that do not hash to what
   * the receipt says are left out. Inside the caller's transaction.
   */
  add(shown: ShownAnswer): void {
    const { receiptId, receipt, signature, place } = shown;
    const { database } = this.#journal;
    const request = matching(shown.request, receipt.inputHash);
    const output = matching(shown.output, receipt.outputHash);
    const bytes = request !== undefined && output !== undefined ? { request, output } : undefined;
    const { changes } = database
      .prepare(
        `INSERT INTO answers (receipt_id, operator, model_id, job_id, receipt, is_chosen)
         VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
      )
      .run(
        receiptId,
        receipt.operator.toLowerCase(),
        receipt.modelId,
        receipt.jobId,
        encodeJson(receipt),
        this.#choose(receipt, receiptId) ? 1 : 0,
      );
    database
      .prepare(
        `UPDATE answers SET signature = coalesce(signature, ?), batch_id = coalesce(?, batch_id),
           leaf_index = coalesce(?, leaf_index), proof = coalesce(?, proof) WHERE receipt_id = ?`,
      )
      .run(
        signature ?? null,
        place?.batchId ?? null,
        place?.index ?? null,
        place === undefined ? null : JSON.stringify(place.proof),
        receiptId,
      );
    if (bytes !== undefined) {
      database
        .prepare(
          `UPDATE answers SET request = ?, output = ?
           WHERE receipt_id = ? AND request IS NULL AND is_chosen = 1 AND (verdict IS NULL OR verdict <> 'right')`,
        )
        .run(bytes.request, bytes.output, receiptId);
    }
    if (changes > 0) this.#compare(receiptId, receipt);
  }

  /** Undefined if the receipt was never seen. */
  get(receiptId: ReceiptId): KnownAnswer | undefined {
    const row = this.#journal.database.prepare("SELECT * FROM answers WHERE receipt_id = ?").get(receiptId);
    return row === undefined ? undefined : known(row as Row);
  }

  /**
   * Answers to be replayed, those first whose time runs out first.
   * @param now - Unix time in seconds: what can no longer be contested is left alone.
   */
  toJudge(now: number, limit: number): KnownAnswer[] {
    return this.#select(
      byDeadline(
        "answers_unjudged",
        `a.is_chosen = 1 AND a.verdict IS NULL AND a.request IS NOT NULL AND a.ended IS NULL
         AND coalesce(a.final_at, b.lock_end, 0) > ?`,
      ),
      now,
      limit,
    );
  }

  /**
   * Answers that are wrong and not done with, those first whose time runs out first; those that a proof overturns before
   * those that need a bond, for which there may be none.
   * @param limit - of each of both.
   */
  toContest(limit: number): KnownAnswer[] {
    const isOpen = `a.ended IS NULL AND a.verdict <> 'right'
      AND (a.published_block IS NOT NULL OR a.leaf_index IS NOT NULL)`;
    const proven = this.#select(byDeadline("answers_wrong", `${isOpen} AND a.verdict = 'proven'`), limit);
    const others = this.#select(
      byDeadline(
        "answers_wrong",
        `${isOpen} AND a.verdict IN ('withheld', 'preprocessing') AND NOT EXISTS
           (SELECT 1 FROM stakes s WHERE s.receipt_id = a.receipt_id
            AND s.kind = CASE a.verdict WHEN 'withheld' THEN 'game' WHEN 'preprocessing' THEN 'case' END)`,
      ),
      limit,
    );
    return [...proven, ...others];
  }

  /** Answers anchored by themselves that nobody has looked at yet: their lock may be short. */
  aloneUnread(limit: number): KnownAnswer[] {
    return this.#select(
      `SELECT a.* FROM answers a WHERE a.is_alone = 1 AND NOT EXISTS
         (SELECT 1 FROM reports r WHERE r.kind = 'dishonoured' AND r.key = a.receipt_id) LIMIT ?`,
      limit,
    );
  }

  /** Its bytes are dropped when it is right: nobody needs them any more. */
  judge(receiptId: ReceiptId, verdict: Verdict, fault?: ProvableFault): void {
    const isDone = verdict === "right" || verdict === "unjudged";
    this.#journal.database
      .prepare(
        `UPDATE answers SET verdict = ?, fault = ?, request = iif(?, NULL, request), output = iif(?, NULL, output)
         WHERE receipt_id = ?`,
      )
      .run(verdict, fault === undefined ? null : serialize(fault), isDone ? 1 : 0, isDone ? 1 : 0, receiptId);
  }

  /** @returns how often its trace was asked for in vain, this time included. */
  countAttempt(receiptId: ReceiptId): number {
    const row = this.#journal.database
      .prepare("UPDATE answers SET shown_attempts = shown_attempts + 1 WHERE receipt_id = ? RETURNING shown_attempts")
      .get(receiptId) as { shown_attempts: number };
    return row.shown_attempts;
  }

  /** What was left alone because of the configuration, which may be another now, is looked at again. */
  reconsider(): void {
    this.#journal.transaction(() => {
      const { database } = this.#journal;
      database.exec("UPDATE answers SET ended = NULL WHERE ended IN ('dryRun', 'unpaid', 'judgement')");
      database.exec("UPDATE reports SET ended = NULL WHERE ended = 'dryRun'");
    });
  }

  /** Nothing more is to be done about it, and why. */
  end(receiptId: ReceiptId, reason: string): void {
    this.#journal.database.prepare("UPDATE answers SET ended = ? WHERE receipt_id = ?").run(reason, receiptId);
  }

  /** Numbers for metrics. */
  counts(): { verdict: string; count: number }[] {
    return this.#journal.database
      .prepare(
        "SELECT coalesce(verdict, 'open') AS verdict, count(*) AS count FROM answers WHERE is_chosen = 1 GROUP BY 1",
      )
      .all() as { verdict: string; count: number }[];
  }

  #select(sql: string, ...parameters: number[]): KnownAnswer[] {
    return (this.#journal.database.prepare(sql).all(...parameters) as Row[]).map(known);
  }

  /** Two receipts for one job that say different things are an offence, whichever is right. */
  #compare(receiptId: ReceiptId, { operator, modelId, jobId, ...said }: Receipt): void {
    const { database } = this.#journal;
    const others = database
      .prepare(
        `SELECT receipt_id, receipt FROM answers WHERE operator = ? AND model_id = ? AND job_id = ? AND receipt_id <> ?
         ORDER BY signature IS NULL, published_block IS NULL LIMIT ${MOST_COMPARED}`,
      )
      .all(operator.toLowerCase(), modelId, jobId, receiptId) as Pick<Row, "receipt_id" | "receipt">[];
    for (const other of others) {
      const { inputHash, outputHash, traceRoot } = readReceipt(other.receipt);
      const isSame = inputHash === said.inputHash && outputHash === said.outputHash && traceRoot === said.traceRoot;
      if (isSame) continue;
      database
        .prepare(
          `INSERT INTO reports (kind, key, operator, first_id, second_id) VALUES ('equivocation', ?, ?, ?, ?)
           ON CONFLICT DO NOTHING`,
        )
        .run(`${other.receipt_id}${receiptId}`, operator.toLowerCase(), other.receipt_id, receiptId);
    }
  }
}

function known(row: Row): KnownAnswer {
  const { batch_id: batchId, leaf_index: index, proof } = row;
  const isPlaced = batchId !== null && index !== null && proof !== null;
  return {
    receiptId: row.receipt_id,
    receipt: readReceipt(row.receipt),
    signature: row.signature ?? undefined,
    request: row.request ?? undefined,
    output: row.output ?? undefined,
    place: isPlaced ? { batchId, index, proof: JSON.parse(proof) as string[] } : undefined,
    batchId: batchId ?? undefined,
    publishedBlock: row.published_block ?? undefined,
    isAlone: row.is_alone === 1,
    verdict: row.verdict ?? undefined,
    fault: row.fault === null ? undefined : (deserialize(row.fault) as ProvableFault),
    shownAttempts: row.shown_attempts,
  };
}

function readReceipt(json: string): Receipt {
  return parseJson("a receipt", receiptSchema, json);
}

function matching(bytes: Uint8Array | undefined, hash: string): Uint8Array | undefined {
  if (bytes === undefined) return undefined;
  return keccak256(getBytes(bytes)) === hash ? bytes : undefined;
}

/**
 * The challenger's tables. What came from the chain carries its block, so that a reorganisation takes it back; what the
 * program found out by itself (bytes, verdicts) is about content and stays.
 */
export const CHALLENGER_MIGRATIONS: readonly string[] = [
  `
  -- One row: makes the chosen share of this journal another than that of any other challenger.
  CREATE TABLE salt (one INTEGER PRIMARY KEY CHECK (one = 1), salt TEXT NOT NULL) STRICT;

  -- Anchored batches. state: new, read, withheld.
  CREATE TABLE batches (
    batch_id TEXT PRIMARY KEY,
    operator TEXT NOT NULL,
    header TEXT NOT NULL,
    block INTEGER NOT NULL,
    lock_end INTEGER,
    state TEXT NOT NULL DEFAULT 'new',
    next_index INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX batches_by_state ON batches (state, block);

  -- Every receipt seen, from whatever source. verdict: NULL (not judged), right, proven, withheld, preprocessing, unjudged.
  -- ended: NULL (to be contested if wrong), or why nothing more is to be done.
  CREATE TABLE answers (
    receipt_id TEXT PRIMARY KEY,
    operator TEXT NOT NULL,
    model_id TEXT NOT NULL,
    job_id TEXT NOT NULL,
    receipt TEXT NOT NULL,
    signature TEXT,
    request BLOB,
    output BLOB,
    is_chosen INTEGER NOT NULL,
    batch_id TEXT,
    leaf_index INTEGER,
    proof TEXT,
    published_block INTEGER,
    final_at INTEGER,
    is_alone INTEGER NOT NULL DEFAULT 0,
    seized_block INTEGER,
    verdict TEXT,
    fault BLOB,
    shown_attempts INTEGER NOT NULL DEFAULT 0,
    ended TEXT
  ) STRICT;
  CREATE INDEX answers_by_job ON answers (operator, model_id, job_id);
  CREATE INDEX answers_to_judge ON answers (is_chosen, verdict) WHERE verdict IS NULL;
  CREATE INDEX answers_by_verdict ON answers (verdict, ended) WHERE ended IS NULL AND verdict <> 'right';
  CREATE INDEX answers_alone ON answers (is_alone) WHERE is_alone = 1;

  -- Where operators say that they serve, by the block in which they said it.
  CREATE TABLE endpoints (
    operator TEXT NOT NULL,
    block INTEGER NOT NULL,
    uri TEXT NOT NULL,
    PRIMARY KEY (operator, block)
  ) STRICT;

  -- Faults to report beside wrong answers. kind: equivocation, dishonoured. ended as above.
  CREATE TABLE reports (
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    operator TEXT NOT NULL,
    first_id TEXT NOT NULL,
    second_id TEXT,
    due_at INTEGER NOT NULL DEFAULT 0,
    ended TEXT,
    PRIMARY KEY (kind, key)
  ) STRICT;

  -- What this account wants to put down, written before anything is sent; kept for good, so that nothing is paid twice.
  CREATE TABLE intents (
    kind TEXT NOT NULL,
    receipt_id TEXT NOT NULL,
    amount TEXT NOT NULL,
    PRIMARY KEY (kind, receipt_id)
  ) STRICT;

  -- What it has put down, as the chain says. kind: game, case.
  CREATE TABLE stakes (
    kind TEXT NOT NULL,
    id TEXT NOT NULL,
    receipt_id TEXT NOT NULL,
    amount TEXT NOT NULL,
    opened_block INTEGER NOT NULL,
    ended_block INTEGER,
    PRIMARY KEY (kind, id)
  ) STRICT;
  CREATE INDEX stakes_by_answer ON stakes (kind, receipt_id);
  CREATE INDEX stakes_open ON stakes (ended_block) WHERE ended_block IS NULL;

  -- Gas by day of the chain's time; what a transaction can cost at most until it is known what it did.
  CREATE TABLE gas (id INTEGER PRIMARY KEY, day INTEGER NOT NULL, wei TEXT NOT NULL) STRICT;
  CREATE INDEX gas_by_day ON gas (day);
  `,
  `
  CREATE INDEX answers_counted ON answers (is_chosen, verdict);
  CREATE INDEX answers_unjudged ON answers (final_at, batch_id, receipt_id)
    WHERE is_chosen = 1 AND verdict IS NULL AND request IS NOT NULL AND ended IS NULL;
  CREATE INDEX answers_wrong ON answers (verdict, final_at, batch_id, receipt_id, published_block, leaf_index)
    WHERE ended IS NULL AND verdict <> 'right';
  DROP INDEX answers_to_judge;
  DROP INDEX answers_by_verdict;
  CREATE INDEX batches_by_id ON batches (batch_id, lock_end);
  CREATE INDEX batches_by_operator ON batches (state, operator, block);
  `,
];

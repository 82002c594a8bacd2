import type { StatementSync } from "node:sqlite";

import type { Journal } from "../daemon/journal.ts";
import { LockState } from "../protocol/answers.ts";
import { GamePhase } from "../protocol/games.ts";
import type { BatchId, ReceiptId } from "../protocol/ids.ts";
import type { AnswerState } from "./answerState.ts";
import type { Details, Fact } from "./chainEvents.ts";
import type { GameState } from "./gameState.ts";

/**
 * The tables of what the chain says: facts with their blocks, which a reorg takes back, and what they add up to. They
 * need those of `ANSWER_MIGRATIONS`.
 */
export const CHAIN_MIGRATIONS: readonly string[] = [
  `CREATE TABLE facts (
     block INTEGER NOT NULL,
     log_index INTEGER NOT NULL,
     block_hash TEXT NOT NULL,
     transaction_hash TEXT NOT NULL,
     name TEXT NOT NULL,
     operator TEXT,
     receipt_id TEXT,
     game_id TEXT,
     batch_id TEXT,
     details TEXT NOT NULL,
     PRIMARY KEY (block, log_index)
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX facts_of_receipt ON facts (receipt_id) WHERE receipt_id IS NOT NULL;
   CREATE INDEX facts_of_game ON facts (game_id) WHERE game_id IS NOT NULL;
   CREATE INDEX facts_of_cases ON facts (receipt_id) WHERE name = 'CaseOpened';
   CREATE TABLE block_times (hash TEXT PRIMARY KEY, number INTEGER NOT NULL, timestamp INTEGER) STRICT;
   CREATE INDEX block_times_by_number ON block_times (number);
   CREATE INDEX block_times_unknown ON block_times (number) WHERE timestamp IS NULL;
   CREATE TABLE answer_states (
     receipt_id TEXT PRIMARY KEY,
     is_alone INTEGER NOT NULL,
     is_merged INTEGER NOT NULL,
     final_at INTEGER NOT NULL,
     missing TEXT NOT NULL,
     state INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX answer_states_alone ON answer_states (final_at) WHERE is_alone = 1 AND is_merged = 0;
   CREATE TABLE games (
     game_id TEXT PRIMARY KEY,
     receipt_id TEXT NOT NULL,
     challenger TEXT NOT NULL,
     bond TEXT NOT NULL,
     phase INTEGER NOT NULL,
     deadline INTEGER,
     tensor INTEGER NOT NULL,
     leaves INTEGER NOT NULL,
     level INTEGER NOT NULL,
     position INTEGER NOT NULL,
     node TEXT NOT NULL
   ) STRICT;
   CREATE INDEX games_of_receipt ON games (receipt_id);
   CREATE INDEX games_open ON games (deadline) WHERE phase <> ${GamePhase.Over};
   CREATE INDEX published_short ON published (honour_by) WHERE missing <> '0';
   CREATE INDEX answers_to_publish ON answers (batch_root, receipt_id, leaf_index, issued_at) WHERE wants_final = 1;
   CREATE INDEX answers_with_trace ON answers (anchor_by) WHERE trace IS NOT NULL;`,
];

/** Answers and games that facts are about. */
export type Subjects = { receiptIds: Set<string>; gameIds: Set<string>; batchIds: Set<string> };

/** A game that is not over, and whether its answer was overturned meanwhile. */
export type OpenGame = GameState & { isOverturned: boolean };

type FactRow = {
  block: number;
  log_index: number;
  block_hash: string;
  transaction_hash: string;
  name: string;
  operator: string | null;
  receipt_id: string | null;
  game_id: string | null;
  batch_id: string | null;
  details: string;
};
type GameRow = {
  game_id: string;
  receipt_id: string;
  challenger: string;
  bond: string;
  phase: GamePhase;
  deadline: number | null;
  tensor: number;
  leaves: number;
  level: number;
  position: number;
  node: string;
  state: LockState | null;
};

const FACT_ORDER = "ORDER BY block, log_index";

/** Typed functions over the tables of what the chain says. Each is synchronous. */
export class ChainJournal {
  readonly #journal: Journal;
  readonly #statements = new Map<string, StatementSync>();

  /** @param journal Opened with `CHAIN_MIGRATIONS` among its migrations. */
  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /* FACTS */

  /** Writes down what the chain says; the same again changes nothing. */
  record(fact: Fact): void {
    const { block, index, blockHash, transactionHash, name, operator, receiptId, gameId, batchId, details } = fact;
    this.prepare("INSERT OR REPLACE INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").run(
      ...[block, index, blockHash, transactionHash, name, operator ?? null, receiptId ?? null],
      ...[gameId ?? null, batchId ?? null, JSON.stringify(details)],
    );
  }

  /** Forgets what blocks after `toBlock` said. @returns what it was about. */
  forget(toBlock: number): Subjects {
    const subjects = subjectsOf(this.#facts(`block > ? ${FACT_ORDER}`, toBlock));
    this.prepare("DELETE FROM facts WHERE block > ?").run(toBlock);
    this.prepare("DELETE FROM block_times WHERE number > ?").run(toBlock);
    return subjects;
  }

  factsOfReceipt(receiptId: string): Fact[] {
    return this.#facts(`receipt_id = ? ${FACT_ORDER}`, receiptId);
  }

  /** Of the game and of its answer. */
  factsOfGame(gameId: string): Fact[] {
    return this.#facts(
      `game_id = ?1 OR receipt_id = (SELECT receipt_id FROM facts WHERE game_id = ?1 AND name = 'GameOpened') ${FACT_ORDER}`,
      gameId,
    );
  }

  /** Of one block. */
  factsOfBlock(block: number): Fact[] {
    return this.#facts(`block = ? ${FACT_ORDER}`, block);
  }

  /** Where and in which block a batch was anchored. */
  anchoringOf(batchId: string): Fact | undefined {
    return this.#facts("batch_id = ? AND name = 'BatchAnchored'", batchId)[0];
  }

  hasGame(gameId: string): boolean {
    return this.prepare("SELECT 1 FROM facts WHERE game_id = ? AND name = 'GameOpened'").get(gameId) !== undefined;
  }

  /** @returns coverage and penalty of a receipt that this journal signed; undefined for others. */
  lockOf(receiptId: string): bigint | undefined {
    const row = this.prepare("SELECT lock FROM answers WHERE receipt_id = ?").get(receiptId) as
      { lock: string } | undefined;
    return row && BigInt(row.lock);
  }

  /** Models of which there are answers. */
  modelIds(): string[] {
    const rows = this.prepare("SELECT DISTINCT model_id FROM answers").all() as { model_id: string }[];
    return rows.map(({ model_id }) => model_id);
  }

  /* TIMES */

  /** @param timestamp Undefined if it is not known yet. */
  addBlock(hash: string, number: number, timestamp: number | undefined): void {
    this.prepare(
      `INSERT INTO block_times VALUES (?1, ?2, ?3) ON CONFLICT (hash) DO UPDATE SET timestamp = COALESCE(?3, timestamp)`,
    ).run(hash, number, timestamp ?? null);
  }

  timeOf(blockHash: string): number | undefined {
    const row = this.prepare("SELECT timestamp FROM block_times WHERE hash = ?").get(blockHash) as
      { timestamp: number | null } | undefined;
    return row?.timestamp ?? undefined;
  }

  /** Blocks with facts whose time is not known. */
  blocksWithoutTime(limit: number): { hash: string; number: number }[] {
    const sql = "SELECT hash, number FROM block_times WHERE timestamp IS NULL ORDER BY number LIMIT ?";
    return this.prepare(sql).all(limit) as { hash: string; number: number }[];
  }

  /* WHAT FACTS ADD UP TO */

  /** @param state Undefined: the answer is not published. */
  setAnswerState(receiptId: string, state: AnswerState | undefined): void {
    this.prepare("DELETE FROM answer_states WHERE receipt_id = ?").run(receiptId);
    if (state === undefined) {
      this.prepare("DELETE FROM published WHERE receipt_id = ?").run(receiptId);
      return;
    }
    const { isAlone, isMerged, finalAt, missing, state: lockState } = state;
    this.prepare("INSERT INTO answer_states VALUES (?, ?, ?, ?, ?, ?)").run(
      ...[receiptId, Number(isAlone), Number(isMerged), finalAt, missing.toString(), lockState],
    );
  }

  gamesOf(receiptId: string): string[] {
    const rows = this.prepare("SELECT game_id FROM games WHERE receipt_id = ?").all(receiptId);
    return (rows as { game_id: string }[]).map(({ game_id }) => game_id);
  }

  /** @param game Undefined: there is none. */
  setGame(gameId: string, game: GameState | undefined): void {
    this.prepare("DELETE FROM games WHERE game_id = ?").run(gameId);
    if (game === undefined) return;
    const { receiptId, challenger, bond, phase, deadline, tensor, leaves, level, position, node } = game;
    this.prepare("INSERT INTO games VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)").run(
      ...[
        gameId,
        receiptId,
        challenger,
        bond.toString(),
        phase,
        deadline ?? null,
        tensor,
        leaves,
        level,
        position,
        node,
      ],
    );
  }

  /** Games that are not over, the nearest deadline first. */
  openGames(): OpenGame[] {
    const rows = this.prepare(
      `SELECT games.*, answer_states.state FROM games LEFT JOIN answer_states USING (receipt_id)
       WHERE phase <> ${GamePhase.Over} ORDER BY deadline`,
    ).all();
    return (rows as GameRow[]).map(readGame);
  }

  /** Cases on own answers that nobody has settled. */
  openCases(): ReceiptId[] {
    const rows = this.prepare(
      `SELECT receipt_id FROM facts WHERE name = 'CaseOpened' AND receipt_id IS NOT NULL AND NOT EXISTS (
         SELECT 1 FROM facts s WHERE s.receipt_id = facts.receipt_id AND s.name = 'CaseSettled')`,
    ).all();
    return (rows as { receipt_id: ReceiptId }[]).map(({ receipt_id }) => receipt_id);
  }

  /** Undoes that receipts are in a batch, so that they can be in another. @returns how many. */
  releaseLeaves(root: string): number {
    const sql = "UPDATE answers SET batch_root = NULL, leaf_index = NULL WHERE batch_root = ?";
    return Number(this.prepare(sql).run(root).changes);
  }

  /** How many leaves of a batch are published. */
  countPublishedLeaves(root: string): number {
    const sql = "SELECT COUNT(*) AS count FROM answers JOIN answer_states USING (receipt_id) WHERE batch_root = ?";
    return (this.prepare(sql).get(root) as { count: number }).count;
  }

  /** How many leaves of a batch are void because it was anchored before they were issued. */
  leavesIssuedAfter(root: string, anchoredAt: number): number {
    const sql = "SELECT COUNT(*) AS count FROM answers WHERE batch_root = ? AND issued_at > ?";
    return (this.prepare(sql).get(root, anchoredAt) as { count: number }).count;
  }

  /** Batches with leaves that do not stand on the followed chain and cannot any more. */
  lapsedBatches(now: number): { root: string; batchId: BatchId }[] {
    const rows = this.prepare(
      `SELECT root, batch_id FROM batches WHERE anchored_block IS NULL AND json_extract(header_json, '$.anchorBy') <= ?
       AND EXISTS (SELECT 1 FROM answers WHERE batch_root = root)`,
    ).all(now);
    return (rows as { root: string; batch_id: BatchId }[]).map(({ root, batch_id }) => ({ root, batchId: batch_id }));
  }

  prepare(sql: string): StatementSync {
    const known = this.#statements.get(sql) ?? this.#journal.database.prepare(sql);
    this.#statements.set(sql, known);
    return known;
  }

  #facts(condition: string, ...values: (string | number)[]): Fact[] {
    const rows = this.prepare(`SELECT * FROM facts WHERE ${condition}`).all(...values);
    return (rows as FactRow[]).map(readFact);
  }
}

/** What facts are about. */
export function subjectsOf(facts: readonly Fact[]): Subjects {
  const among = (ids: (string | undefined)[]): Set<string> => new Set(ids.filter((id) => id !== undefined));
  return {
    receiptIds: among(facts.map(({ receiptId }) => receiptId)),
    gameIds: among(facts.map(({ gameId }) => gameId)),
    batchIds: among(facts.map(({ batchId }) => batchId)),
  };
}

function readFact(row: FactRow): Fact {
  return {
    block: row.block,
    blockHash: row.block_hash,
    index: row.log_index,
    transactionHash: row.transaction_hash,
    name: row.name,
    operator: row.operator ?? undefined,
    receiptId: row.receipt_id ?? undefined,
    gameId: row.game_id ?? undefined,
    batchId: row.batch_id ?? undefined,
    details: JSON.parse(row.details) as Details,
  };
}

function readGame({ game_id, receipt_id, bond, deadline, state, ...rest }: GameRow): OpenGame {
  const isOverturned = state === LockState.Seized;
  return {
    ...rest,
    gameId: BigInt(game_id),
    receiptId: receipt_id as ReceiptId,
    bond: BigInt(bond),
    deadline: deadline ?? undefined,
    isOverturned,
  };
}

import type { Journal } from "../daemon/journal.ts";
import type { CastChoice } from "../protocol/court.ts";
import { parseId, type ReceiptId } from "../protocol/ids.ts";

/** Migration of a journal that has a vote table. */
export const VOTE_TABLE = `
  CREATE TABLE votes (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    case_id TEXT NOT NULL,
    round INTEGER NOT NULL,
    choice INTEGER NOT NULL CHECK (choice BETWEEN 1 AND 3),
    salt TEXT NOT NULL,
    commit_hash TEXT NOT NULL,
    cipher TEXT NOT NULL,
    chosen_at INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('chosen', 'committed', 'refused', 'revealed'))
  ) STRICT;
  CREATE INDEX votes_seat ON votes (case_id, round);
`;

/**
 * How far a vote has come: chosen by the person, in the court, refused by the court, opened. Each is kept for ever, so that
 * whatever commit a seat ends up with can be opened.
 */
export type VoteState = "chosen" | "committed" | "refused" | "revealed";

export type Vote = {
  id: number;
  caseId: ReceiptId;
  /** From 0. */
  round: number;
  choice: CastChoice;
  /** 32 bytes. */
  salt: string;
  commitHash: string;
  /** The note to oneself that goes with the commit. */
  cipher: string;
  /** Chain time, Unix seconds. */
  chosenAt: number;
  state: VoteState;
};

/** What the person chose, on disk before anything is sent. */
export type VoteTable = {
  /** On disk when it returns. */
  add(vote: Omit<Vote, "id">): Vote;
  mark(id: number, state: VoteState): void;
  /** Of a seat, oldest first. */
  ofSeat(caseId: ReceiptId, round: number): Vote[];
  /** All, newest first. */
  all(): Vote[];
};

type Row = {
  id: number;
  case_id: string;
  round: number;
  choice: number;
  salt: string;
  commit_hash: string;
  cipher: string;
  chosen_at: number;
  state: VoteState;
};

/** @param journal - With `VOTE_TABLE` among its migrations. */
export function voteTable(journal: Journal): VoteTable {
  const { database } = journal;
  const insert = database.prepare(
    "INSERT INTO votes (case_id, round, choice, salt, commit_hash, cipher, chosen_at, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
  );
  const update = database.prepare("UPDATE votes SET state = ? WHERE id = ?");
  const ofSeat = database.prepare("SELECT * FROM votes WHERE case_id = ? AND round = ? ORDER BY id");
  const all = database.prepare("SELECT * FROM votes ORDER BY id DESC");
  return {
    add: (vote) =>
      journal.transaction(() => {
        const { caseId, round, choice, salt, commitHash, cipher, chosenAt, state } = vote;
        const { lastInsertRowid } = insert.run(caseId, round, choice, salt, commitHash, cipher, chosenAt, state);
        return { ...vote, id: Number(lastInsertRowid) };
      }),
    mark(id, state) {
      journal.transaction(() => update.run(state, id));
    },
    ofSeat: (caseId, round) => (ofSeat.all(caseId, round) as Row[]).map(voteOf),
    all: () => (all.all() as Row[]).map(voteOf),
  };
}

function voteOf({ id, case_id, round, choice, salt, commit_hash, cipher, chosen_at, state }: Row): Vote {
  return {
    id,
    caseId: parseId(case_id),
    round,
    choice: choice as CastChoice,
    salt,
    commitHash: commit_hash,
    cipher,
    chosenAt: chosen_at,
    state,
  };
}

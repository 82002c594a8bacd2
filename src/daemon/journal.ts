import { closeSync, existsSync, openSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";

import { FatalError } from "../errors.ts";
import { damaged, journalError } from "./journalErrors.ts";

/** A program's memory on disk: one SQLite file, which it alone has open. */
export type Journal = {
  readonly database: DatabaseSync;
  /**
   * Runs work in one transaction: all of it is on disk when this returns, none of it when it throws. Inside another
   * transaction it becomes part of that one. The work must not be asynchronous.
   * @throws FatalError `JOURNAL_FULL`, `JOURNAL_DAMAGED`, `JOURNAL_IN_USE`, `JOURNAL_UNUSABLE`, or what the work throws.
   */
  transaction<T>(work: () => T): T;
  /** Ends the lock, too. Closing again does nothing. */
  close(): void;
};

export type JournalOptions = {
  program: "operator" | "challenger" | "juror";
  /** What the journal is about, for example chain id and contract: a journal of something else is refused. */
  identity: Readonly<Record<string, string>>;
  /** SQL scripts in order; what was run once is never run again, so that scripts are only ever added at the end. */
  migrations: readonly string[];
};

/**
 * Opens or creates a journal and takes the lock that keeps a second instance out; the lock ends with the process, and, as
 * locks of files do, when this process opens and closes the file in another way: only SQLite may read it.
 * @throws FatalError `JOURNAL_IN_USE` if another process has it open; `JOURNAL_DAMAGED` if it is not an intact database;
 * `JOURNAL_OTHER` if it belongs to another program, chain or account; `JOURNAL_NEWER` if a later version wrote it;
 * `JOURNAL_FULL` if the disk is full; `JOURNAL_UNUSABLE` if the file cannot be opened or written.
 */
export function openJournal(path: string, options: JournalOptions): Journal {
  const database = mapped(path, () => {
    create(path);
    return new DatabaseSync(path, { timeout: 0, enableForeignKeyConstraints: true });
  });
  const close = (): void => {
    if (database.isOpen) database.close();
  };
  const journal = { database, transaction: transactionOf(path, database), close };
  try {
    mapped(path, () => {
      lock(database);
      check(path, database);
    });
    journal.transaction(() => {
      identify(path, database, options);
      migrate(path, database, options.migrations);
    });
    return journal;
  } catch (error) {
    close();
    throw error;
  }
}

/**
 * A new file is for its owner alone. One that exists is not touched: closing any descriptor of a file ends all locks that
 * this process has on it.
 */
function create(path: string): void {
  if (!existsSync(path)) closeSync(openSync(path, "ax", 0o600));
}

function lock(database: DatabaseSync): void {
  database.exec("PRAGMA locking_mode = EXCLUSIVE");
  database.exec("PRAGMA journal_mode = WAL");
  database.exec("PRAGMA synchronous = FULL");
  database.exec("BEGIN EXCLUSIVE; COMMIT"); // the mode takes the lock with the first write and keeps it
}

function check(path: string, database: DatabaseSync): void {
  const { quick_check: found } = database.prepare("PRAGMA quick_check(1)").get() as { quick_check: string };
  if (found !== "ok") throw damaged(path, found);
}

function identify(path: string, database: DatabaseSync, { program, identity }: JournalOptions): void {
  database.exec("CREATE TABLE IF NOT EXISTS identity (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT");
  const rows = database.prepare("SELECT name, value FROM identity").all() as { name: string; value: string }[];
  const stored = new Map(rows.map(({ name, value }) => [name, value]));
  const insert = database.prepare("INSERT INTO identity (name, value) VALUES (?, ?)");
  for (const [name, value] of Object.entries({ program, ...identity })) {
    if (stored.size === 0) insert.run(name, value);
    else if (stored.get(name) !== value) {
      const text = `${path} is a journal with ${name} ${stored.get(name) ?? "not set"}, expected ${value}: name another file, or correct the configuration`;
      throw new FatalError("JOURNAL_OTHER", text);
    }
  }
}

function migrate(path: string, database: DatabaseSync, migrations: readonly string[]): void {
  const { user_version: done } = database.prepare("PRAGMA user_version").get() as { user_version: number };
  if (done > migrations.length) {
    const text = `${path} has version ${done}, this program knows ${migrations.length}: run the version that wrote it`;
    throw new FatalError("JOURNAL_NEWER", text);
  }
  for (const script of migrations.slice(done)) database.exec(script);
  database.exec(`PRAGMA user_version = ${migrations.length}`);
}

function transactionOf(path: string, database: DatabaseSync): Journal["transaction"] {
  return (work) => {
    if (database.isTransaction) return work();
    return mapped(path, () => {
      database.exec("BEGIN IMMEDIATE");
      try {
        const result = work();
        database.exec("COMMIT");
        return result;
      } catch (error) {
        if (database.isTransaction) database.exec("ROLLBACK"); // some faults of the disk have done it already
        throw error;
      }
    });
  };
}

function mapped<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw journalError(path, error);
  }
}

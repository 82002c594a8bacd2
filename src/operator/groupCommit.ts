import type { Journal } from "../daemon/journal.ts";

type Entry = {
  write: () => void;
  written: () => void;
  resolve: () => void;
  reject: (error: unknown) => void;
};

/**
 * Writes what comes at about the same time in one transaction: a disk takes as long to sync one row as a hundred. What one
 * of them throws is its own failure only.
 */
export class GroupCommit {
  readonly #journal: Pick<Journal, "transaction">;
  #waiting: Entry[] = [];

  constructor(journal: Pick<Journal, "transaction">) {
    this.#journal = journal;
  }

  /**
   * Resolves when the write is synced.
   * @param write - synchronous; what it throws, or the journal does, rejects.
   * @param written - called as soon as it is on disk, before anything else runs.
   */
  async add(write: () => void, written: () => void): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ write, written, resolve, reject });
      if (this.#waiting.length === 1) {
        setImmediate(() => {
          this.#flush();
        });
      }
    });
  }

  #flush(): void {
    const entries = this.#waiting;
    this.#waiting = [];
    try {
      this.#commit(entries);
    } catch (error) {
      if (entries.length === 1) entries[0]!.reject(error);
      else for (const entry of entries) this.#alone(entry);
    }
  }

  #alone(entry: Entry): void {
    try {
      this.#commit([entry]);
    } catch (error) {
      entry.reject(error);
    }
  }

  #commit(entries: readonly Entry[]): void {
    this.#journal.transaction(() => {
      for (const { write } of entries) write();
    });
    for (const { written, resolve } of entries) {
      written();
      resolve();
    }
  }
}

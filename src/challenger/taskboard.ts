import type { Logger } from "pino";

import type { Clock } from "../chain/clock.ts";
import { CredenceError, RetryableError } from "../errors.ts";

export type TaskboardOptions = {
  readonly clock: Pick<Clock, "monotonic">;
  readonly log: Logger;
  /** First pause of a task that failed, milliseconds; doubled with each failure in a row. */
  readonly pauseMs: number;
  readonly maxPauseMs: number;
  /** A task failed, for metrics. */
  readonly onFailure: (task: string, code: string) => void;
  /** A task failed in a way that the program must not live with. */
  readonly onFatal: (error: unknown) => void;
  /** A task has ended, one way or the other: there is room for another. */
  readonly onEnd?: () => void;
};

type Failures = { count: number; notBefore: number };

/**
 * Work that goes on side by side: one task for each subject at a time, so that a slow one holds up nobody else, and one
 * that fails waits longer each time.
 */
export class Taskboard {
  readonly #options: TaskboardOptions;
  readonly #running = new Map<string, Promise<void>>();
  readonly #failures = new Map<string, Failures>();

  constructor(options: TaskboardOptions) {
    this.#options = options;
  }

  /** Tasks under way whose name begins so. */
  countOf(prefix: string): number {
    return [...this.#running.keys()].filter((name) => name.startsWith(prefix)).length;
  }

  /** Starts a task unless one of that name is under way or has to wait. @returns whether it was started. */
  start(name: string, work: () => Promise<void>): boolean {
    const { notBefore } = this.#failures.get(name) ?? { notBefore: -Infinity };
    if (this.#running.has(name) || this.#options.clock.monotonic() < notBefore) return false;
    this.#running.set(name, this.#run(name, work));
    return true;
  }

  /** Resolves when all that is under way has ended. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  async #run(name: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#failures.delete(name);
    } catch (error) {
      this.#fail(name, error);
    } finally {
      this.#running.delete(name);
      this.#options.onEnd?.();
    }
  }

  #fail(name: string, error: unknown): void {
    const { log, clock, pauseMs, maxPauseMs, onFailure, onFatal } = this.#options;
    const code = error instanceof CredenceError ? error.code : "UNEXPECTED";
    if (code === "STOPPING") return;
    const count = (this.#failures.get(name)?.count ?? 0) + 1;
    const pause = Math.min(maxPauseMs, pauseMs * 2 ** Math.min(count - 1, 20));
    this.#failures.set(name, { count, notBefore: clock.monotonic() + pause });
    onFailure(name.split(":")[0]!, code);
    log[error instanceof RetryableError ? "warn" : "error"](
      { err: error, task: name, failures: count },
      "a task failed",
    );
    if (code.startsWith("JOURNAL_") || code === "CHAIN_OTHER") onFatal(error);
  }
}

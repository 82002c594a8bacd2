import type { Logger } from "pino";

import { CredenceError } from "../errors.ts";
import { describeError } from "../protocol/errors.ts";

export type TasksOptions = {
  log: Logger;
  /** Milliseconds since any fixed moment. */
  monotonic: () => number;
  /** Most that run at a time, but for those that are urgent. */
  limit: number;
  /** How long something is left alone after it went well: until the journal has followed what it did. Milliseconds. */
  restMs: number;
  /** Pause after a first failure, doubled with each further one. Milliseconds. */
  retryMs: number;
  maxRetryMs: number;
  /** Told of every failure. */
  onError: (duty: string, code: string) => void;
};

export type Task = {
  /** For the log and the metrics. */
  duty: string;
  /** What it is about: one at a time for each duty and subject. */
  subject: string;
  run: () => Promise<void>;
  /** It may cost money to wait: it runs beyond the limit. */
  isUrgent?: boolean;
  /** Longest pause between two attempts, milliseconds, if shorter than the others'. */
  maxRetryMs?: number;
};

type Pause = { failures: number; until: number };

/**
 * Transactions on their way: each waits for its block without holding up others. What is due is started again and again,
 * so a task is to be harmless if it was done already; it is started once at a time, and less and less often while it
 * fails.
 */
export class Tasks {
  readonly #options: TasksOptions;
  readonly #running = new Map<string, Promise<void>>();
  readonly #pauses = new Map<string, Pause>();

  constructor(options: TasksOptions) {
    this.#options = options;
  }

  get running(): number {
    return this.#running.size;
  }

  /** @returns whether it was started: it is not while the same is running, rests, or too much else is. */
  start(task: Task): boolean {
    const key = `${task.duty}/${task.subject}`;
    const { limit, monotonic } = this.#options;
    if (this.#running.has(key) || (task.isUrgent !== true && this.#running.size >= limit)) return false;
    if ((this.#pauses.get(key)?.until ?? -Infinity) > monotonic()) return false;
    const run = this.#run(key, task).finally(() => this.#running.delete(key));
    this.#running.set(key, run);
    return true;
  }

  /** Resolves when nothing is running. */
  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  /** Forgets pauses that are over. */
  tidy(): void {
    const oldest = this.#options.monotonic() - this.#options.maxRetryMs;
    for (const [key, { until }] of this.#pauses) if (until < oldest) this.#pauses.delete(key);
  }

  async #run(key: string, task: Task): Promise<void> {
    const { monotonic, restMs, retryMs, log, onError } = this.#options;
    const { duty, subject, run, maxRetryMs = this.#options.maxRetryMs } = task;
    try {
      await run();
      this.#pauses.set(key, { failures: 0, until: monotonic() + restMs });
    } catch (error) {
      const failures = (this.#pauses.get(key)?.failures ?? 0) + 1;
      const pause = Math.min(maxRetryMs, retryMs * 2 ** Math.min(failures - 1, 20));
      this.#pauses.set(key, { failures, until: monotonic() + pause });
      const code = error instanceof CredenceError ? error.code : "UNEXPECTED";
      onError(duty, code);
      const details = { duty, subject, code, failures, reason: describeError(error) };
      if (error instanceof CredenceError) log.warn(details, "refused, will be tried again");
      else log.error({ ...details, err: error }, "failed unexpectedly, will be tried again");
    }
  }
}

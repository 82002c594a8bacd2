import type { Logger } from "pino";

import type { Clock } from "../chain/clock.ts";
import { RetryableError } from "../errors.ts";

/** A program that was started. */
export type RunningProgram = {
  /** Resolves when everything has ended, rejects with what ended it. */
  readonly stopped: Promise<void>;
  /** Asks it to end, and waits until it has. */
  stop(): Promise<void>;
};

/** What a program gets from outside. Its clock is for elapsed time only: the time of decisions is the chain's. */
export type Environment = Clock & {
  log: Logger;
  /** Aborted when the program is to end. */
  signal: AbortSignal;
};

export type LoopOptions = {
  /** In the log. */
  name: string;
  /** Between the end of one run and the start of the next, milliseconds. */
  everyMs: number;
  /** Longest pause after failures in a row, milliseconds; 60,000 if left out. */
  maxBackoffMs?: number;
  /** Whether the loop ends with an error that is not retryable, for others are logged only; it does if left out. */
  isFatal?: (error: unknown) => boolean;
  /** From 0 to 1, to spread what waits alike; `Math.random` if left out. */
  random?: () => number;
};

/**
 * Runs a task again and again until the environment's signal is aborted, one run at a time. After a `RetryableError` it
 * waits longer each time, twice as long with a random part, and goes on.
 * @throws What the task throws that is fatal.
 */
export async function loop(
  environment: Environment,
  options: LoopOptions,
  task: (signal: AbortSignal) => Promise<void>,
): Promise<void> {
  const { signal, log, sleep } = environment;
  const { name, everyMs, maxBackoffMs = 60_000, isFatal = () => true, random = Math.random } = options;
  const isEnding = (): boolean => signal.aborted;
  for (let failures = 0; !isEnding();) {
    try {
      await task(signal);
      failures = 0;
    } catch (error) {
      if (isEnding()) return;
      const isRetryable = error instanceof RetryableError;
      if (!isRetryable && isFatal(error)) throw error;
      failures += 1;
      log[isRetryable ? "warn" : "error"]({ err: error, loop: name, failures }, "a run failed, another follows");
    }
    const backoff = failures === 0 ? everyMs : Math.min(maxBackoffMs, everyMs * 2 ** Math.min(failures, 20));
    const pause = failures === 0 ? backoff : backoff * (0.5 + random() / 2);
    await sleep(pause, signal).catch(ignoreAbort(signal));
  }
}

function ignoreAbort(signal: AbortSignal): (error: unknown) => void {
  return (error) => {
    if (!signal.aborted) throw error;
  };
}

/** Elapsed time of this process. */
export const processClock: Clock = {
  monotonic: () => performance.now(),
  sleep: (ms, signal) =>
    new Promise((resolve, reject) => {
      const abort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      if (signal?.aborted === true) {
        reject(signal.reason as Error);
        return;
      }
      const timer = setTimeout(() => {
        signal?.removeEventListener("abort", abort);
        resolve();
      }, ms);
      signal?.addEventListener("abort", abort, { once: true });
    }),
};

/**
 * Aborts a controller on SIGINT and SIGTERM; a second signal ends the process at once, with 128 and the signal's number.
 * @returns Stops listening.
 */
export function stopOnSignals(controller: AbortController, log: Logger): () => void {
  const stop = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) process.exit(signal === "SIGINT" ? 130 : 143);
    log.info({ signal }, "stopping; a second signal ends the process at once");
    controller.abort(new RetryableError("STOPPING", "the program is stopping"));
  };
  process.on("SIGINT", stop);
  process.on("SIGTERM", stop);
  return () => {
    process.off("SIGINT", stop);
    process.off("SIGTERM", stop);
  };
}

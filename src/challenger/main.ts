import { CredenceError, RetryableError } from "../errors.ts";
import { loop, type RunningProgram } from "../daemon/lifecycle.ts";
import { serveMetrics } from "../daemon/metrics.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import type { SignedReceipt } from "../protocol/receipts.ts";
import type { ChallengerConfig } from "./config.ts";
import { openChallenger, type ChallengerEnvironment, type OpenedChallenger } from "./open.ts";
import { ChallengerProgram } from "./program.ts";

/** A challenger's program. */
export type RunningChallenger = RunningProgram & {
  /** Where its metrics are, if the configuration says so. */
  readonly metricsUrl: string | undefined;
  /**
   * Takes note of a receipt that somebody was handed.
   * @throws FatalError `SIGNATURE_INVALID`.
   */
  hear(signed: SignedReceipt): ReceiptId;
};

/** A head that is older than this many polls is a sign of trouble. */
const STALE_POLLS = 10;

/**
 * Starts a challenger's program: it replays answers, contests those that are wrong, plays its games, and reports operators
 * that sign twice or do not keep their promises, within its budget.
 * @throws FatalError as `openChallenger`, `METRICS_NOT_SERVED`.
 * @example
 * const { stopped } = await startChallenger(config, { ...processClock, log, signal, variables: process.env });
 */
export async function startChallenger(
  config: ChallengerConfig,
  environment: ChallengerEnvironment,
): Promise<RunningChallenger> {
  const controller = new AbortController();
  const signal = AbortSignal.any([environment.signal, controller.signal]);
  const opened = await openChallenger(config, { ...environment, signal });
  let fatal: unknown;
  const end = (error: unknown): void => {
    fatal ??= error;
    controller.abort(stopping());
  };
  const program = programOf(config, environment, opened, end);
  let lastPass = environment.monotonic();
  const pollMs = config.chain.pollSeconds * 1_000;
  const trouble = (): string | undefined => {
    const silence = environment.monotonic() - lastPass;
    return silence > STALE_POLLS * pollMs
      ? `the chain was not followed for ${Math.round(silence / 1_000)} s`
      : undefined;
  };
  try {
    const { registry, context } = opened;
    const endpoint = config.metrics && (await serveMetrics({ ...config.metrics, registry, trouble }));
    const { account } = context;
    environment.log.info({ account, metrics: endpoint?.url, dryRun: config.dryRun }, "the challenger program runs");
    const run = async (): Promise<void> => {
      try {
        await loop({ ...environment, signal }, { name: "pass", everyMs: pollMs, isFatal }, async (aborted) => {
          await program.pass(aborted);
          lastPass = environment.monotonic();
        });
      } finally {
        controller.abort(stopping());
        await program.idle();
        await endpoint?.close();
        await opened.close();
      }
      if (fatal !== undefined) throw fatal as Error;
    };
    const stopped = run();
    stopped.catch(() => undefined); // whoever waits for it hears of it
    return {
      stopped,
      metricsUrl: endpoint?.url,
      hear: (signed) => program.hear(signed),
      async stop() {
        controller.abort(stopping());
        await stopped;
      },
    };
  } catch (error) {
    controller.abort(stopping());
    await opened.close();
    throw error;
  }
}

function programOf(
  { workers, fetch }: ChallengerConfig,
  { monotonic, sleep }: ChallengerEnvironment,
  { context, follower, outbox }: OpenedChallenger,
  onFatal: (error: unknown) => void,
): ChallengerProgram {
  return new ChallengerProgram({
    ...{ context, follower, outbox, onFatal, clock: { monotonic, sleep } },
    readers: fetch.concurrency,
    replays: workers,
    retryMs: fetch.retrySeconds * 1_000,
  });
}

function stopping(): RetryableError {
  return new RetryableError("STOPPING", "the program is stopping");
}

/** What ends the program: a journal that cannot be written, or another chain than the one that is meant. */
function isFatal(error: unknown): boolean {
  return error instanceof CredenceError && (error.code.startsWith("JOURNAL_") || error.code === "CHAIN_OTHER");
}

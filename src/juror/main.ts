import { serveMetrics } from "../daemon/metrics.ts";
import { loop, type RunningProgram } from "../daemon/lifecycle.ts";
import { CredenceError, RetryableError } from "../errors.ts";
import type { JurorConfig } from "./config.ts";
import { serveControl } from "./control.ts";
import { openJuror, type Juror, type JurorEnvironment } from "./juror.ts";
import { jurorMetrics } from "./jurorMetrics.ts";
import { JurorProgram, isJournalFault } from "./program.ts";

/** A juror's program; its metrics are served there if the configuration says so. */
export type RunningJuror = RunningProgram & { readonly metricsUrl: string | undefined };

/**
 * Starts a juror's program: it names and fixes seeds, reminds of votes, opens ballots, claims and collects. It votes only
 * when the person says so, through `credence juror vote`.
 * @throws FatalError as `openJuror`, `CONTROL_UNUSABLE`, `METRICS_NOT_SERVED`.
 * @example
 * const { stopped } = await startJuror(config, { ...processClock, log, signal, variables: process.env });
 */
export async function startJuror(config: JurorConfig, environment: JurorEnvironment): Promise<RunningJuror> {
  const controller = new AbortController();
  const signal = AbortSignal.any([environment.signal, controller.signal]);
  const juror = await openJuror(config, { ...environment, signal });
  const closing: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.toReversed()) await end();
    juror.close();
  };
  try {
    const metrics = jurorMetrics();
    const program = new JurorProgram(juror, metrics);
    closing.push(() => program.idle());
    const vote = (parameters: Parameters<JurorProgram["vote"]>[0]) => program.vote(parameters);
    closing.push(await serveControl(config.journal, { vote, votes: () => juror.votes.all() }));
    const trouble = (): string | undefined => program.trouble();
    const endpoint = config.metrics && (await serveMetrics({ ...config.metrics, registry: metrics.registry, trouble }));
    if (endpoint !== undefined) closing.push(() => endpoint.close());
    environment.log.info({ account: juror.account, metrics: endpoint?.url }, "the juror program runs");
    const stopped = run(juror, program).finally(async () => {
      controller.abort(new RetryableError("STOPPING", "the program is stopping"));
      await close();
    });
    stopped.catch(() => undefined); // whoever waits for it hears of it
    return {
      stopped,
      metricsUrl: endpoint?.url,
      async stop() {
        controller.abort(new RetryableError("STOPPING", "the program is stopping"));
        await stopped;
      },
    };
  } catch (error) {
    controller.abort(error);
    await close();
    throw error;
  }
}

/** What ends the program: a journal that cannot be written, or another chain than the one that is meant. */
function isFatal(error: unknown): boolean {
  return isJournalFault(error) || (error instanceof CredenceError && error.code === "CHAIN_OTHER");
}

async function run({ environment, config }: Juror, program: JurorProgram): Promise<void> {
  const options = { name: "duties", everyMs: config.chain.pollSeconds * 1000, isFatal };
  await loop(environment, options, (signal) => program.pass(signal));
}

import type { Logger } from "pino";
import type { z } from "zod";

import { loadConfig, type Frozen, type Variables } from "../daemon/config.ts";
import type { ConfigPieces } from "../daemon/configPieces.ts";
import { processClock, stopOnSignals, type Environment, type RunningProgram } from "../daemon/lifecycle.ts";
import { askOnTerminal } from "../daemon/keys.ts";
import { createLog } from "../daemon/log.ts";
import { RetryableError } from "../errors.ts";
import { secretUrlsOf } from "./secretUrls.ts";

/** Pauses between tries to start, milliseconds: a node that is busy for a moment ends nothing. */
const START_PAUSES_MS = [1_000, 2_000, 4_000, 8_000];

/** Every program's configuration has a log. */
type Logged = { log: { level: Parameters<typeof createLog>[0]["level"] } };

export type RunProgramParameters<Schema extends z.ZodType<Logged>> = {
  /** Its name, in the log. */
  program: string;
  configPath: string;
  schema: (pieces: ConfigPieces) => Schema;
  start: (
    config: Frozen<z.output<Schema>>,
    environment: Environment & { variables: Variables; ask: (question: string) => Promise<string> },
  ) => Promise<RunningProgram>;
};

/**
 * Runs a program until it is asked to stop by SIGINT or SIGTERM. One that cannot start because something does not answer
 * tries four times more.
 * @throws what ended it.
 */
export async function runProgram<Schema extends z.ZodType<Logged>>(
  parameters: RunProgramParameters<Schema>,
): Promise<void> {
  const { program, configPath, schema, start } = parameters;
  const config = await loadConfig(configPath, schema, process.env);
  const { level } = (config as Frozen<Logged>).log;
  const log = createLog({ program, level, secrets: secretUrlsOf(config) });
  const controller = new AbortController();
  const unlisten = stopOnSignals(controller, log);
  try {
    const environment = { ...processClock, log, signal: controller.signal, variables: process.env, ask: asker() };
    const running = await patiently(environment, () => start(config, environment));
    await running.stopped;
    log.info("stopped");
  } catch (error) {
    if (!controller.signal.aborted) throw error; // it was asked to stop while it started
  } finally {
    unlisten();
  }
}

/** Asks each question once: a program that starts again has its password. */
function asker(): (question: string) => Promise<string> {
  const answers = new Map<string, string>();
  return async (question) => {
    const answer = answers.get(question) ?? (await askOnTerminal(question));
    answers.set(question, answer);
    return answer;
  };
}

async function patiently<Result>(
  { sleep, signal, log }: Pick<Environment, "sleep" | "signal"> & { log: Logger },
  start: () => Promise<Result>,
): Promise<Result> {
  for (const pause of START_PAUSES_MS) {
    try {
      return await start();
    } catch (error) {
      if (!(error instanceof RetryableError) || signal.aborted) throw error;
      log.warn({ err: error, pause }, "the start did not succeed, it is tried again");
      await sleep(pause, signal);
    }
  }
  return start();
}

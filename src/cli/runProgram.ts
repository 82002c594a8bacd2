import type { z } from "zod";

import { loadConfig, type Frozen, type Variables } from "../daemon/config.ts";
import type { ConfigPieces } from "../daemon/configPieces.ts";
import { processClock, stopOnSignals, type Environment, type RunningProgram } from "../daemon/lifecycle.ts";
import { createLog } from "../daemon/log.ts";
import { secretUrlsOf } from "./secretUrls.ts";

/** Every program's configuration has a log. */
type Logged = { log: { level: Parameters<typeof createLog>[0]["level"] } };

export type RunProgramParameters<Schema extends z.ZodType<Logged>> = {
  /** Its name, in the log. */
  program: string;
  configPath: string;
  schema: (pieces: ConfigPieces) => Schema;
  start: (
    config: Frozen<z.output<Schema>>,
    environment: Environment & { variables: Variables },
  ) => Promise<RunningProgram>;
};

/** Runs a program until it is asked to stop by SIGINT or SIGTERM. @throws what ended it. */
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
    const running = await start(config, { ...processClock, log, signal: controller.signal, variables: process.env });
    await running.stopped;
    log.info("stopped");
  } catch (error) {
    if (!controller.signal.aborted) throw error; // it was asked to stop while it started
  } finally {
    unlisten();
  }
}

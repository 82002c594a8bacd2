import { join } from "node:path";
import { pathToFileURL } from "node:url";

import type { DevnetOperator } from "./operators.ts";
import type { Processes, Running } from "./processes.ts";
import { CREDENCE } from "./programs.ts";
import type { Way } from "./ways.ts";

const REPLACE = pathToFileURL(join(import.meta.dirname, "dishonest", "replace.ts")).href;

/** Starts `credence operator run` with a part of it replaced: see dishonest/replace.ts. */
export async function startDishonestOperator(
  processes: Processes,
  { name, folder, configFile }: Pick<DevnetOperator, "name" | "folder" | "configFile">,
  way: Way,
): Promise<Running> {
  return processes.start({
    name: `${name} (${way})`,
    file: process.execPath,
    args: ["--import", REPLACE, CREDENCE, "operator", "run", "--config", configFile],
    logFile: join(folder, `${name}.log`),
    env: { CREDENCE_DISHONEST: way },
  });
}

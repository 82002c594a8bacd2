import { join } from "node:path";

import type { DevnetOperator } from "./operators.ts";
import type { Processes, Running } from "./processes.ts";
import type { Way } from "./ways.ts";

const PROGRAM = join(import.meta.dirname, "dishonestOperator.ts");

/** Starts an operator's program with one part replaced. */
export async function startDishonest(
  processes: Processes,
  { name, folder, configFile }: Pick<DevnetOperator, "name" | "folder" | "configFile">,
  way: Way,
): Promise<Running> {
  const args = [PROGRAM, way, configFile];
  return processes.start({ name, file: process.execPath, args, logFile: join(folder, `${name}.log`) });
}

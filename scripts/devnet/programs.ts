/** The command `credence` as processes. */
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { FatalError } from "../../src/errors.ts";
import type { DevnetOperator } from "./operators.ts";
import { describeExit, type Processes, type Running, tailOf } from "./processes.ts";

const root = join(import.meta.dirname, "..", "..");
/** On a machine that is busy. */
const READY_MS = 120_000;

/** The program behind the command `credence`. */
export const CREDENCE = join(root, "src", "cli", "main.ts");

/** Starts `credence <args>` with a log in a folder. */
export async function startCredence(
  processes: Processes,
  { name, args, folder }: { name: string; args: readonly string[]; folder: string },
): Promise<Running> {
  return processes.start({
    name,
    file: process.execPath,
    args: [CREDENCE, ...args],
    logFile: join(folder, `${name}.log`),
  });
}

/** Starts an operator's program, or another that is used like it. */
export async function startOperatorProgram(
  processes: Processes,
  { name, folder, configFile }: Pick<DevnetOperator, "name" | "folder" | "configFile">,
): Promise<Running> {
  return startCredence(processes, { name, folder, args: ["operator", "run", "--config", configFile] });
}

/**
 * Waits until a program says that it is well.
 * @param path - `/readyz` of an operator unless given.
 * @throws FatalError `PROGRAM_NOT_READY` if it ended, or is not ready in time, with its last words.
 */
export async function untilReady(running: Running, url: string, path = "/readyz"): Promise<void> {
  const end = performance.now() + READY_MS;
  while (performance.now() < end && running.exit === undefined) {
    if (await answers(`${url}${path}`)) return;
    await setTimeout(50);
  }
  const reason = running.exit === undefined ? "is not ready in time" : `ended with ${describeExit(running.exit)}`;
  throw new FatalError("PROGRAM_NOT_READY", `${running.name} ${reason}:\n${tailOf(running)}`);
}

async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));

/** What a command of `credence` came to. */
export type CommandResult = { code: number | null; stdout: string; stderr: string };

/** A command that runs, as a process of its own. */
export type RunningCommand = {
  readonly process: ChildProcess;
  /** Everything on standard output so far. */
  readonly stdout: () => string;
  readonly ended: Promise<CommandResult>;
};

/** Starts `credence` with arguments; it has no terminal. */
export function startCredence(
  args: readonly string[],
  { cwd, env = {} }: { cwd?: string; env?: Record<string, string> } = {},
): RunningCommand {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    env: { ...process.env, NO_COLOR: "1", ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const kill = (): boolean => child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = once(child, "close").then(([code]) => {
    process.off("exit", kill);
    return { code: code as number | null, stdout, stderr };
  });
  return { process: child, stdout: () => stdout, ended };
}

/** Runs `credence` with arguments until it ends. */
export async function credence(
  args: readonly string[],
  options: Parameters<typeof startCredence>[1] = {},
): Promise<CommandResult> {
  return startCredence(args, options).ended;
}

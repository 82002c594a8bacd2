/** Child processes that never outlive the program that started them. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { once } from "node:events";
import { setTimeout } from "node:timers/promises";

/** How a process ended: by itself with a code, or by a signal. */
export type Exit = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

/** What to start. */
export type Command = {
  /** What people call it. */
  readonly name: string;
  readonly file: string;
  readonly args: readonly string[];
  /** Receives standard output and standard error, after what is there already. */
  readonly logFile: string;
  readonly env?: NodeJS.ProcessEnv;
};

/** A process that runs, or ran. */
export type Running = {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** Set once it has ended. */
  readonly exit: Exit | undefined;
  readonly exited: Promise<Exit>;
  /** SIGTERM, and SIGKILL if it is still there `graceMs` later; returns when it is gone. */
  stop(graceMs?: number): Promise<Exit>;
  /** SIGKILL at once; returns when it is gone. */
  kill(): Promise<Exit>;
};

const GRACE_MS = 10_000;
const LOG_TAIL = 4_000;

/** Starts and ends processes; those that are left when this program exits are killed with it. */
export class Processes {
  readonly #running = new Set<ChildProcess>();
  readonly #started: Running[] = [];

  constructor() {
    process.once("exit", () => {
      for (const child of this.#running) killGroup(child, "SIGKILL");
    });
  }

  /**
   * Starts a process in a group of its own, so that Ctrl-C reaches this program alone, which then ends the others in order.
   * @throws Error if the file cannot be started.
   */
  async start({ name, file, args, logFile, env }: Command): Promise<Running> {
    const log = openSync(logFile, "a");
    const child = spawn(file, args, { stdio: ["ignore", log, log], detached: true, env: { ...process.env, ...env } });
    closeSync(log);
    await once(child, "spawn");
    this.#running.add(child);
    let exit: Exit | undefined;
    const exited = once(child, "exit").then(([code, signal]: unknown[]) => {
      this.#running.delete(child);
      exit = { code: code as Exit["code"], signal: signal as Exit["signal"] };
      return exit;
    });
    const running: Running = {
      name,
      pid: child.pid!,
      logFile,
      get exit() {
        return exit;
      },
      exited,
      async stop(graceMs = GRACE_MS) {
        if (exit === undefined) child.kill("SIGTERM");
        const waiting = new AbortController();
        const late = setTimeout(graceMs, undefined, { signal: waiting.signal }).catch(() => undefined);
        await Promise.race([exited, late]);
        waiting.abort();
        return this.kill();
      },
      async kill() {
        killGroup(child, "SIGKILL"); // also what a program that has ended has left behind
        return exited;
      },
    };
    this.#started.push(running);
    return running;
  }

  /** Ends what still runs: the latest first, so that programs stop while their chain is there; `last` goes last. */
  async stopAll(last: readonly Running[] = []): Promise<void> {
    const others = this.#started.filter((running) => !last.includes(running));
    await Promise.all(others.map((running) => running.stop()));
    for (const running of last) await running.stop();
  }
}

/** The end of what a process wrote, for people who want to know why it ended. */
export function tailOf({ logFile }: Pick<Running, "logFile">, characters = LOG_TAIL): string {
  return readFileSync(logFile, "utf8").slice(-characters).trimEnd();
}

/** How a process ended, in words. */
export function describeExit({ code, signal }: Exit): string {
  return signal === null ? `exit code ${String(code)}` : `signal ${signal}`;
}

function killGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  try {
    process.kill(-child.pid!, signal);
  } catch {
    // gone already
  }
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { expect } from "chai";
import { pino } from "pino";

import { loop, processClock, type Environment } from "../../../src/daemon/lifecycle.ts";
import { FatalError, RetryableError } from "../../../src/errors.ts";

/** An environment whose pauses take no time and are written down. */
function environmentOf(controller: AbortController, pauses: number[]): Environment {
  return {
    log: pino({ level: "silent" }),
    signal: controller.signal,
    monotonic: () => 0,
    sleep: async (ms, signal) => {
      pauses.push(ms);
      signal?.throwIfAborted();
    },
  };
}

describe("loop", () => {
  it("waits longer after each retryable error, up to a limit, and as before once it works again", async () => {
    const [controller, pauses] = [new AbortController(), [] as number[]];
    let runs = 0;
    const task = async (): Promise<void> => {
      runs += 1;
      if (runs === 8) controller.abort();
      if (runs > 1 && runs < 7) throw new RetryableError("CHAIN_UNREACHABLE", "no answer");
    };
    const options = { name: "test", everyMs: 100, maxBackoffMs: 1000, random: () => 1 };
    await loop(environmentOf(controller, pauses), options, task);
    expect(pauses).to.deep.equal([100, 200, 400, 800, 1000, 1000, 100, 100]);
  });

  it("spreads the pauses after errors over their upper half", async () => {
    const [controller, pauses] = [new AbortController(), [] as number[]];
    const randoms = [0, 0.5];
    const task = async (): Promise<void> => {
      if (randoms.length === 0) controller.abort();
      throw new RetryableError("CHAIN_UNREACHABLE", "no answer");
    };
    await loop(
      environmentOf(controller, pauses),
      { name: "test", everyMs: 100, random: () => randoms.shift() ?? 0 },
      task,
    );
    expect(pauses).to.deep.equal([100, 300]);
  });

  it("ends with an error that is fatal, and only logs one that is said not to be", async () => {
    const fatal = new FatalError("JOURNAL_DAMAGED", "the journal is damaged");
    const [controller, pauses] = [new AbortController(), [] as number[]];
    const environment = environmentOf(controller, pauses);
    const failing = async (): Promise<void> => {
      throw fatal;
    };
    const thrown: unknown = await loop(environment, { name: "test", everyMs: 1 }, failing).catch((e: unknown) => e);
    expect([thrown, pauses]).to.deep.equal([fatal, []]);
    let runs = 0;
    const sometimes = async (): Promise<void> => {
      runs += 1;
      if (runs === 3) controller.abort();
      else throw fatal;
    };
    await loop(environment, { name: "test", everyMs: 1, isFatal: () => false }, sometimes);
    expect(runs).to.equal(3);
  });

  it("ends in the middle of a pause when the program is to end", async () => {
    const controller = new AbortController();
    const environment = { ...processClock, log: pino({ level: "silent" }), signal: controller.signal };
    const ended = loop(environment, { name: "test", everyMs: 1_000_000 }, async () => undefined);
    setTimeout(() => {
      controller.abort();
    }, 20);
    await ended;
  });
});

describe("stopOnSignals", () => {
  const module = pathToFileURL(join(import.meta.dirname, "../../../src/daemon/lifecycle.ts")).href;
  const start = async (atEnd: string): Promise<ReturnType<typeof spawn>> => {
    const script = `
      const { stopOnSignals, processClock } = await import(${JSON.stringify(module)});
      const controller = new AbortController();
      stopOnSignals(controller, { info: () => console.log("stopping") });
      console.log("ready");
      await processClock.sleep(60_000, controller.signal).catch(() => undefined);
      ${atEnd}`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script]);
    await once(child.stdout, "data");
    return child;
  };

  it("lets the program end by itself after one signal", async () => {
    const child = await start("process.exitCode = 7; process.exit();");
    child.kill("SIGTERM");
    expect(await once(child, "exit")).to.deep.equal([7, null]);
  });

  it("ends it at once after two", async () => {
    for (const [signal, code] of [
      ["SIGINT", 130],
      ["SIGTERM", 143],
    ] as const) {
      const child = await start("await processClock.sleep(60_000);");
      child.kill(signal);
      await once(child.stdout!, "data");
      child.kill(signal);
      expect(await once(child, "exit")).to.deep.equal([code, null]);
    }
  });
});

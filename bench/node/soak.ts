/** An operator's program under steady load, beside bare inference over the same HTTP server and threads. */
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { parseEther } from "ethers";

import type { Chain } from "../../scripts/devnet/chainProcess.ts";
import { type Devnet, openDevnet } from "../../scripts/devnet/devnet.ts";
import { freePort } from "../../scripts/devnet/freePort.ts";
import { readMetric } from "../../scripts/devnet/metric.ts";
import { enlist } from "../../scripts/devnet/operators.ts";
import { startOperatorProgram, untilReady } from "../../scripts/devnet/programs.ts";
import { aboutDigits, aboutLanguages, type Question } from "../../scripts/devnet/questions.ts";
import { Scoreboard } from "../../scripts/devnet/scoreboard.ts";
import { Dice } from "./dice.ts";
import { Load } from "./load.ts";
import { spendingOf } from "./spendingOf.ts";

export type SoakOptions = {
  readonly seconds: number;
  readonly chain: Chain;
  readonly progress: (text: string) => void;
};

/** How fast a server answered. */
export type Speed = {
  readonly answers: number;
  readonly answersPerSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Questions that were not answered, by code. */
  readonly refused: Record<string, number>;
  readonly broken: number;
};

export type SoakReport = Speed & {
  readonly seconds: number;
  readonly chain: Chain;
  /** Questions on their way at a time, in a closed loop. */
  readonly concurrency: number;
  /** Of the program, bytes, at the beginning, after each tenth of the time, and at the end. */
  readonly memory: { readonly start: number; readonly tenths: readonly number[]; readonly end: number };
  readonly anchored: number;
  readonly batches: number;
  readonly gas: number;
  readonly gasPerAnswer: number;
  /** Bare inference, and how much of its speed is left. */
  readonly bare: Speed & { readonly seconds: number };
  readonly ratio: number;
};

const CONCURRENCY = 8;
const ANCHORING = { size: 1_000, ageSeconds: 60, anchorWithinSeconds: 21_600 };
const MEMORY = "process_resident_memory_bytes";
/** Of the time that the program gets. */
const BARE_SHARE = 0.2;
const WARM_UP_MS = 3_000;
const DRAIN_MS = 120_000;

/** Half of the questions are about digits, half about languages; each is asked once. */
export async function runSoak({ seconds, chain, progress }: SoakOptions): Promise<SoakReport> {
  const devnet = await openDevnet({ chain, progress });
  try {
    const bareSeconds = Math.max(5, Math.round(seconds * BARE_SHARE));
    progress(`bare inference for ${bareSeconds} s`);
    const bare = await measureBare(devnet, bareSeconds);
    const operator = await enlist(devnet, {
      name: "alder",
      staked: parseEther("100000000"),
      models: [devnet.digits, devnet.lande],
      anchoring: ANCHORING,
      api: { rateLimit: { max: 1_000_000, perSeconds: 1 } },
    });
    const since = {
      block: await devnet.provider.getBlockNumber(),
      balance: await devnet.provider.getBalance(operator.sender.address),
    };
    await devnet.clock.run({ everyMs: 1_000, speed: 1 });
    const running = await startOperatorProgram(devnet.processes, operator);
    await untilReady(running, operator.url);
    await askFor(devnet, operator.url, WARM_UP_MS);
    progress(`the operator's program for ${seconds} s`);
    const memoryNow = async (): Promise<number> => (await readMetric(operator.url, MEMORY)) ?? 0;
    const start = await memoryNow();
    const tenths: number[] = [];
    const sampler = setInterval(() => void memoryNow().then((bytes) => tenths.push(bytes)), (seconds * 1_000) / 10);
    const speed = await askFor(devnet, operator.url, seconds * 1_000);
    clearInterval(sampler);
    const end = await memoryNow();
    const { anchored, batches } = await drained(devnet, operator.address);
    await running.stop();
    const { gas } = await spendingOf(devnet, operator.sender.address, since);
    return {
      ...{ seconds, chain, concurrency: CONCURRENCY },
      ...speed,
      memory: { start, tenths, end },
      ...{ anchored, batches, gas, gasPerAnswer: Math.round((gas / anchored) * 10) / 10 },
      bare: { seconds: bareSeconds, ...bare },
      ratio: Math.round((speed.answersPerSecond / bare.answersPerSecond) * 1_000) / 1_000,
    };
  } finally {
    await devnet.close();
  }
}

async function measureBare(devnet: Devnet, seconds: number): Promise<Speed> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const running = await devnet.processes.start({
    name: "bare server",
    file: process.execPath,
    args: [join(import.meta.dirname, "bareServer.ts"), String(port), devnet.digits.modelId, devnet.lande.modelId],
    logFile: join(devnet.folder, "bare.log"),
  });
  await untilReady(running, url);
  await askFor(devnet, url, WARM_UP_MS);
  const speed = await askFor(devnet, url, seconds * 1_000);
  await running.stop();
  return speed;
}

let nonces = 0;

/** Asks in a closed loop. */
async function askFor(devnet: Devnet, url: string, ms: number): Promise<Speed> {
  const times: number[] = [];
  const load = new Load({
    ...{ url, questions: questionsOf(devnet), beneficiary: devnet.treasury.address, concurrency: CONCURRENCY },
    ...{ repeats: 0, conflicts: 0, dice: new Dice(1), forgets: true, firstNonce: nonces },
    onAnswer: (time) => void times.push(time),
  });
  const ending = new AbortController();
  const started = performance.now();
  const asking = load.run(ending.signal);
  await setTimeout(ms);
  ending.abort();
  await asking;
  const passed = (performance.now() - started) / 1_000;
  nonces = load.nextNonce;
  times.sort((a, b) => a - b);
  const at = (share: number): number => Math.round((times[Math.floor(times.length * share)] ?? 0) * 10) / 10;
  const { refused, broken } = load.counts;
  const answersPerSecond = Math.round((times.length / passed) * 10) / 10;
  return { answers: times.length, answersPerSecond, p50: at(0.5), p99: at(0.99), refused, broken };
}

/** Waits until nothing more is anchored. */
async function drained(devnet: Devnet, operator: string): Promise<{ anchored: number; batches: number }> {
  const scoreboard = new Scoreboard(devnet);
  await devnet.clock.increase(2 * ANCHORING.ageSeconds);
  let [before, quiet] = [-1, 0];
  for (const end = performance.now() + DRAIN_MS; performance.now() < end && quiet < 10;) {
    await setTimeout(1_000);
    await scoreboard.update();
    const { anchored } = await scoreboard.operator(operator);
    quiet = anchored === before ? quiet + 1 : 0;
    before = anchored;
  }
  const { anchored, batches } = await scoreboard.operator(operator);
  return { anchored, batches };
}

function questionsOf(devnet: Devnet): Iterator<Question, never> {
  const kinds = [aboutDigits(devnet), aboutLanguages(devnet)] as const;
  let turn = 0;
  return { next: () => kinds[turn++ % 2]!.next() };
}

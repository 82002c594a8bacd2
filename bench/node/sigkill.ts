/** An operator's program under load, killed again and again at any moment: what its customers hold afterwards. */
import { setTimeout } from "node:timers/promises";

import { parseEther } from "ethers";

import { FatalError } from "../../src/errors.ts";
import type { Chain } from "../../scripts/devnet/chainProcess.ts";
import { type Devnet, openDevnet } from "../../scripts/devnet/devnet.ts";
import { type DevnetOperator, enlist } from "../../scripts/devnet/operators.ts";
import { describeExit, type Running, tailOf } from "../../scripts/devnet/processes.ts";
import { startOperatorProgram, untilReady } from "../../scripts/devnet/programs.ts";
import { aboutDigits, aboutLanguages, type Question } from "../../scripts/devnet/questions.ts";
import { Scoreboard } from "../../scripts/devnet/scoreboard.ts";
import { startFaultyRpc, type FaultyRpc } from "../../test/setup/faultyRpc.ts";
import { audit, type Audit } from "./audit.ts";
import { Dice } from "./dice.ts";
import { Load, type LoadCounts } from "./load.ts";

export type SigkillOptions = {
  readonly kills: number;
  /** All chance follows from it, but for what the machine adds. */
  readonly seed: number;
  readonly chain: Chain;
  /** Share of the operator's requests to the chain that go wrong, 0 to 1. */
  readonly faults: number;
  readonly progress: (text: string) => void;
};

export type SigkillReport = Audit &
  LoadCounts & {
    readonly kills: number;
    /** Of these, before the program was ready. */
    readonly killsDuringStart: number;
    /** Starts that ended with exit code 3 because the chain did not answer: whoever runs the program starts it again. */
    readonly startsRefused: number;
    readonly seed: number;
    readonly chain: Chain;
    /** Requests to the chain that went wrong on purpose. */
    readonly rpcFaults: number;
    /** Questions asked again at the end, answered in the same bytes. */
    readonly askedAgain: number;
    readonly seconds: number;
    /** From start to ready, milliseconds: median and worst. */
    readonly readyMs: { readonly median: number; readonly worst: number };
  };

/** Of kills before the program is ready. */
const SHARE_DURING_START = 0.2;
/** After it is ready, milliseconds. */
const LONGEST_LIFE_MS = 2_000;
/** Exit code of a program that something did not answer. */
const UNANSWERED = 3;
const MOST_STARTS = 10;
const CONCURRENCY = 6;
/** Asked again at the end, at most. */
const ASKED_AGAIN = 3_000;
const DRAIN_MS = 180_000;
/** Small batches that close soon, so that something is on its way to the chain at most moments. */
const ANCHORING = { size: 100, ageSeconds: 3, anchorWithinSeconds: 21_600 };

/** What the runs share. */
type Trial = {
  readonly devnet: Devnet;
  readonly operator: DevnetOperator;
  readonly load: Load;
  readonly dice: Dice;
  readonly options: SigkillOptions;
  readonly readyMs: number[];
  killsDuringStart: number;
  startsRefused: number;
};

/** @throws FatalError `PROGRAM_ENDED` if the operator ends by itself in another way than that the chain did not answer at its start. */
export async function runKills(options: SigkillOptions): Promise<SigkillReport> {
  const started = performance.now();
  const { kills, seed, chain, faults, progress } = options;
  const dice = new Dice(seed);
  const devnet = await openDevnet({ chain, progress });
  let proxy: FlakyProxy | undefined;
  try {
    proxy = await flakyProxy(devnet, faults, new Dice(seed + 2));
    const operator = await enlist(devnet, {
      name: "alder",
      staked: parseEther("50000000"),
      models: [devnet.digits, devnet.lande],
      anchoring: ANCHORING,
      rpcUrl: proxy.url,
      api: { rateLimit: { max: 1_000_000, perSeconds: 1 } },
    });
    const since = {
      block: await devnet.provider.getBlockNumber(),
      balance: await devnet.provider.getBalance(operator.sender.address),
    };
    await devnet.clock.run({ everyMs: 300, speed: 1 });
    const load = new Load({
      ...{ url: operator.url, questions: questionsOf(devnet), beneficiary: operator.address },
      ...{ concurrency: CONCURRENCY, repeats: 0.3, conflicts: 0.02, dice: new Dice(seed + 1) },
    });
    const trial: Trial = { devnet, operator, load, dice, options, readyMs: [], killsDuringStart: 0, startsRefused: 0 };
    const asking = new AbortController();
    const asked = load.run(asking.signal);
    for (let kill = 1; kill <= kills; kill++) {
      await liveAndDie(trial);
      if (kill % 10 === 0) progress(`${kill} kills; ${JSON.stringify(load.counts)}`);
    }
    const last = await startAgain(trial);
    await setTimeout(LONGEST_LIFE_MS);
    asking.abort();
    await asked;
    const askedAgain = await askAgain(trial);
    await drain(trial, last);
    const { faults: rpcFaults } = proxy;
    await last.stop();
    const findings = await audit({ devnet, operator, asked: load.asked, since });
    return {
      ...{
        kills,
        killsDuringStart: trial.killsDuringStart,
        startsRefused: trial.startsRefused,
        seed,
        chain,
        rpcFaults,
        askedAgain,
      },
      ...load.counts,
      ...findings,
      readyMs: spread(trial.readyMs),
      seconds: Math.round((performance.now() - started) / 1_000),
    };
  } finally {
    await proxy?.stop();
    await devnet.close();
  }
}

/** One life of the program. */
async function liveAndDie(trial: Trial): Promise<void> {
  const { dice, operator, devnet, readyMs } = trial;
  if (dice.throw() < SHARE_DURING_START && readyMs.length > 0) {
    const running = await startOperatorProgram(devnet.processes, operator);
    await setTimeout(dice.between(0, Math.ceil(spread(readyMs).median)));
    await killed(running, UNANSWERED);
    trial.killsDuringStart += 1;
    return;
  }
  const running = await startAgain(trial);
  await setTimeout(dice.between(0, LONGEST_LIFE_MS));
  await killed(running);
}

async function killed(running: Running, allowed?: number): Promise<void> {
  if (running.exit !== undefined && running.exit.code !== allowed) {
    const text = `${running.name} ended with ${describeExit(running.exit)}:\n${tailOf(running)}`;
    throw new FatalError("PROGRAM_ENDED", text);
  }
  await running.kill();
}

async function startAgain(trial: Trial): Promise<Running> {
  const { devnet, operator, readyMs } = trial;
  const started = performance.now();
  for (let attempt = 1; ; attempt++) {
    const running = await startOperatorProgram(devnet.processes, operator);
    try {
      await untilReady(running, operator.url);
      readyMs.push(performance.now() - started);
      return running;
    } catch (error) {
      if (running.exit?.code !== UNANSWERED || attempt === MOST_STARTS) throw error;
      trial.startsRefused += 1;
    }
  }
}

/** Asks what was asked before, the latest first: `Load` notices every byte that differs. */
async function askAgain({ load }: Trial): Promise<number> {
  const answered = load.asked.filter(({ answers }) => answers.size > 0).slice(-ASKED_AGAIN);
  let same = 0;
  for (const asked of answered) if ((await load.ask(asked)) === 200 && asked.answers.size === 1) same += 1;
  return same;
}

/** Waits until as many answers are anchored as customers hold receipts, or no more come. */
async function drain({ devnet, operator, load, options }: Trial, running: Running): Promise<void> {
  const scoreboard = new Scoreboard(devnet);
  const held = load.asked.reduce((sum, { answers }) => sum + answers.size, 0);
  for (const end = performance.now() + DRAIN_MS; performance.now() < end && running.exit === undefined;) {
    await scoreboard.update();
    const { anchored } = await scoreboard.operator(operator.address);
    if (anchored >= held) return;
    await setTimeout(500);
  }
  options.progress("not everything was anchored in time");
}

/** Half of them about digits, half about languages. */
function questionsOf(devnet: Devnet): Iterator<Question, never> {
  const kinds = [aboutDigits(devnet), aboutLanguages(devnet)] as const;
  let turn = 0;
  return { next: () => kinds[turn++ % 2]!.next() };
}

type FlakyProxy = FaultyRpc & { readonly faults: number };

/** Before the chain: connections that drop before or after the node has heard of it, refusals, nonsense. */
async function flakyProxy({ chain }: Devnet, share: number, dice: Dice): Promise<FlakyProxy> {
  const kinds = ["dropBefore", "dropAfter", 500, "garbage"] as const;
  let faults = 0;
  const proxy = await startFaultyRpc(chain.url, () => {
    const thrown = dice.throw();
    if (thrown < share / kinds.length) faults += 1;
    return thrown;
  });
  if (share > 0) for (const fault of kinds) proxy.inject({ fault, share: share / kinds.length });
  return Object.defineProperty(proxy, "faults", { get: () => faults }) as FlakyProxy;
}

function spread(values: readonly number[]): { median: number; worst: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: Math.round(sorted[sorted.length >> 1] ?? 0), worst: Math.round(sorted.at(-1) ?? 0) };
}

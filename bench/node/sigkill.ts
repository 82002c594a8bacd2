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
import { startFaultyRpc, type FaultyRpc } from "../../test/setup/faultyRpc.ts";
import { audit, type Audit } from "./audit.ts";
import { countUnwritten } from "./countUnwritten.ts";
import { Dice } from "./dice.ts";
import { type Asked, Load, type LoadCounts } from "./load.ts";
import { Moment } from "./moment.ts";

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
    /** Of these, as soon as an answer was there, or a node had a transaction of which the program had not heard yet. */
    readonly killsAtMoments: number;
    /** Transactions that were not written down yet when the program was killed, though a node had them. */
    readonly unwritten: number;
    /** Starts that ended with exit code 3 because the chain did not answer: whoever runs the program starts it again. */
    readonly startsRefused: number;
    readonly seed: number;
    readonly chain: Chain;
    /** Requests to the chain that went wrong on purpose. */
    readonly rpcFaults: number;
    /** Questions asked again at the end, answered in the same bytes. Each receipt is looked up, too. */
    readonly askedAgain: number;
    readonly seconds: number;
    /** From start to ready, milliseconds: median and worst. */
    readonly readyMs: { readonly median: number; readonly worst: number };
  };

/** Of kills before the program is ready. */
const SHARE_DURING_START = 0.2;
/** Of the others, those that wait for a moment at which something is half done. */
const SHARE_AT_MOMENTS = 0.5;
/** For such a moment: a batch closes every few seconds. */
const MOMENT_MS = 6_000;
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
  readonly moments: Moments;
  killsDuringStart: number;
  killsAtMoments: number;
  unwritten: number;
  startsRefused: number;
};

type Moments = { readonly answer: Moment; readonly broadcast: Moment };

/** @throws FatalError `PROGRAM_ENDED` if the operator ends by itself in another way than that the chain did not answer at its start. */
export async function runKills(options: SigkillOptions): Promise<SigkillReport> {
  const started = performance.now();
  const { kills, seed, chain, faults, progress } = options;
  const dice = new Dice(seed);
  const devnet = await openDevnet({ chain, progress });
  const moments = { answer: new Moment(), broadcast: new Moment() };
  let proxy: FlakyProxy | undefined;
  try {
    proxy = await flakyProxy(devnet, faults, new Dice(seed + 2), moments);
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
      onAnswer: () => {
        moments.answer.come();
      },
    });
    const counts = { killsDuringStart: 0, killsAtMoments: 0, unwritten: 0, startsRefused: 0 };
    const trial: Trial = { devnet, operator, load, dice, options, moments, readyMs: [], ...counts };
    const asking = new AbortController();
    const asked = load.run(asking.signal);
    for (let kill = 1; kill <= kills; kill++) {
      await liveAndDie(trial);
      trial.unwritten += await countUnwritten(devnet, operator);
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
        ...countsOf(trial),
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
  const { dice, operator, devnet, readyMs, moments } = trial;
  if (dice.throw() < SHARE_DURING_START && readyMs.length > 0) {
    const running = await startOperatorProgram(devnet.processes, operator);
    await setTimeout(dice.between(0, Math.ceil(spread(readyMs).median)));
    await killed(running, UNANSWERED);
    trial.killsDuringStart += 1;
    return;
  }
  const running = await startAgain(trial);
  await setTimeout(dice.between(0, LONGEST_LIFE_MS));
  if (dice.throw() >= SHARE_AT_MOMENTS) {
    await killed(running);
    return;
  }
  const moment = dice.throw() < 0.5 ? moments.answer : moments.broadcast;
  await moment.next(async () => killed(running), MOMENT_MS);
  trial.killsAtMoments += 1;
}

function countsOf({ killsDuringStart, killsAtMoments, unwritten, startsRefused }: Trial) {
  return { killsDuringStart, killsAtMoments, unwritten, startsRefused };
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

/** Looks every receipt that a customer holds up until the program says that none is still to be anchored, or no more come. */
async function drain({ load, options }: Trial, running: Running): Promise<void> {
  let left = load.asked.filter(({ answers }) => answers.size > 0);
  for (const end = performance.now() + DRAIN_MS; performance.now() < end && running.exit === undefined;) {
    const waiting: Asked[] = [];
    for (const asked of left) if ((await load.stateOf(asked)) === "signed") waiting.push(asked);
    if (waiting.length === 0) return;
    left = waiting;
    await setTimeout(500);
  }
  options.progress(`${left.length} answers were not anchored in time`);
}

/** Half of them about digits, half about languages. */
function questionsOf(devnet: Devnet): Iterator<Question, never> {
  const kinds = [aboutDigits(devnet), aboutLanguages(devnet)] as const;
  let turn = 0;
  return { next: () => kinds[turn++ % 2]!.next() };
}

type FlakyProxy = FaultyRpc & { readonly faults: number };

/** Before the chain: connections that drop before or after the node has heard of it, refusals, nonsense. */
async function flakyProxy({ chain }: Devnet, share: number, dice: Dice, { broadcast }: Moments): Promise<FlakyProxy> {
  const kinds = ["dropBefore", "dropAfter", 500, "garbage"] as const;
  let faults = 0;
  const thrown = (): number => {
    const value = dice.throw();
    if (value < share / kinds.length) faults += 1;
    return value;
  };
  const proxy = await startFaultyRpc(chain.url, thrown, (method) => {
    if (method === "eth_sendRawTransaction") broadcast.come();
  });
  if (share > 0) for (const fault of kinds) proxy.inject({ fault, share: share / kinds.length });
  return Object.defineProperty(proxy, "faults", { get: () => faults }) as FlakyProxy;
}

function spread(values: readonly number[]): { median: number; worst: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return { median: Math.round(sorted[sorted.length >> 1] ?? 0), worst: Math.round(sorted.at(-1) ?? 0) };
}

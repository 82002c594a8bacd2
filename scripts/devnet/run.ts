/** The devnet until it is told to end. */
import { setTimeout } from "node:timers/promises";

import { parseEther } from "ethers";

import { FatalError } from "../../src/errors.ts";
import { CHALLENGER_TOKENS, type DevnetProgram, equipChallenger, equipJuror } from "./challengers.ts";
import { Customers } from "./customers.ts";
import { type Devnet, openDevnet } from "./devnet.ts";
import { startDishonestOperator } from "./dishonestOperator.ts";
import { readMetric } from "./metric.ts";
import { type DevnetOperator, enlist } from "./operators.ts";
import type { Options } from "./options.ts";
import { describeExit, type Running, tailOf } from "./processes.ts";
import { startCredence, startOperatorProgram, untilReady } from "./programs.ts";
import { Scoreboard } from "./scoreboard.ts";
import { renderJson, renderLine, renderScreen, type Status } from "./status.ts";

/** From question to question, milliseconds. */
const TRICKLE_MS = 400;
/** Stake of an operator that promises more than it has: a bond of 1,000, of which 90 % may be locked, and next to nothing. */
const THIN_STAKE = parseEther("1200");

type Cast = {
  readonly operators: readonly DevnetOperator[];
  readonly dishonest: DevnetOperator;
  readonly challengers: readonly DevnetProgram[];
};

/**
 * Runs the devnet until `signal`, or as long as the options say.
 * @throws FatalError `PROGRAM_ENDED` if a process ends by itself, with its last words.
 */
export async function runDevnet(options: Options, signal: AbortSignal): Promise<void> {
  const progress = (text: string): void => {
    if (options.json !== true) console.log(text);
  };
  const devnet = await openDevnet({ ...options, keep: options.keep === true, progress });
  const ended = new AbortController();
  try {
    progress("registering three operators, two challengers and a juror, and starting their programs");
    const { cast, running } = await startCast(devnet, options);
    await devnet.clock.run({ everyMs: 500, speed: options.speed });
    const customers = new Customers(devnet, cast.operators);
    const either = AbortSignal.any([signal, ended.signal]);
    const asking = customers.run(either, TRICKLE_MS);
    const watching = show(devnet, { cast, customers, options, signal: either });
    await Promise.race([watching, asking, crashOf([devnet.chain.running, ...running], either)]);
  } finally {
    ended.abort();
    progress("ending all processes");
    await devnet.close();
    if (options.keep === true) progress(`keys, configs, journals and logs: ${devnet.folder}`);
  }
}

async function startCast(devnet: Devnet, options: Options): Promise<{ cast: Cast; running: Running[] }> {
  const models = [devnet.lande, devnet.digits];
  const staked = options.dishonest === "overpromise" ? { staked: THIN_STAKE } : {};
  const [alder, birch, cedar] = await Promise.all([
    enlist(devnet, { name: "alder", models }),
    enlist(devnet, { name: "birch", models }),
    enlist(devnet, { name: "cedar", models, ...staked }),
  ]);
  const challengers = await Promise.all(["finch", "heron"].map((name) => equipChallenger(devnet, { name })));
  const juror = await equipJuror(devnet, "ivy", parseEther("20000"));
  const { processes } = devnet;
  const running = await Promise.all([
    startOperatorProgram(processes, alder),
    startOperatorProgram(processes, birch),
    startDishonestOperator(processes, cedar, options.dishonest),
    ...challengers.map(({ name, folder, configFile }) =>
      startCredence(processes, { name, folder, args: ["challenger", "run", "--config", configFile] }),
    ),
    startCredence(processes, {
      name: juror.name,
      folder: juror.folder,
      args: ["juror", "run", "--config", juror.configFile],
    }),
  ]);
  const operators = [alder, birch, cedar];
  await Promise.all(operators.map(({ url }, index) => untilReady(running[index]!, url)));
  return { cast: { operators, dishonest: cedar, challengers }, running };
}

/** @throws FatalError `PROGRAM_ENDED` when one of them ends before the signal. */
async function crashOf(running: readonly Running[], signal: AbortSignal): Promise<never> {
  const first = await Promise.race(running.map(async (one) => ({ one, exit: await one.exited })));
  if (signal.aborted) return new Promise(() => undefined); // it was told to
  const { one, exit } = first;
  throw new FatalError("PROGRAM_ENDED", `${one.name} ended with ${describeExit(exit)}; it said:\n${tailOf(one)}`);
}

type Shown = {
  readonly cast: Cast;
  readonly customers: Customers;
  readonly options: Options;
  readonly signal: AbortSignal;
};

async function show(devnet: Devnet, { cast, customers, options, signal }: Shown): Promise<void> {
  const scoreboard = new Scoreboard(devnet);
  const started = performance.now();
  const firstTimestamp = await devnet.clock.now();
  const isScreen = process.stdout.isTTY && options.json !== true;
  while (!signal.aborted) {
    const seconds = (performance.now() - started) / 1_000;
    if (options.seconds > 0 && seconds >= options.seconds) return;
    const status = await readStatus({ scoreboard, cast, customers, options, seconds, firstTimestamp });
    if (options.json === true) console.log(renderJson(status));
    else if (isScreen) process.stdout.write(`\u001b[H\u001b[2J${renderScreen(status)}\n`);
    else console.log(renderLine(status));
    await setTimeout(isScreen ? 1_000 : 5_000, undefined, { signal }).catch(() => undefined);
  }
}

async function readStatus({
  scoreboard,
  cast,
  customers,
  options,
  seconds,
  firstTimestamp,
}: Omit<Shown, "signal"> & { scoreboard: Scoreboard; seconds: number; firstTimestamp: number }): Promise<Status> {
  const head = await scoreboard.update();
  const operators = await Promise.all(
    cast.operators.map(async (operator) => {
      const promised = await readMetric(operator.url, "credence_operator_promised");
      return {
        ...(await scoreboard.operator(operator.address)),
        name: operator.name,
        dishonest: operator === cast.dishonest ? options.dishonest : undefined,
        answered: customers.counts.ofOperator.get(operator.name) ?? 0,
        promised: promised === undefined ? undefined : BigInt(promised),
      };
    }),
  );
  const challengers = await Promise.all(
    cast.challengers.map(async ({ name, account }) => ({
      ...(await scoreboard.challenger(account.address)),
      name,
      start: CHALLENGER_TOKENS,
    })),
  );
  const { asked, answered, refused } = customers.counts;
  const { number, timestamp } = head;
  return {
    ...{ seconds: Math.round(seconds), chainSeconds: timestamp - firstTimestamp },
    head: { number, timestamp },
    customers: { asked, answered, refused },
    ...{ operators, challengers },
  };
}

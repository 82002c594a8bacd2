/** A challenger's program that is killed again and again in the middle of its games: how many bonds it puts down. */
import { setTimeout } from "node:timers/promises";

import { parseEther } from "ethers";

import { OperatorClient } from "../../src/api/operatorClient.ts";
import { contractsOf } from "../../src/chain/contracts.ts";
import { eventsOf } from "../../src/chain/logs.ts";
import type { Chain } from "../../scripts/devnet/chainProcess.ts";
import { type DevnetProgram, equipChallenger } from "../../scripts/devnet/challengers.ts";
import { type Devnet, openDevnet } from "../../scripts/devnet/devnet.ts";
import { startDishonestOperator } from "../../scripts/devnet/dishonestOperator.ts";
import { enlist } from "../../scripts/devnet/operators.ts";
import type { Running } from "../../scripts/devnet/processes.ts";
import { startCredence, untilReady } from "../../scripts/devnet/programs.ts";
import { aboutDigits } from "../../scripts/devnet/questions.ts";
import { startFaultyRpc } from "../../test/setup/faultyRpc.ts";
import { countUnwritten } from "./countUnwritten.ts";
import { Dice } from "./dice.ts";
import { Moment } from "./moment.ts";

export type ChallengerKillsOptions = {
  readonly kills: number;
  readonly seed: number;
  readonly chain: Chain;
  /** Wrong answers whose traces are withheld. */
  readonly answers: number;
  readonly progress: (text: string) => void;
};

export type ChallengerKillsReport = {
  readonly kills: number;
  readonly seed: number;
  readonly answers: number;
  /** Games opened: one for each answer. */
  readonly games: number;
  /** Answers with more than one game of this challenger's; must be 0. */
  readonly doubleBonds: number;
  /** Transactions that were not written down yet when the program was killed, though a node had them; must be 0. */
  readonly unwritten: number;
  readonly overturned: number;
  /** What the challenger has more in the end, whole tokens: half of each penalty. */
  readonly gained: string;
};

const LONGEST_LIFE_MS = 9_000;
/** Of kills: as soon as the node has a transaction of which the program has not heard yet. No block takes it in ... */
const SHARE_AT_BROADCAST = 0.5;
/** ... until the next run could have decided anew. */
const PENDING_MS = 7_000;
const BLOCKS = { everyMs: 500, speed: 1 };
const WAIT_MS = 120_000;

type Watch = { readonly devnet: Devnet; readonly program: DevnetProgram; readonly answers: number };

/** @throws Error if the answers are not overturned in time. */
export async function runChallengerKills(options: ChallengerKillsOptions): Promise<ChallengerKillsReport> {
  const { kills, seed, chain, answers, progress } = options;
  const dice = new Dice(seed);
  const devnet = await openDevnet({ chain, progress });
  const broadcast = new Moment();
  const proxy = await startFaultyRpc(devnet.chain.url, undefined, (method) => {
    if (method === "eth_sendRawTransaction") broadcast.come();
  });
  try {
    const operator = await enlist(devnet, {
      name: "fir",
      models: [devnet.digits],
      anchoring: { size: 1, ageSeconds: 1, anchorWithinSeconds: 21_600 },
    });
    const tokens = parseEther("1000");
    const program = await equipChallenger(devnet, { name: "wren", tokens, rpcUrl: proxy.url });
    await devnet.clock.run(BLOCKS);
    const lying = await startDishonestOperator(devnet.processes, operator, "withheld-trace");
    await untilReady(lying, operator.url);
    await askAll(devnet, operator.url, answers);
    const watch = { devnet, program, answers };
    let unwritten = 0;
    for (let kill = 1; kill <= kills; kill++) {
      await liveAndDie(watch, broadcast, dice);
      unwritten += await countUnwritten(devnet, { sender: program.account, journal: program.journal });
      if (kill % 5 === 0) progress(`${kill} kills, ${(await countGames(watch)).games} games`);
    }
    const last = await start(watch);
    await setTimeout(PENDING_MS);
    await restart(devnet);
    await until(watch, async () => (await countGames(watch)).games >= answers);
    await devnet.clock.increase(14 * 3_600);
    await until(watch, async () => (await countGames(watch)).overturned >= answers);
    await until(watch, async () => (await wealth(watch)) >= tokens + (BigInt(answers) * parseEther("10")) / 2n);
    await last.stop();
    const counts = await countGames(watch);
    const gained = (await wealth(watch)) - tokens;
    return { ...{ kills, seed, answers }, ...counts, unwritten, gained: String(gained / parseEther("1")) };
  } finally {
    await proxy.stop();
    await devnet.close();
  }
}

async function start({ devnet, program }: Watch): Promise<Running> {
  const { name, folder, configFile } = program;
  return startCredence(devnet.processes, { name, folder, args: ["challenger", "run", "--config", configFile] });
}

async function askAll(devnet: Devnet, url: string, count: number): Promise<void> {
  const client = new OperatorClient({ url, allowPrivateAddresses: true });
  const questions = aboutDigits(devnet);
  const { address } = devnet.treasury;
  const asked = { modelId: devnet.digits.modelId, requester: address, beneficiary: address };
  for (let nonce = 0n; nonce < count; nonce++) {
    await client.answer({ ...asked, request: questions.next().value.request, nonce });
  }
  await client.close();
}

/** One life of the program; blocks come again when it has lasted a while. */
async function liveAndDie(watch: Watch, broadcast: Moment, dice: Dice): Promise<void> {
  const { clock } = watch.devnet;
  const running = await start(watch);
  const isAtBroadcast = dice.throw() < SHARE_AT_BROADCAST;
  if (!isAtBroadcast) {
    await setTimeout(dice.between(0, LONGEST_LIFE_MS));
    await running.kill();
    return;
  }
  await setTimeout(PENDING_MS);
  await restart(watch.devnet);
  await broadcast.next(async () => {
    clock.stop();
    return running.kill();
  }, LONGEST_LIFE_MS);
}

/** Blocks come, whether they did before or not. */
async function restart({ clock }: Devnet): Promise<void> {
  clock.stop();
  await clock.run(BLOCKS);
}

type Counts = Pick<ChallengerKillsReport, "games" | "doubleBonds" | "overturned">;

async function countGames({ devnet, program }: Watch): Promise<Counts> {
  const { provider, deployment, book } = devnet;
  const { disputes } = contractsOf(deployment, provider);
  const range = [book.blocks.first, await provider.getBlockNumber()] as const;
  const opened = await eventsOf<{ receiptId: string }>(
    disputes,
    disputes.filters.GameOpened(undefined, undefined, program.account.address),
    ...range,
  );
  const overturned = await eventsOf<object>(disputes, disputes.filters.AnswerOverturned(), ...range);
  const receipts = new Set(opened.map(({ receiptId }) => receiptId));
  return { games: opened.length, doubleBonds: opened.length - receipts.size, overturned: overturned.length };
}

async function wealth({ devnet, program }: Watch): Promise<bigint> {
  const { token, vault } = contractsOf(devnet.deployment, devnet.provider);
  const { address } = program.account;
  return (await token.balanceOf(address)) + (await vault.account(address)).credit;
}

async function until({ answers }: Watch, holds: () => Promise<boolean>): Promise<void> {
  for (const end = performance.now() + WAIT_MS; performance.now() < end;) {
    if (await holds()) return;
    await setTimeout(300);
  }
  throw new Error(`the ${answers} answers were not seen through in time`);
}

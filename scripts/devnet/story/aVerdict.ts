/**
 * The second act with programs: an operator resells a service's answers and one is invented; eight token holders, each with
 * a program, judge it in three rounds. People vote; programs draw the panels, reveal, claim and collect.
 */
import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";

import { keccak256, parseEther, toUtf8Bytes, toUtf8String, type Wallet, ZeroHash } from "ethers";

import { anchorReceipt } from "../../../src/actions/anchorReceipt.ts";
import { checkReceipt } from "../../../src/actions/checkReceipt.ts";
import { claimBallot } from "../../../src/actions/claimBallot.ts";
import { contributeToAppeal } from "../../../src/actions/contributeToAppeal.ts";
import { openCase } from "../../../src/actions/openCase.ts";
import { publishModel } from "../../../src/actions/publishModel.ts";
import { readAccount } from "../../../src/actions/readAccount.ts";
import { readCase } from "../../../src/actions/readCase.ts";
import { settleCase } from "../../../src/actions/settleCase.ts";
import { withdrawContribution } from "../../../src/actions/withdrawContribution.ts";
import { OperatorClient } from "../../../src/api/operatorClient.ts";
import { eventsOf } from "../../../src/chain/logs.ts";
import { AnswerStatus, bareLeaf } from "../../../src/protocol/answers.ts";
import { Choice, Phase, type CastChoice } from "../../../src/protocol/court.ts";
import type { ModelId, ReceiptId } from "../../../src/protocol/ids.ts";
import { Ground, ModelClass } from "../../../src/protocol/models.ts";
import type { Receipt } from "../../../src/protocol/receipts.ts";
import { Ruling } from "../../../src/protocol/rulings.ts";
import { tokens } from "../../demo/tokens.ts";
import { type DevnetProgram, equipJuror } from "../challengers.ts";
import { DAY, POLICY } from "../devnet.ts";
import { type DevnetOperator, enlist } from "../operators.ts";
import type { Running } from "../processes.ts";
import { startCredence, startOperatorProgram, untilReady } from "../programs.ts";
import { found, RESERVE, type StoryStage } from "./stage.ts";

/* What the rules say, reckoned here and not by the contracts: config 0 of ignition/parameters/localhost.json5. */
const COVERAGE = parseEther("1000");
const PENALTY = parseEther("2000");
const FEES = [parseEther("45"), parseEther("183"), parseEther("600")] as const;
const SEAT_RISK = parseEther("30");
const BOND = (COVERAGE + PENALTY) / 10n;
const HOLDER_STAKE = parseEther("20000");
const HOLDERS = 8;
const BRIBED = 3;
/** Programs that are started at the same time. */
const AT_ONCE = 4;

type Holder = DevnetProgram & { readonly address: string };
type Ballot = {
  readonly holder: Holder;
  readonly weight: number;
  readonly choice: CastChoice;
  readonly revealed: boolean;
};
type Round = 0 | 1 | 2;

/** The case, as far as it has come. */
type Trial = {
  readonly stage: StoryStage;
  readonly caseId: ReceiptId;
  readonly holders: readonly Holder[];
  readonly bribed: readonly Holder[];
  readonly honest: readonly Holder[];
  readonly outsider: Wallet;
  readonly ballots: [Ballot[], Ballot[], Ballot[]];
};

/** Plays it, and ends its programs. */
export async function aVerdict(stage: StoryStage): Promise<void> {
  const { chapter, state, devnet, wealthOf, run } = stage;
  const { provider, deployment, clock } = devnet;

  chapter(`Act 2. ${HOLDERS} token holders enrol and start their programs; a week later their votes count`);
  const holders = await stage.quickly(() => equipHolders(stage));
  await clock.increase(8 * DAY);
  const service = await invents("No."); // the service itself said yes
  const { dogwood, modelId } = await stage.quickly(() => hire(stage, service.url));
  const program = stage.watch(await startOperatorProgram(devnet.processes, dogwood));
  await untilReady(program, dogwood.url);
  const programs = new Map<Holder, Running>();
  for (let from = 0; from < HOLDERS; from += AT_ONCE) {
    const group = holders.slice(from, from + AT_ONCE);
    const started = await Promise.all(group.map((holder) => run("juror", holder)));
    group.forEach((holder, index) => programs.set(holder, started[index]!));
    await Promise.all(group.map((holder, index) => untilReady(started[index]!, holder.url, "/healthz")));
  }

  chapter("dogwood's program resells a service's answers, and the service is made to invent one");
  const customer = await stage.person(BOND + FEES[0]);
  const outsider = await stage.person(parseEther("3000"));
  const receipt = await lie(stage, { dogwood, modelId, customer });
  const before = new Map<string, bigint>();
  for (const account of [
    dogwood.address,
    customer.address,
    outsider.address,
    RESERVE,
    ...holders.map((h) => h.address),
  ])
    before.set(account, await wealthOf(account));
  const { caseId, bond, fee } = await openCase(customer, deployment, { leaf: bareLeaf(receipt), evidenceURI: "" });
  const { status } = await checkReceipt(provider, deployment, { receipt });
  state(
    `the customer contests it: ${tokens(bond)} as a bond, ${tokens(fee)} for fifteen jurors; the lock of ${tokens(COVERAGE + PENALTY)} is held`,
    bond === BOND && fee === FEES[0] && status === AnswerStatus.Contested,
  );

  chapter("A panel of fifteen seats draws itself, and somebody bribes it");
  const seats = await drawn(stage, caseId, holders);
  state("the holders' programs named and fixed the seed by themselves", true);
  const strongest = [...holders].sort((a, b) => seats.get(b)! - seats.get(a)!);
  const [bribed, honest] = [strongest.slice(0, BRIBED), strongest.slice(BRIBED)];
  const trial: Trial = { stage, caseId, holders, bribed, honest, outsider, ballots: [[], [], []] };
  const first = await vote(trial, 0, turnout(trial, seats));
  const isLost = (await rulingOf(trial)) === Ruling.Upheld;
  state(`${first.against} bribed seats against ${first.honest}: the panel finds for the liar`, isLost);

  chapter("An outsider does not believe it, and takes it to a larger panel and then to everybody");
  const appealOne = await appeal(trial, 1);
  const second = await vote(trial, 1, turnout(trial, await drawn(stage, caseId, holders)));
  state(
    `${tokens(appealOne)} open a panel of 61: ${second.against} to ${second.honest}, wrong again`,
    (await rulingOf(trial)) === Ruling.Upheld,
  );
  const appealTwo = await appeal(trial, 2);
  const forgetful = honest.at(-1)!;
  await vote(trial, 2, honest, async () => {
    await programs.get(forgetful)!.stop(); // after the vote, before the reveal
    return stage.dismiss(programs.get(forgetful)!);
  });
  trial.ballots[2] = trial.ballots[2].map((one) => (one.holder === forgetful ? { ...one, revealed: false } : one));
  const view = await readCase(provider, deployment, { caseId });
  state(
    `${tokens(appealTwo)} ask everybody: ${honest.length} honest holders outvote ${BRIBED}, though the program of one is off when ballots are opened. The ruling is final by the clock`,
    view.phase === Phase.Final && view.ruling === Ruling.Overturned,
  );

  chapter("Coverage, bonds, fees and risks");
  await countMoney(trial, { dogwood, customer, receipt, forgetful, before });
  const alive = [...programs].filter(([holder]) => holder !== forgetful).map(([, running]) => running);
  state("all programs end when they are told to", await stage.dismiss(program, ...alive));
  service.close();
}

async function equipHolders({ devnet }: StoryStage): Promise<Holder[]> {
  const holders: Holder[] = [];
  for (let number = 1; number <= HOLDERS; number++) {
    const program = await equipJuror(devnet, `holder-${number}`, HOLDER_STAKE, { seeds: { jitterSeconds: 0 } });
    holders.push({ ...program, address: program.account.address });
  }
  return holders;
}

/** A service that always says the same. */
async function invents(text: string): Promise<{ url: string; close: () => void }> {
  const server = createServer((request, response) => {
    request.resume().on("end", () => response.end(text));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** A model that nobody can replay, and an operator whose program asks the service. */
async function hire(stage: StoryStage, url: string): Promise<{ dogwood: DevnetOperator; modelId: ModelId }> {
  const { devnet } = stage;
  const publisher = await stage.person();
  const modelId = await publishModel(publisher, devnet.deployment, {
    manifest: {
      ...{ name: "claims-desk", version: "1", uri: "", class: ModelClass.ProxiedApi },
      artifactHash: keccak256(toUtf8Bytes("the service's terms, version 1")),
      ...{ specHash: ZeroHash, weightsRoot: ZeroHash, preprocessHash: ZeroHash },
    },
    policy: {
      ...POLICY,
      ...{ challengeWindow: 2 * DAY, minCoverage: COVERAGE, penaltyBps: 20_000, grounds: Ground.Judgement },
    },
  });
  const source = { kind: "upstream", url, timeoutSeconds: 10 } as const;
  const models = [{ modelId, source }];
  const dogwood = await enlist(devnet, { name: "dogwood", staked: parseEther("6000"), models, coverage: COVERAGE });
  return { dogwood, modelId };
}

async function lie(
  { devnet, state }: StoryStage,
  { dogwood, modelId, customer }: { dogwood: DevnetOperator; modelId: ModelId; customer: Wallet },
): Promise<Receipt> {
  const client = new OperatorClient({ url: dogwood.url, allowPrivateAddresses: true });
  const request = toUtf8Bytes("Is the water damage of claim 311 covered?");
  const asked = { modelId, request, requester: customer.address, nonce: 1n, beneficiary: customer.address };
  const answer = await client.answer(asked);
  await client.close();
  const { receipt, output } = answer;
  state(`the customer asks, and dogwood signs: "${toUtf8String(output)}"`, receipt.coverage === COVERAGE);
  await anchorReceipt(customer, devnet.deployment, { signed: answer, request, output });
  return receipt;
}

/** From evidence, or an appeal, to the seats of the round that opens: the holders' programs name and fix its seed. */
async function drawn(
  { devnet, eventually, contracts }: StoryStage,
  caseId: ReceiptId,
  holders: readonly Holder[],
): Promise<Map<Holder, number>> {
  const { provider, deployment, clock } = devnet;
  const { phase, deadline } = await readCase(provider, deployment, { caseId });
  if (phase === Phase.Evidence) await clock.increaseTo(deadline);
  await eventually("the programs fix the seed", async () => {
    const view = await readCase(provider, deployment, { caseId });
    return found(view.phase === Phase.Commit && view.rounds[view.round]!.seededAt > 0);
  });
  const seats = new Map<Holder, number>();
  for (const holder of holders) {
    const [weight] = await contracts.court.weightOf(caseId, holder.address);
    seats.set(holder, Number(weight));
  }
  return seats;
}

/** As many honest holders as turn out and are outnumbered. */
function turnout({ bribed, honest }: Trial, seats: ReadonlyMap<Holder, number>): Holder[] {
  let room = bribed.reduce((total, holder) => total + seats.get(holder)!, 0) - 1;
  return honest.filter((holder) => {
    const seated = seats.get(holder)!;
    const comes = seated > 0 && seated <= room;
    if (comes) room -= seated;
    return comes;
  });
}

/** The bribed and those of the honest who come vote by the command; their programs reveal. To the end of the reveal phase. */
async function vote(
  trial: Trial,
  round: Round,
  coming: readonly Holder[],
  beforeReveal: () => Promise<unknown> = async () => undefined,
): Promise<{ honest: number; against: number }> {
  const { stage, caseId, bribed, ballots } = trial;
  const { devnet, eventually, contracts, progress } = stage;
  const { provider, deployment, clock } = devnet;
  const cast = [
    ...bribed.map((holder) => ({ holder, choice: Choice.NotAtFault })),
    ...coming.map((holder) => ({ holder, choice: Choice.AtFault })),
  ];
  for (let from = 0; from < cast.length; from += AT_ONCE) {
    await Promise.all(cast.slice(from, from + AT_ONCE).map(({ holder, choice }) => command(trial, holder, choice)));
    progress(`${Math.min(from + AT_ONCE, cast.length)} of ${cast.length} have voted`);
  }
  for (const { holder, choice } of cast) {
    const weight = await weightOf(trial, round, holder);
    ballots[round].push({ holder, weight, choice, revealed: true });
  }
  const { deadline } = await readCase(provider, deployment, { caseId });
  await beforeReveal();
  await clock.increaseTo(deadline);
  const silent = round === 2 ? 1 : 0;
  await eventually("the programs reveal", async () => {
    const range = [devnet.book.blocks.first, await provider.getBlockNumber()] as const;
    const filter = contracts.court.filters.Revealed(caseId);
    const revealed = await eventsOf<{ round: bigint }>(contracts.court, filter, ...range);
    return found(revealed.filter((one) => Number(one.round) === round).length === cast.length - silent);
  });
  await clock.increaseTo((await readCase(provider, deployment, { caseId })).deadline);
  const sum = (wanted: CastChoice): number =>
    ballots[round].filter(({ choice }) => choice === wanted).reduce((total, { weight }) => total + weight, 0);
  return { honest: sum(Choice.AtFault), against: sum(Choice.NotAtFault) };
}

/** What a person types: `credence juror vote`. */
async function command({ stage, caseId }: Trial, holder: Holder, choice: CastChoice): Promise<void> {
  const word = choice === Choice.AtFault ? "overturned" : "upheld";
  const args = ["juror", "vote", caseId, word, "--config", holder.configFile];
  const { name, folder } = holder;
  const running = await startCredence(stage.devnet.processes, { name: `${name}-vote`, folder, args });
  const { code } = await running.exited;
  stage.state(`${name} votes ${word}`, code === 0, { quiet: true });
}

async function weightOf({ stage, caseId }: Trial, round: Round, holder: Holder): Promise<number> {
  if (round === 2) return Number(HOLDER_STAKE / parseEther("1"));
  const [weight] = await stage.contracts.court.weightOf(caseId, holder.address);
  return Number(weight);
}

/** The outsider alone finances the appeal to that round. */
async function appeal({ stage, caseId, outsider }: Trial, round: 1 | 2): Promise<bigint> {
  const amount = parseEther("3000");
  const asked = Ruling.Overturned;
  const { taken, missing } = await contributeToAppeal(outsider, stage.devnet.deployment, { caseId, asked, amount });
  stage.state(`round ${round} opens`, taken === (BOND << BigInt(round)) + FEES[round] && missing === 0n, {
    quiet: true,
  });
  return taken;
}

async function rulingOf({ stage, caseId }: Trial): Promise<Ruling | undefined> {
  return (await readCase(stage.devnet.provider, stage.devnet.deployment, { caseId })).ruling;
}

type Parties = {
  readonly dogwood: DevnetOperator;
  readonly customer: Wallet;
  readonly receipt: Receipt;
  readonly forgetful: Holder;
  readonly before: ReadonlyMap<string, bigint>;
};

/** Settles, and compares what everybody has with what the rules say. */
async function countMoney(trial: Trial, parties: Parties): Promise<void> {
  const { stage, caseId, outsider, honest, bribed } = trial;
  const { dogwood, customer, receipt, forgetful, before } = parties;
  const { devnet, state, wealthOf, eventually, contracts } = stage;
  const { provider, deployment } = devnet;
  await settleCase(outsider, deployment, { receipt }).catch(() => undefined); // unless a program was first
  for (const round of [1, 2]) {
    await withdrawContribution(outsider, deployment, { caseId, round, asked: Ruling.Overturned }).catch(
      () => undefined,
    );
  }
  for (const [round, ballots] of trial.ballots.entries()) {
    if (!ballots.some(({ holder }) => holder === forgetful)) continue; // its program is off: anybody may
    await claimBallot(outsider, deployment, { caseId, round, voter: forgetful.address });
  }
  const spent = FEES[0] + FEES[1] + FEES[2];
  const bounty = PENALTY - (PENALTY * 4n) / 10n - spent;
  const range = [devnet.book.blocks.first, await provider.getBlockNumber()] as const;
  const filter = contracts.disputes.filters.CaseSettled(caseId);
  const [settled] = await eventsOf<{ taken: bigint; bounty: bigint }>(contracts.disputes, filter, ...range);
  state(
    `of the penalty of ${tokens(PENALTY)}, 40 % go to the reserve first, then ${tokens(spent)} of fees are paid back; ${tokens(bounty)} of bounty are left`,
    settled?.taken === COVERAGE + PENALTY && settled.bounty === bounty,
  );
  const { gains, forfeits } = ballotGains(trial);
  const turned = FEES[1] / 2n;
  gains.set(dogwood.address, -(COVERAGE + PENALTY));
  gains.set(customer.address, COVERAGE + bounty - turned);
  gains.set(outsider.address, turned);
  const change = async (account: string): Promise<bigint> => (await wealthOf(account)) - before.get(account)!;
  await eventually("the holders' programs claim what their votes came to", async () => {
    for (const { address } of [...honest, ...bribed]) {
      if ((await change(address)) !== (gains.get(address) ?? 0n)) return undefined;
    }
    return true;
  });
  state(
    "the holders' programs claimed every ballot: the honest share the fees, the bribed lose half of their risk",
    true,
  );
  const reserve = (PENALTY * 4n) / 10n + forfeits;
  const sum = [...gains.values()].reduce((total, gain) => total + gain, reserve);
  gains.set(RESERVE, reserve);
  for (const [name, account] of [
    ["dogwood, who lied", dogwood.address],
    ["customer, lied to, who contested", customer.address],
    ["outsider, who appealed", outsider.address],
    ["reserve (burned)", RESERVE],
  ] as const) {
    state(`${name}: ${tokens(gains.get(account)!)}`, (await change(account)) === gains.get(account));
  }
  const dust = (await readAccount(provider, deployment, { account: deployment.court })).credit;
  state("no token was made or lost, but for dust of less than a unit for each ballot", sum + dust === 0n && dust < 36n);
  const { status } = await checkReceipt(provider, deployment, { receipt });
  state("the liar's answer reads Overturned", status === AnswerStatus.Overturned);
}

/** What each holder's ballots came to, and what is forfeited, by the rules. */
function ballotGains({ ballots }: Trial): { gains: Map<string, bigint>; forfeits: bigint } {
  const gains = new Map<string, bigint>();
  let forfeits = 0n;
  for (const round of [0, 1, 2] as const) {
    const coherent = ballots[round].filter(({ revealed, choice }) => revealed && choice === Choice.AtFault);
    const basis = BigInt(coherent.reduce((total, { weight }) => total + weight, 0));
    for (const { holder, weight, choice, revealed } of ballots[round]) {
      const risk = round === 2 ? HOLDER_STAKE / 50n : BigInt(weight) * SEAT_RISK;
      const isRight = choice === Choice.AtFault && revealed;
      const share = isRight ? (FEES[round] * BigInt(weight)) / basis : 0n;
      const lost = revealed ? (isRight ? 0n : risk / 2n) : risk;
      gains.set(holder.address, (gains.get(holder.address) ?? 0n) + share - lost);
      forfeits += lost;
    }
  }
  return { gains, forfeits };
}

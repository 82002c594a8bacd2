import { expect } from "chai";
import { parseEther } from "ethers";
import type { Wallet } from "ethers";

import { sentences } from "../../scripts/demo/sentences.ts";
import type { Answer } from "../../src/operator/answerer.ts";
import { Choice } from "../../src/protocol/court.ts";
import { Ruling } from "../../src/protocol/rulings.ts";
import { LyingAgent, OperatorAgent, hotKey } from "../setup/agents.ts";
import {
  CONDUCT,
  Courthouse,
  opposite,
  rulingFor,
  type Case,
  type Conduct,
  type Juror,
  type Party,
} from "../setup/courthouse.ts";
import { RESERVE, enter, openStage, wealth, type Stage } from "../setup/stage.ts";

/** Per cent of the stake: 55 honest, 20 bribed, 10 lazy, 5 silent, 10 absent. */
const POPULATIONS = {
  honest: { heads: 11, stake: parseEther("10000") },
  bribed: { heads: 4, stake: parseEther("10000") },
  lazy: { heads: 2, stake: parseEther("10000") },
  silent: { heads: 1, stake: parseEther("10000") },
  absent: { heads: 2, stake: parseEther("10000") },
} as const;
type Population = keyof typeof POPULATIONS;

const OPERATOR_STAKE = parseEther("20000");
const FUNDS = parseEther("5000");
/** Its penalty of 225 pays the fees of three rounds, 71.4, and a bounty after the reserve's 90. */
const COVERAGE = parseEther("150");
/** Fees of the second and third round, less the opener's bond: a tenth of a lock of 375. */
const FULL_VOTE_COST = parseEther("31.8");
const LIES = 7;
const TRUTHS = 7;

describe("flows/docket", () => {
  let stage: Stage;
  let court: Courthouse;
  let liar: OperatorAgent;
  let honest: OperatorAgent;
  let opener: Wallet;
  let frivolous: Wallet;
  let watchdog: Wallet;
  let briber: Wallet;
  let customer: string;
  const populations = new Map<string, Population>();
  const before = new Map<string, bigint>();

  beforeEach(async () => {
    stage = await openStage();
    court = await Courthouse.build(stage);
    const { others } = stage.protocol;
    for (const [population, { heads, stake }] of Object.entries(POPULATIONS)) {
      const names = Array.from({ length: heads }, (_, i) => `${population} ${String(i)}`);
      for (const { address } of await court.seat(names, stake)) populations.set(address, population as Population);
    }
    liar = await new LyingAgent(stage, "liar", others[0]!, await hotKey("liar")).enlist(OPERATOR_STAKE);
    honest = await new OperatorAgent(stage, "honest", others[1]!, await hotKey("honest")).enlist(OPERATOR_STAKE);
    customer = (await enter(stage, "customer", others[2]!)).address;
    opener = await court.party("opener", FUNDS);
    frivolous = await court.party("frivolous", FUNDS);
    watchdog = await court.party("watchdog", FUNDS);
    briber = await court.party("briber", FUNDS);
    await court.mature();
    for (const address of everybody()) before.set(address, await wealth(stage, address));
  });

  const parties = (): Party[] => [opener, frivolous, watchdog, briber];
  const everybody = (): string[] => [
    ...court.jurors.map(({ address }) => address),
    ...parties().map(({ address }) => address),
    ...[liar.address, honest.address, customer, RESERVE, stage.deployment.court],
  ];
  const gain = async (address: string): Promise<bigint> => (await wealth(stage, address)) - before.get(address)!;
  const conductOf = ({ address }: Juror): Conduct => CONDUCT[populations.get(address)!];

  const work = async (operator: OperatorAgent, count: number): Promise<Answer[]> =>
    operator.work(
      sentences("eng")
        .slice(0, count)
        .map((text, i) => ({ text, requester: customer, nonce: BigInt(i), beneficiary: customer, coverage: COVERAGE })),
    );

  /** Whoever is right appeals what is wrong; the briber appeals the first ruling that is right. @returns what goes on. */
  async function appeal(cases: readonly Case[]): Promise<Case[]> {
    const isRight = ({ truth, lawsuit }: Case): boolean => lawsuit.ruling === rulingFor(truth);
    const bribed = cases.find((on) => isRight(on) && on.lawsuit.round === 0);
    if (bribed !== undefined) await court.appeal(bribed, rulingFor(opposite(bribed.truth)), briber);
    const wrong = cases.filter((on) => on !== bribed && !isRight(on));
    for (const on of wrong) await court.appeal(on, rulingFor(on.truth), watchdog);
    return bribed === undefined ? wrong : [bribed, ...wrong];
  }

  it("fourteen cases at once, mixed jurors: the honest gain, nobody else does, and no token is made or lost", async () => {
    const [lies, truths] = [await work(liar, LIES), await work(honest, TRUTHS)];
    const cases: Case[] = [];
    for (const answer of lies) cases.push(await court.open(answer, opener));
    for (const answer of truths) cases.push(await court.open(answer, frivolous));
    expect(cases.filter(({ truth }) => truth === Choice.AtFault)).to.have.length(LIES);

    let open: readonly Case[] = cases;
    for (let round = 0; round < 3 && open.length > 0; round++) {
      await court.vote(open, conductOf);
      if (round < 2) open = await appeal(open);
    }
    await court.close(cases);

    // Whatever a panel said, the truth stands in the end.
    for (const { truth, lawsuit } of cases) expect(lawsuit.ruling).to.equal(rulingFor(truth));
    const { ledger, deployment } = stage;
    expect(ledger.creditOf(deployment.disputes)).to.equal(0n);
    expect(ledger.creditOf(deployment.court) < 1_000n, "what does not divide").to.equal(true);
    await ledger.assertSettled();

    // Nobody who is honest loses, and nobody else gains.
    const sums = new Map<Population, bigint>();
    for (const { address } of court.jurors) {
      const [population, profit] = [populations.get(address)!, await gain(address)];
      sums.set(population, (sums.get(population) ?? 0n) + profit);
      if (population === "honest") expect(profit >= 0n, "an honest juror").to.equal(true);
      else expect(profit <= 0n, `a juror of the ${population}`).to.equal(true);
    }
    expect(sums.get("absent")).to.equal(0n);
    expect(sums.get("honest")! > 0n).to.equal(true);
    for (const population of ["bribed", "lazy"] as const) expect(sums.get(population)! < 0n, population).to.equal(true);

    expect((await gain(opener.address)) > 0n, "who contests lies").to.equal(true);
    expect((await gain(frivolous.address)) < 0n, "who contests truths").to.equal(true);
    // Who needs everybody to have a true answer upheld pays for what the opener's bond does not.
    const paidFor = cases.filter(({ truth, lawsuit }) => truth === Choice.NotAtFault && lawsuit.round === 2).length;
    const shortfall = FULL_VOTE_COST * BigInt(paidFor);
    expect((await gain(watchdog.address)) >= -shortfall, "who corrects panels").to.equal(true);
    expect((await gain(briber.address)) < 0n, "who appeals the truth").to.equal(true);
    expect((await gain(honest.address)) > 0n, "an operator who is right").to.equal(true);
    expect(await gain(liar.address)).to.equal(-BigInt(LIES) * ((COVERAGE * 5n) / 2n));
    expect(await gain(customer)).to.equal(BigInt(LIES) * COVERAGE);

    // What somebody has lost somebody has, the reserve included.
    const gains = await Promise.all(everybody().map(gain));
    expect(gains.reduce((a, b) => a + b, 0n)).to.equal(0n);
    expect(await wealth(stage, RESERVE), "the reserve's 40 %").to.be.greaterThan(BigInt(LIES) * parseEther("90"));
    expect(await stage.protocol.operators.status(liar.address)).to.not.equal(
      await stage.protocol.operators.status(honest.address),
    );
    expect(cases.some(({ lawsuit }) => lawsuit.rulings[0] !== Ruling.Undecided)).to.equal(true);
  });
});

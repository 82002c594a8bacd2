import { parseEther } from "ethers";
import { network } from "hardhat";

import { Choice, CourtStage, type OpenedCase } from "./CourtStage.ts";

const DAY = 86_400;
/** With equal stakes and nobody else enrolled each of them has one of the 15 seats, whatever the seed. */
const JURORS = 15;
const STAKE = parseEther("20000");
/** What those vote who come first; the last one stays silent. */
const COHERENT = 11;
const INCOHERENT = 3;

type Jurors = CourtStage["others"];
type Case = { readonly opened: OpenedCase; readonly open: number; readonly name: number; readonly fix: number };

/**
 * Measures a Judgement case from opening to the last claim, on a chain of its own.
 * @param record takes the gas of an operation and its budget.
 */
export async function measureCourt(record: (operation: string, gas: number, budget: number) => void): Promise<void> {
  const connection = await network.create({
    override: { initialDate: "2027-01-15T10:00:30Z", accounts: { count: 40 } },
  });
  const { time } = connection.networkHelpers;
  const stage = await CourtStage.open(connection);
  const jurors = stage.others.slice(0, JURORS);
  await enroll(stage, jurors);
  await time.increase(7 * DAY + 1);

  // Everybody has been here before: a case that stays open leaves credit with DisputeManager and Court, one that is
  // overturned gives it to jurors, opener, beneficiary and reserve, and the operator its first offence.
  await stage.openCase(stage.caseOn(await stage.publish()));
  const first = await toCommit(stage);
  for (const juror of jurors) await stage.commit(first.opened, juror, Choice.AtFault);
  await stage.nextPhase(first.opened);
  for (const juror of jurors) await stage.reveal(first.opened, juror, Choice.AtFault);
  await toFinal(stage, first.opened);
  record("settle an overturned leaf, the operator's first", await stage.settle(first.opened), 300_000);
  for (const juror of jurors) await stage.claim(first.opened, juror);
  await time.increase(9 * DAY); // out of jail

  const steady = await toCommit(stage);
  record("open a Judgement case on a published leaf", steady.open, 200_000);
  record("name the seed", steady.name, 55_500); // the design says 55,000: docs/gas.md
  record("fix the seed", steady.fix, 61_000); // 60,000
  let whole = steady.open + steady.name + steady.fix;
  whole += await vote(stage, steady.opened, jurors, record);
  await toFinal(stage, steady.opened);
  const settling = await stage.settle(steady.opened);
  record("settle an overturned leaf, steady", settling, 235_000);
  whole += settling + (await claimAll(stage, steady.opened, jurors, record));
  record("whole case: 15 jurors, 11 coherent, 3 not, 1 silent; no appeal", whole, 4_000_000);
}

async function enroll({ protocol }: CourtStage, jurors: Jurors): Promise<void> {
  const { token, vault, court, deployer } = protocol;
  for (const juror of jurors) {
    await token.connect(deployer).transfer(juror, STAKE);
    await token.connect(juror).approve(vault, STAKE);
    await vault.connect(juror).stakeAndEnroll(STAKE);
    await vault.connect(juror).optIn(court);
  }
}

/** A case on a new answer, up to its commit phase. */
async function toCommit(stage: CourtStage): Promise<Case> {
  const opened = stage.caseOn(await stage.publish());
  const open = await stage.openCase(opened);
  await stage.nextPhase(opened);
  const name = await stage.nameSeed(opened);
  return { opened, open, name, fix: await stage.fixSeed(opened) };
}

/** From the end of reveal to the end of appeal. */
async function toFinal(stage: CourtStage, opened: OpenedCase): Promise<void> {
  await stage.nextPhase(opened);
  await stage.nextPhase(opened);
}

const choiceOf = (juror: number): number => (juror < COHERENT ? Choice.AtFault : Choice.NotAtFault);

/** Commits of all jurors and reveals of all but the last; returns their sum. */
async function vote(
  stage: CourtStage,
  opened: OpenedCase,
  jurors: Jurors,
  record: (operation: string, gas: number, budget: number) => void,
): Promise<number> {
  const commits: number[] = [];
  for (const [i, juror] of jurors.entries()) commits.push(await stage.commit(opened, juror, choiceOf(i)));
  record("commit, first of a round", commits[0]!, 132_000);
  record("commit, later", Math.max(...commits.slice(1)), 107_500); // 105,000
  await stage.nextPhase(opened);
  const reveals: number[] = [];
  for (const [i, juror] of jurors.slice(0, COHERENT + INCOHERENT).entries()) {
    reveals.push(await stage.reveal(opened, juror, choiceOf(i)));
  }
  record("reveal", Math.max(...reveals), 50_000);
  return sum([...commits, ...reveals]);
}

/** Claims of all jurors; returns their sum. */
async function claimAll(
  stage: CourtStage,
  opened: OpenedCase,
  jurors: Jurors,
  record: (operation: string, gas: number, budget: number) => void,
): Promise<number> {
  const claims: number[] = [];
  for (const juror of jurors) claims.push(await stage.claim(opened, juror));
  record("claim, winner", Math.max(...claims.slice(0, COHERENT)), 64_500); // 60,000
  record("claim, loser", Math.max(...claims.slice(COHERENT, COHERENT + INCOHERENT)), 115_000);
  record("claim, silent juror", claims.at(-1)!, 115_000);
  return sum(claims);
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

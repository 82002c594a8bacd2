/**
 * The second act: an answer of a model that nobody can replay is contested, a bribed panel rules wrongly, an outsider takes
 * it to the whole stake, and everybody gets what the rules say.
 */
import Table from "cli-table3";
import { keccak256, parseEther, toUtf8Bytes, type Signer } from "ethers";

import { anchorReceipt } from "../../src/actions/anchorReceipt.ts";
import { checkReceipt } from "../../src/actions/checkReceipt.ts";
import { claimBallot } from "../../src/actions/claimBallot.ts";
import { commitBallot } from "../../src/actions/commitBallot.ts";
import { contributeToAppeal } from "../../src/actions/contributeToAppeal.ts";
import { enroll } from "../../src/actions/enroll.ts";
import { fixSeed } from "../../src/actions/fixSeed.ts";
import { nameSeed } from "../../src/actions/nameSeed.ts";
import { openCase } from "../../src/actions/openCase.ts";
import { publishModel } from "../../src/actions/publishModel.ts";
import { readAccount } from "../../src/actions/readAccount.ts";
import { readCase } from "../../src/actions/readCase.ts";
import { readDuties } from "../../src/actions/readDuties.ts";
import { revealBallot } from "../../src/actions/revealBallot.ts";
import { settleCase } from "../../src/actions/settleCase.ts";
import { stake } from "../../src/actions/stake.ts";
import { withdrawContribution } from "../../src/actions/withdrawContribution.ts";
import { AnswerStatus, bareLeaf } from "../../src/protocol/answers.ts";
import { Choice, Phase, type CastChoice } from "../../src/protocol/court.ts";
import { jobId } from "../../src/protocol/jobs.ts";
import { Ground, ModelClass } from "../../src/protocol/models.ts";
import { signReceipt } from "../../src/protocol/receipts.ts";
import { Ruling } from "../../src/protocol/rulings.ts";
import { eoaSigner } from "../../src/protocol/signers.ts";
import { DAY, enlist, HOUR, RESERVE, stage, wealthOf } from "./stage.ts";
import { tokens } from "./tokens.ts";

const { chapter, state, refused, connection, deployment, domain, provider, stakeToken } = stage;
const { networkHelpers } = connection;
const { time } = networkHelpers;
const [dogwood, dogwoodHot, publisher, customer, outsider, ...people] = stage.people.slice(8);

/* What the rules say, reckoned here and not by the contracts: config 0 of ignition/parameters/localhost.json5. */
const COVERAGE = parseEther("1000");
const PENALTY = parseEther("2000");
const FEES = [parseEther("45"), parseEther("183"), parseEther("600")] as const;
const SEAT_RISK = parseEther("30");
const BOND = (COVERAGE + PENALTY) / 10n;
const HOLDER_STAKE = parseEther("20000");
const BRIBED = 5;

/** What was cast, by round. */
type CountedBallot = { voter: string; weight: number; choice: CastChoice; revealed: boolean };
const ballots: [CountedBallot[], CountedBallot[], CountedBallot[]] = [[], [], []];

/* 1. Token holders. */
chapter("Twelve token holders enrol as jurors; a week later their votes count");
type Holder = { name: string; account: Signer; address: string };
const holders: Holder[] = [];
for (const [index, account] of people.slice(0, 12).entries()) {
  const address = await account.getAddress();
  await stakeToken.transfer(address, HOLDER_STAKE);
  await stake(account, deployment, { amount: HOLDER_STAKE });
  await enroll(account, deployment);
  holders.push({ name: `holder ${index + 1}`, account, address });
}
await time.increase(8 * DAY);
const firstBlock = await provider.getBlockNumber();

/* 2. The lie. */
chapter("dogwood resells an API's answers, and invents one");
const Dogwood = await enlist("dogwood", dogwood!, await eoaSigner(dogwoodHot!), parseEther("6000"));
const modelId = await publishModel(publisher!, deployment, {
  manifest: {
    name: "claims-desk",
    version: "1",
    uri: "https://claims-desk.example",
    artifactHash: keccak256(toUtf8Bytes("the API's terms, version 1")),
    class: ModelClass.ProxiedApi,
    specHash: `0x${"00".repeat(32)}`,
    weightsRoot: `0x${"00".repeat(32)}`,
    preprocessHash: `0x${"00".repeat(32)}`,
  },
  policy: {
    challengeWindow: 2 * DAY,
    minCoverage: COVERAGE,
    penaltyBps: 20_000,
    grounds: Ground.Judgement,
    courtConfig: 0,
    proofVerifier: "0x0000000000000000000000000000000000000000",
    proofKey: `0x${"00".repeat(32)}`,
    privateInput: false,
    royaltyBps: 0,
    royaltyTo: "0x0000000000000000000000000000000000000000",
  },
});
const request = toUtf8Bytes("Is the water damage of claim 311 covered?");
const output = toUtf8Bytes("No."); // the API said yes
const [customerAddress, outsiderAddress] = [await customer!.getAddress(), await outsider!.getAddress()];
const issuedAt = await time.latest();
const inputHash = keccak256(request);
const signed = await signReceipt(Dogwood.key, domain, {
  operator: Dogwood.address,
  signerId: Dogwood.key.signerId,
  modelId,
  jobId: jobId({ requester: customerAddress, nonce: 1n, modelId, inputHash }),
  inputHash,
  outputHash: keccak256(output),
  traceRoot: `0x${"00".repeat(32)}`,
  beneficiary: customerAddress,
  coverage: COVERAGE,
  issuedAt,
  anchorBy: issuedAt + HOUR,
});
const { receipt } = signed;
await anchorReceipt(customer!, deployment, { signed, request, output });
await stakeToken.transfer(customerAddress, BOND + FEES[0]);
await stakeToken.transfer(outsiderAddress, parseEther("3000"));
const reserveBefore = await wealthOf(RESERVE);
const before = new Map<string, bigint>();
for (const address of [Dogwood.address, customerAddress, outsiderAddress, ...holders.map((h) => h.address)]) {
  before.set(address, await wealthOf(address));
}
const { caseId, bond, fee } = await openCase(customer!, deployment, {
  leaf: bareLeaf(receipt),
  evidenceURI: "https://claims-desk.example/log/311",
});
state(
  `the customer contests it: ${tokens(bond)} as a bond, ${tokens(fee)} for fifteen jurors; the lock of ${tokens(COVERAGE + PENALTY)} is held`,
  bond === BOND &&
    fee === FEES[0] &&
    (await checkReceipt(provider, deployment, { receipt })).status === AnswerStatus.Contested,
);

/* 3. The panel. */
chapter("A panel of fifteen seats draws itself, and somebody bribes it");
const expected = new Map<string, bigint>(); // what each account gains, in our own reckoning
const gain = (address: string, amount: bigint): void => {
  expected.set(address, (expected.get(address) ?? 0n) + amount);
};
await refused("voting before the evidence is frozen", () => commit(holders[0]!, Choice.AtFault), "CaseInPhase");
await next();
await seed();
const seats = await weights();
const byStrength = [...holders].sort((a, b) => seats.get(b.address)! - seats.get(a.address)!);
const bribed = byStrength.slice(0, BRIBED);
const honest = byStrength.slice(BRIBED);
const duties = await readDuties(provider, deployment, { account: bribed[0]!.address, fromBlock: firstBlock });
state(
  `its strongest juror reads: "${duties[0]?.sentence ?? ""}"`,
  duties.some((d) => d.kind === "commitBallot"),
);
const first = await vote(0, turnout(seats));
state(
  `${first.seatsAgainst} bribed seats against ${first.seatsFor}: the panel finds for the liar`,
  (await ruling()) === Ruling.Upheld,
);

/* 4. Appeals. */
chapter("An outsider does not believe it, and takes it to a larger panel and then to everybody");
const appealOne = await appeal(1);
await seed();
const second = await vote(1, turnout(await weights()));
state(
  `${tokens(appealOne)} open a panel of 61; ${awayFrom(1)} of seven honest holders are away, which costs them nothing: ${second.seatsAgainst} to ${second.seatsFor}, wrong again`,
  (await ruling()) === Ruling.Upheld,
);
const appealTwo = await appeal(2);
const forgetful = honest.at(-1)!;
await vote(2, honest, forgetful);
const view = await readCase(provider, deployment, { caseId });
state(
  `${tokens(appealTwo)} ask everybody: seven honest holders outvote five, though one forgets to reveal. The ruling is final by the clock`,
  view.phase === Phase.Final && view.ruling === Ruling.Overturned,
);

/* 5. The money. */
chapter("Coverage, bonds, fees and risks");
const settled = await settleCase(outsider!, deployment, { receipt });
for (const round of [1, 2]) {
  await withdrawContribution(outsider!, deployment, { caseId, round, asked: Ruling.Overturned });
}
const spent = FEES[0] + FEES[1] + FEES[2];
const bounty = PENALTY - (PENALTY * 4n) / 10n - spent;
const turned = FEES[1] / 2n;
state(
  `of the penalty of ${tokens(PENALTY)}, 40 % go to the reserve first, then ${tokens(spent)} of fees are paid back; ${tokens(settled.bounty)} of bounty are left`,
  settled.taken === COVERAGE + PENALTY && settled.bounty === bounty,
);
gain(Dogwood.address, -(COVERAGE + PENALTY));
gain(customerAddress, COVERAGE + bounty - turned);
gain(outsiderAddress, turned);
let forfeits = 0n;
let ballotsRight = true;
for (const round of [0, 1, 2] as const) {
  for (const { voter, weight, choice, revealed } of ballots[round]) {
    const paid = await claimBallot(outsider!, deployment, { caseId, round, voter });
    const risk = round === 2 ? HOLDER_STAKE / 50n : BigInt(weight) * SEAT_RISK;
    const coherent = ballots[round].filter((b) => b.revealed && b.choice === Choice.AtFault);
    const basis = BigInt(coherent.reduce((sum, b) => sum + b.weight, 0));
    const share = choice === Choice.AtFault && revealed ? (FEES[round] * BigInt(weight)) / basis : 0n;
    const lost = revealed ? (choice === Choice.AtFault ? 0n : risk / 2n) : risk;
    ballotsRight &&= paid.paid === share && paid.forfeited === lost;
    gain(voter, share - lost);
    forfeits += lost;
  }
}
state(
  "every ballot was settled as the rules say: the honest share the fees, the bribed lose half of their risk",
  ballotsRight,
);
const reserveGain = (PENALTY * 4n) / 10n + forfeits;
state(
  `the customer, who was lied to, is ${tokens(expected.get(customerAddress)!)} better off`,
  (await wealthOf(customerAddress)) - before.get(customerAddress)! === expected.get(customerAddress),
);
const table = new Table({ head: ["", "change"], colAligns: ["left", "right"], style: { head: [], border: [] } });
let sum = reserveGain;
const row = async (name: string, address: string): Promise<void> => {
  const change = (await wealthOf(address)) - before.get(address)!;
  state(`${name} changes by ${tokens(change)}`, change === (expected.get(address) ?? 0n), { quiet: true });
  table.push([name, rounded(change)]);
  sum += change;
};
await row("dogwood, who lied", Dogwood.address);
await row("customer, lied to, who contested", customerAddress);
await row("outsider, who appealed", outsiderAddress);
for (const [index, { address }] of honest.slice(0, -1).entries()) await row(`honest holder ${index + 1}`, address);
await row("honest holder, forgot to reveal", forgetful.address);
for (const [index, { address }] of bribed.entries()) await row(`bribed holder ${index + 1}`, address);
table.push(["reserve (burned)", rounded(reserveGain)]);
console.log(table.toString());
state("the reserve got what was forfeited", (await wealthOf(RESERVE)) - reserveBefore === reserveGain);
const dust = (await readAccount(provider, deployment, { account: deployment.court })).credit;
state("no token was made or lost, but for dust of less than a unit for each ballot", sum + dust === 0n && dust < 36n);
state(
  "the liar's answer reads Overturned",
  (await checkReceipt(provider, deployment, { receipt })).status === AnswerStatus.Overturned,
);

/* What the story needs. */

/** How many of the honest did not vote in a round. */
function awayFrom(round: 0 | 1 | 2): number {
  return honest.length - ballots[round].filter(({ choice }) => choice === Choice.AtFault).length;
}

/** Goes to the end of the current phase. */
async function next(): Promise<void> {
  const { deadline } = await readCase(provider, deployment, { caseId });
  await time.increaseTo(deadline);
}

async function seed(): Promise<void> {
  await nameSeed(outsider!, deployment, { caseId });
  await networkHelpers.mine(2);
  await fixSeed(outsider!, deployment, { caseId });
}

/** What each holder weighs in the current round. */
async function weights(): Promise<Map<string, number>> {
  const court = await connection.ethers.getContractAt("Court", deployment.court);
  const entries = holders.map(async ({ address }): Promise<[string, number]> => {
    const [weight] = await court.weightOf(caseId, address);
    return [address, Number(weight)];
  });
  return new Map(await Promise.all(entries));
}

/** As many honest holders as turn out and are outnumbered. */
function turnout(seatsOf: ReadonlyMap<string, number>): Holder[] {
  let room = bribed.reduce((total, { address }) => total + seatsOf.get(address)!, 0) - 1;
  return honest.filter(({ address }) => {
    const seated = seatsOf.get(address)!;
    const comes = seated > 0 && seated <= room;
    if (comes) room -= seated;
    return comes;
  });
}

async function commit({ account }: Holder, choice: CastChoice): Promise<number> {
  return (await commitBallot(account, deployment, { caseId, choice })).weight;
}

/** The bribed and those of the honest who come vote; all but `silent` reveal. From commit to the end of reveal. */
async function vote(
  round: 0 | 1 | 2,
  coming: readonly Holder[],
  silent?: Holder,
): Promise<{ seatsFor: number; seatsAgainst: number }> {
  const cast = [
    ...bribed.map((holder) => ({ holder, choice: Choice.NotAtFault })),
    ...coming.map((holder) => ({ holder, choice: Choice.AtFault })),
  ];
  for (const { holder, choice } of cast) {
    const weight = await commit(holder, choice);
    ballots[round].push({ voter: holder.address, weight, choice, revealed: holder !== silent });
  }
  await next();
  for (const { holder } of cast) if (holder !== silent) await revealBallot(holder.account, deployment, { caseId });
  await next();
  const seatsOf = (wanted: CastChoice): number =>
    ballots[round].filter(({ choice }) => choice === wanted).reduce((total, { weight }) => total + weight, 0);
  return { seatsFor: seatsOf(Choice.AtFault), seatsAgainst: seatsOf(Choice.NotAtFault) };
}

/** The outsider alone finances the appeal to that round. */
async function appeal(round: 1 | 2): Promise<bigint> {
  const amount = parseEther("3000");
  const contribution = await contributeToAppeal(outsider!, deployment, { caseId, asked: Ruling.Overturned, amount });
  const cost = (BOND << BigInt(round)) + FEES[round];
  state(`round ${round} opens`, contribution.taken === cost && contribution.missing === 0n, { quiet: true });
  return contribution.taken;
}

async function ruling(): Promise<Ruling | undefined> {
  return (await readCase(provider, deployment, { caseId })).ruling;
}

/** For a table: three digits after the point. */
function rounded(amount: bigint): string {
  return tokens((amount / 10n ** 15n) * 10n ** 15n);
}

import { expect } from "chai";
import { parseEther } from "ethers";
import type { Wallet } from "ethers";

import { checkReceipt } from "../../src/actions/checkReceipt.ts";
import type { Answer } from "../../src/operator/answerer.ts";
import { AnswerStatus, Method, bareLeaf } from "../../src/protocol/answers.ts";
import { Choice, Phase } from "../../src/protocol/court.ts";
import { Ruling } from "../../src/protocol/rulings.ts";
import { LyingAgent, OperatorAgent, hotKey } from "../setup/agents.ts";
import { CONDUCT, Courthouse, opposite, type Case, type Juror, type Party } from "../setup/courthouse.ts";
import { refused } from "../setup/refused.ts";
import { COVERAGE, PENALTY, RESERVE, WINDOW, enter, openStage, pass, wealth, type Stage } from "../setup/stage.ts";

/** Each has a seat on the first panel and four or five on the second. */
const HOLDERS = ["ash", "beech", "cedar", "fir", "hazel", "larch", "maple"];
const STAKE = parseEther("20000");
const OPERATOR_STAKE = parseEther("5000");
const FUNDS = parseEther("1000");
const FEES = [parseEther("2.1"), parseEther("9.3"), parseEther("60")] as const;
/** The fee of the second round, which is more than a tenth of the lock. */
const BOND = FEES[1];
/** Half of a penalty, but no more than what 40 % and the fees leave. */
const BOUNTY = PENALTY - parseEther("6") - FEES[0];

describe("flows/cases", () => {
  let stage: Stage;
  let court: Courthouse;
  let jurors: Juror[];
  let opener: Wallet;
  let customer: string;

  beforeEach(async () => {
    stage = await openStage();
    court = await Courthouse.build(stage);
    jurors = await court.seat(HOLDERS, STAKE);
    opener = await court.party("opener", FUNDS);
    customer = (await enter(stage, "customer", stage.protocol.others[1]!)).address;
    await court.mature();
  });

  afterEach(async () => {
    const { ledger, deployment } = stage;
    expect(ledger.creditOf(deployment.disputes)).to.equal(0n);
    expect(ledger.creditOf(deployment.court) < BigInt(3 * HOLDERS.length)).to.equal(true);
    await ledger.assertSettled();
  });

  const enlist = async (agent: typeof OperatorAgent): Promise<OperatorAgent> =>
    new agent(stage, "operator", stage.protocol.others[0]!, await hotKey("operator")).enlist(OPERATOR_STAKE);

  const ask = async (operator: OperatorAgent, beneficiary = customer, coverage = COVERAGE): Promise<Answer> => {
    const text = "Everyone has the right to rest and leisure.";
    return (await operator.work([{ text, requester: customer, nonce: 1n, beneficiary, coverage }]))[0]!;
  };

  const statusOf = async ({ receipt }: Case) => checkReceipt(stage.provider, stage.deployment, { receipt });
  const gain = async (account: Party): Promise<bigint> => (await wealth(stage, account.address)) - FUNDS;
  const all = async (on: Case): Promise<void> => {
    await court.vote([on], () => CONDUCT.honest);
  };

  /* OPENERS */

  it("an honest opener has its bond, its fee and a bounty", async () => {
    const on = await court.open(await ask(await enlist(LyingAgent)), opener);
    expect(await gain(opener)).to.equal(-BOND - FEES[0]);
    expect((await statusOf(on)).status).to.equal(AnswerStatus.Contested);
    await all(on);
    await court.close([on]);
    expect(await gain(opener)).to.equal(BOUNTY);
    expect((await statusOf(on)).status).to.equal(AnswerStatus.Overturned);
  });

  it("a frivolous opener loses bond and fee; the operator has half of the bond, and a method more", async () => {
    const operator = await enlist(OperatorAgent);
    const on = await court.open(await ask(operator), opener);
    await all(on);
    await court.close([on]);
    expect(on.lawsuit.ruling).to.equal(Ruling.Upheld);
    expect(await gain(opener)).to.equal(-BOND - FEES[0]);
    expect(await wealth(stage, operator.address)).to.equal(OPERATOR_STAKE + BOND / 2n);
    expect(await wealth(stage, RESERVE)).to.equal(BOND / 2n);
    const { status, methods } = await statusOf(on);
    expect([status, methods]).to.deep.equal([AnswerStatus.Final, Method.Seen | Method.CourtUpheld]);
  });

  it("self-dispute of a lie, all roles being the operator's, costs 40 % of the penalty and the jurors' fee", async () => {
    const operator = await enlist(LyingAgent);
    const { account, address } = operator;
    await fund(account);
    const on = await court.open(await ask(operator, address), account);
    await all(on);
    await court.close([on]);
    expect(on.lawsuit.ruling).to.equal(Ruling.Overturned);
    expect((await wealth(stage, address)) - OPERATOR_STAKE - FUNDS).to.equal(-(parseEther("6") + FEES[0]));
  });

  it("self-dispute of a true answer costs half of the bond and the fee", async () => {
    const operator = await enlist(OperatorAgent);
    const { account, address } = operator;
    await fund(account);
    const on = await court.open(await ask(operator), account);
    await all(on);
    await court.close([on]);
    expect(on.lawsuit.ruling).to.equal(Ruling.Upheld);
    expect((await wealth(stage, address)) - OPERATOR_STAKE - FUNDS).to.equal(-(BOND / 2n + FEES[0]));
  });

  /** Tokens and an allowance for an account that is in the ledger already. */
  async function fund(account: OperatorAgent["account"]): Promise<void> {
    const { token, disputes, deployer } = stage.protocol;
    await token.connect(deployer).transfer(account, FUNDS);
    stage.ledger.fund(account.address, FUNDS);
    await token.connect(account).approve(disputes, FUNDS);
  }

  it("nobody takes out of the vault what lies with the court and the DisputeManager for others", async () => {
    const on = await court.open(await ask(await enlist(LyingAgent)), opener);
    const { vault, disputes, court: contract } = stage.protocol;
    for (const [holder, credit] of [
      [disputes, BOND],
      [contract, FEES[0]],
    ] as const) {
      expect((await vault.account(holder)).credit).to.equal(credit);
      await expect(vault.claim(holder))
        .to.be.revertedWithCustomError(vault, "CreditKept")
        .withArgs(await holder.getAddress());
    }
    await all(on);
    await court.close([on]);
    expect(await gain(opener)).to.equal(BOUNTY);
  });

  it("nobody can contest again what is or was contested", async () => {
    const answer = await ask(await enlist(OperatorAgent));
    const on = await court.open(answer, opener);
    const { disputes } = stage.protocol;
    const again = () => disputes.connect(opener).open(bareLeaf(answer.receipt), "0x", "0x", "");
    await expect(again()).to.be.revertedWithCustomError(disputes, "CaseInState").withArgs(on.caseId, 1, 0);
    await all(on);
    await court.close([on]);
    await expect(again()).to.be.revertedWithCustomError(disputes, "CaseInState").withArgs(on.caseId, 2, 0);
  });

  /* APPEALS */

  it("crowdfunded: three who are right share bond, fee and a part of the bounty by what they gave", async () => {
    const coverage = parseEther("100"); // a penalty of 150 pays two rounds
    const on = await court.open(await ask(await enlist(LyingAgent), customer, coverage), opener);
    // Everybody errs at first.
    await court.vote([on], () => (_, { truth }) => ({ choice: opposite(truth) }));
    expect(on.lawsuit.ruling).to.equal(Ruling.Upheld);

    const crowd = [await court.party("one", FUNDS), await court.party("two", FUNDS), await court.party("three", FUNDS)];
    const rival = await court.party("rival", FUNDS);
    const cost = 2n * parseEther("25") + FEES[1]; // the bond is a tenth of a lock of 250, and doubles
    expect(on.lawsuit.appealCost).to.equal(cost);
    expect(await court.contribute(on, Ruling.Overturned, crowd[0]!, 1n)).to.equal(false);
    expect(await court.contribute(on, Ruling.Undecided, rival, cost - 1n)).to.equal(false);
    expect(await court.contribute(on, Ruling.Overturned, crowd[1]!, cost / 3n)).to.equal(false);
    const { disputes } = stage.protocol;
    await expect(disputes.connect(rival).contribute(on.caseId, Ruling.Upheld, 1n))
      .to.be.revertedWithCustomError(disputes, "RulingStands")
      .withArgs(on.caseId, Ruling.Upheld);
    await expect(disputes.withdrawContribution(on.caseId, 1, Ruling.Undecided, rival))
      .to.be.revertedWithCustomError(disputes, "AppealStillOpen")
      .withArgs(on.caseId, 1);
    expect(await court.contribute(on, Ruling.Overturned, crowd[2]!, FUNDS), "takes what is missing").to.equal(true);

    await all(on);
    await court.close([on]);
    expect(on.lawsuit.rulings).to.deep.equal([Ruling.Upheld, Ruling.Overturned]);
    // In round 0 nobody was right: its fee came back. 150 - 60 - 9.3 would be 80.7; a bounty is at most 75.
    // Half of the fee of the round that was turned is for who turned it.
    const turned = FEES[0] / 2n;
    expect(await gain(opener)).to.equal(parseEther("75") - turned);
    expect(await gain(rival)).to.equal(0n);
    const gains = await Promise.all(crowd.map(gain));
    expect(gains[0], "for one of 59,300,000,000,000,000,000").to.equal(0n);
    expect(gains[1]).to.be.closeTo(turned / 3n, 1n);
    expect(gains[0]! + gains[1]! + gains[2]!).to.equal(turned);
  });

  it("an appeal against a right ruling loses its bond, and an operator who was right keeps everything", async () => {
    const operator = await enlist(OperatorAgent);
    const on = await court.open(await ask(operator), opener);
    const stubborn = await court.party("stubborn", FUNDS);
    await all(on);
    await court.appeal(on, Ruling.Overturned, stubborn);
    await all(on);
    await court.close([on]);
    expect(on.lawsuit.rulings).to.deep.equal([Ruling.Upheld, Ruling.Upheld]);
    expect(await gain(opener)).to.equal(-BOND - FEES[0]);
    expect(await gain(stubborn)).to.equal(-2n * BOND - FEES[1]);
    expect(await wealth(stage, operator.address)).to.equal(OPERATOR_STAKE + (3n * BOND) / 2n);
  });

  it("the operator appeals a wrong ruling and has all back, out of the bond of who opened", async () => {
    const operator = await enlist(OperatorAgent);
    const { account, address } = operator;
    await fund(account);
    const on = await court.open(await ask(operator), opener);
    await court.vote([on], () => CONDUCT.bribed);
    expect(on.lawsuit.ruling).to.equal(Ruling.Overturned);
    await court.appeal(on, Ruling.Upheld, account);
    await all(on);
    await court.close([on]);
    expect(on.lawsuit.rulings).to.deep.equal([Ruling.Overturned, Ruling.Upheld]);
    expect(await wealth(stage, address)).to.equal(OPERATOR_STAKE + FUNDS);
    expect(await gain(opener), "its round's fee is back, nobody having been right").to.equal(-BOND);
  });

  it("an appeal that is never full refunds everybody, and the ruling is final without a call", async () => {
    const on = await court.open(await ask(await enlist(OperatorAgent)), opener);
    await all(on);
    await court.contribute(on, Ruling.Overturned, opener, 1n);
    await court.contribute(on, Ruling.Undecided, opener, parseEther("5"));
    await court.close([on]);
    expect(await gain(opener)).to.equal(-BOND - FEES[0]);
  });

  /* OTHER ENDINGS */

  it("ended by proof in the middle of reveal: who revealed shares the fee, everybody else has all back", async () => {
    const operator = await enlist(LyingAgent);
    const on = await court.open(await ask(operator), opener);
    const prover = await court.party("prover", FUNDS);
    await court.convene([on]);
    for (const juror of jurors) await court.commit(on, juror, on.truth);
    await court.closeCommit([on]);
    const [honest, wrong] = jurors as [Juror, Juror, ...Juror[]];
    const { court: contract } = stage.protocol;
    await expect(
      contract.reveal(on.caseId, wrong.address, Choice.CannotDecide, await wrong.salt(on)),
    ).to.be.revertedWithCustomError(contract, "CommitMismatch");
    await court.reveal(on, honest, on.truth);
    await court.reveal(on, wrong, on.truth);
    await court.prove(on, prover);
    await court.assertPhase([on], Phase.Ended);
    await court.payOut([on]);

    for (const { address } of [honest, wrong]) expect(await wealth(stage, address)).to.equal(STAKE + FEES[0] / 2n);
    for (const { address } of jurors.slice(2)) expect(await wealth(stage, address)).to.equal(STAKE);
    for (const { address } of jurors) expect(await locked(address), "nothing stays locked").to.equal(0n);
    expect(await gain(opener), "the fee comes out of the penalty").to.equal(0n);
    expect(await gain(prover)).to.equal(BOUNTY);
    expect(await wealth(stage, customer)).to.equal(COVERAGE);
    expect((await statusOf(on)).status).to.equal(AnswerStatus.Overturned);
  });

  it("ended by proof in the second round's commit phase: committers share half, appellants have all back", async () => {
    const coverage = parseEther("100");
    const on = await court.open(await ask(await enlist(LyingAgent), customer, coverage), opener);
    const [prover, puppet] = [await court.party("prover", FUNDS), await court.party("puppet", FUNDS)];
    await all(on);
    await court.appeal(on, Ruling.Upheld, puppet);
    await court.convene([on]);
    let seats = 0n;
    for (const juror of jurors) seats += await court.commit(on, juror, on.truth);
    await court.prove(on, prover);
    await court.payOut([on]);

    expect(await gain(opener)).to.equal(0n);
    expect(await gain(puppet), "even who was wrong").to.equal(0n);
    // 150 - 60 - 2.1 - 4.65 would be 83.25; a bounty is at most 75.
    expect(await gain(prover)).to.equal(parseEther("75"));
    const paid = await Promise.all(jurors.map(async ({ address }) => (await wealth(stage, address)) - STAKE));
    const sum = paid.reduce((a, b) => a + b, 0n);
    const due = FEES[0] + FEES[1] / 2n;
    expect(due - sum < seats, "all but what does not divide").to.equal(true);
    expect(due - sum >= 0n).to.equal(true);
  });

  it("a proof is too late for what the clock has decided, and the case is settled as it was ruled", async () => {
    const operator = await enlist(LyingAgent);
    const on = await court.open(await ask(operator), opener);
    const prover = await court.party("prover", FUNDS);
    await court.vote([on], () => CONDUCT.lazy);
    await pass(stage, Number(stage.court.config.rounds[0]!.appeal));
    await court.assertPhase([on], Phase.Final);
    expect(await refused(court.prove(on, prover), "AnswerOver"), "not settled yet").to.include({
      receiptId: on.caseId,
    });
    await court.close([on]);
    expect((await statusOf(on)).status).to.equal(AnswerStatus.Undecided);
    await refused(court.prove(on, prover), "AnswerOver");
    expect(await gain(prover)).to.equal(0n);
  });

  it("seeded by nobody: undecided, everybody has all back, and anybody could have appealed", async () => {
    const operator = await enlist(OperatorAgent);
    const on = await court.open(await ask(operator), opener);
    const { config } = stage.court;
    const [first] = config.rounds;
    await pass(stage, Number(config.evidence + first!.seeding));
    await court.assertPhase([on], Phase.Commit);
    const { court: contract } = stage.protocol;
    await expect(contract.nameSeed(on.caseId)).to.be.revertedWithCustomError(contract, "CaseInPhase");
    await expect(contract.connect(jurors[0]!.wallet).commit(on.caseId, jurors[0]!.address, on.caseId, "0x"))
      .to.be.revertedWithCustomError(contract, "NotSeeded")
      .withArgs(on.caseId, 0);
    await pass(stage, Number(first!.commit + first!.reveal));
    await court.assertPhase([on], Phase.Appeal);
    await court.close([on]);
    expect(on.lawsuit.ruling).to.equal(Ruling.Undecided);
    expect(await gain(opener)).to.equal(0n);
    expect(await wealth(stage, operator.address)).to.equal(OPERATOR_STAKE);
    await pass(stage, WINDOW);
    expect((await statusOf(on)).status).to.equal(AnswerStatus.Undecided);
  });

  it("a first panel that nobody seeds does not save a liar: an outsider appeals", async () => {
    const on = await court.open(await ask(await enlist(LyingAgent), customer, parseEther("100")), opener);
    const outsider = await court.party("outsider", FUNDS);
    const { config } = stage.court;
    const [first] = config.rounds;
    await pass(stage, Number(config.evidence + first!.seeding + first!.commit + first!.reveal));
    await court.appeal(on, Ruling.Overturned, outsider);
    await all(on);
    await court.close([on]);
    expect(on.lawsuit.rulings).to.deep.equal([Ruling.Undecided, Ruling.Overturned]);
    // It is made whole, and no more: nobody had ruled, so it turned nothing.
    expect(await gain(outsider)).to.equal(0n);
    expect(await gain(opener)).to.equal(parseEther("75"));
  });

  async function locked(account: string): Promise<bigint> {
    const { vault, court: contract } = stage.protocol;
    return vault.lockedBy(contract, account);
  }
});

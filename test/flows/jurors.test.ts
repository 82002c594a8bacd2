import { expect } from "chai";
import { keccak256, parseEther, toUtf8Bytes } from "ethers";
import type { Wallet } from "ethers";

import type { Answer } from "../../src/operator/answerer.ts";
import { Choice } from "../../src/protocol/court.ts";
import { Ruling } from "../../src/protocol/rulings.ts";
import { LyingAgent, hotKey } from "../setup/agents.ts";
import { CONDUCT, Courthouse, type Case, type Conduct, type Juror } from "../setup/courthouse.ts";
import { COVERAGE, RESERVE, enter, openStage, pass, wealth, type Stage } from "../setup/stage.ts";

/** Seven holders of a seventh each: on the first panel, of seven, everybody has exactly one seat. */
const HOLDERS = ["ash", "beech", "cedar", "fir", "hazel", "larch", "maple"];
const STAKE = parseEther("20000");
const OPERATOR_STAKE = parseEther("5000");
const FUNDS = parseEther("1000");
const SEAT_FEE = parseEther("0.3");
const SEAT_RISK = parseEther("3");
/** 40 % of a penalty of 15. */
const RESERVED = parseEther("6");

describe("flows/jurors", () => {
  let stage: Stage;
  let court: Courthouse;
  let opener: Wallet;
  let jurors: Juror[];
  let on: Case;

  beforeEach(async () => {
    stage = await openStage();
    court = await Courthouse.build(stage);
    jurors = await court.seat(HOLDERS, STAKE);
    opener = await court.party("opener", FUNDS);
    await enter(stage, "customer", stage.protocol.others[1]!);
    await court.mature();
  });

  afterEach(async () => {
    // Whatever was played: nothing is left at the DisputeManager, nor at the court but what does not divide.
    const { ledger, deployment } = stage;
    expect(ledger.creditOf(deployment.disputes)).to.equal(0n);
    expect(ledger.creditOf(deployment.court) < BigInt(3 * HOLDERS.length)).to.equal(true);
    await ledger.assertSettled();
  });

  async function lie(coverage = COVERAGE): Promise<Answer> {
    const { others } = stage.protocol;
    const liar = await new LyingAgent(stage, "liar", others[0]!, await hotKey("liar")).enlist(OPERATOR_STAKE);
    const [requester, text] = [others[1]!.address, "Everyone has the right to rest and leisure."];
    return (await liar.work([{ text, requester, nonce: 1n, beneficiary: requester, coverage }]))[0]!;
  }

  /** The first `counts[0]` holders behave in the first way, the next `counts[1]` in the second, and so on. */
  const inTurn =
    (...groups: readonly [count: number, conduct: Conduct][]) =>
    (juror: Juror): Conduct => {
      const order = groups.flatMap(([count, conduct]) => Array.from({ length: count }, () => conduct));
      return order[jurors.indexOf(juror)]!;
    };

  /** One case on a lie, decided by the first panel. */
  async function play(conductOf: (juror: Juror) => Conduct): Promise<void> {
    on = await court.open(await lie(), opener);
    await court.vote([on], conductOf);
    await court.close([on]);
  }

  const gains = async (): Promise<bigint[]> =>
    Promise.all(jurors.map(async ({ address }) => (await wealth(stage, address)) - STAKE));
  const each = (count: number, gain: bigint): bigint[] => Array.from({ length: count }, () => gain);

  it("honest: the panel shares the fee, whoever was lied to is paid, the liar pays for everything", async () => {
    await play(() => CONDUCT.honest);
    expect(on.lawsuit.ruling).to.equal(Ruling.Overturned);
    expect(await gains()).to.deep.equal(each(7, SEAT_FEE));
    expect((await wealth(stage, opener.address)) - FUNDS).to.equal(parseEther("6.9")); // 15 - 6 - 2.1
    expect(await wealth(stage, stage.protocol.others[1]!.address)).to.equal(COVERAGE);
    expect(await wealth(stage, stage.protocol.others[0]!.address)).to.equal(OPERATOR_STAKE - parseEther("25"));
    expect(await wealth(stage, RESERVE)).to.equal(RESERVED);
  });

  it("lazy: who cannot decide where others can loses half of its risk", async () => {
    await play(inTurn([2, CONDUCT.lazy], [5, CONDUCT.honest]));
    expect(await gains()).to.deep.equal([...each(2, -SEAT_RISK / 2n), ...each(5, parseEther("0.42"))]);
    expect(await wealth(stage, RESERVE)).to.equal(RESERVED + SEAT_RISK);
  });

  it("lazy together: nobody loses, and half of what deciding pays is all that the herd earns", async () => {
    await play(() => CONDUCT.lazy);
    expect(on.lawsuit.ruling).to.equal(Ruling.Undecided);
    expect(await gains()).to.deep.equal(each(7, SEAT_FEE / 2n));
    expect((await wealth(stage, opener.address)) - FUNDS).to.equal((-7n * SEAT_FEE) / 2n);
    expect(await wealth(stage, stage.protocol.others[0]!.address)).to.equal(OPERATOR_STAKE);
  });

  it("absent: unpaid and unpunished; who commits and stays silent loses all of its risk", async () => {
    await play(inTurn([2, CONDUCT.absent], [1, CONDUCT.silent], [4, CONDUCT.honest]));
    expect(await gains()).to.deep.equal([...each(2, 0n), -SEAT_RISK, ...each(4, parseEther("0.525"))]);
    expect(await wealth(stage, RESERVE)).to.equal(RESERVED + SEAT_RISK);
  });

  it("nobody comes: the fee is back, and nothing is decided", async () => {
    await play(() => CONDUCT.absent);
    expect(on.lawsuit.ruling).to.equal(Ruling.Undecided);
    expect(await gains()).to.deep.equal(each(7, 0n));
    expect(await wealth(stage, opener.address)).to.equal(FUNDS);
  });

  it("bribed: what bribed voters forfeit is in no pot, neither for the briber nor for the others", async () => {
    const bribe = parseEther("1");
    const briber = await court.party("briber", FUNDS);
    for (const { address } of jurors.slice(0, 3)) {
      await stage.protocol.token.connect(briber).transfer(address, bribe);
      stage.ledger.transfer(briber.address, address, bribe);
    }
    await play(inTurn([3, CONDUCT.bribed], [4, CONDUCT.honest]));
    expect(on.lawsuit.ruling).to.equal(Ruling.Overturned);
    // To buy a vote costs more than half of a seat's risk and its fee: for less, the bribed lose.
    expect(await gains()).to.deep.equal([...each(3, bribe - SEAT_RISK / 2n), ...each(4, parseEther("0.525"))]);
    const coalition = (await wealth(stage, briber.address)) - FUNDS + 3n * (bribe - SEAT_RISK / 2n);
    expect(coalition).to.equal((-3n * SEAT_RISK) / 2n);
    expect(await wealth(stage, RESERVE)).to.equal(RESERVED + (3n * SEAT_RISK) / 2n);
  });

  it("copied: another's commit hash cannot be revealed, by the copier or with the author's salt", async () => {
    const { court: contract } = stage.protocol;
    on = await court.open(await lie(), opener);
    await court.convene([on]);
    const [author, copier, ...others] = jurors as [Juror, Juror, ...Juror[]];
    for (const juror of [author, ...others]) await court.commit(on, juror, on.truth);
    const { commitHash } = await contract.ballotOf(on.caseId, 0, author.address);
    const { weight, risk } = await court.weightOf(on, copier);
    await contract.connect(copier.wallet).commit(on.caseId, copier.address, commitHash, "0x");
    on.lawsuit.commit({ voter: copier.address, weight, risk });
    await court.closeCommit([on]);
    for (const juror of [author, ...others]) await court.reveal(on, juror, on.truth);
    const salt = await author.salt(on);
    const actual = await contract.commitHashOf(on.caseId, 0, copier.address, on.truth, salt);
    await expect(contract.connect(copier.wallet).reveal(on.caseId, copier.address, on.truth, salt))
      .to.be.revertedWithCustomError(contract, "CommitMismatch")
      .withArgs(actual, commitHash);
    await court.closeReveal([on]);
    await court.close([on]);
    expect(await gains()).to.deep.equal([parseEther("0.35"), -SEAT_RISK, ...each(5, parseEther("0.35"))]);
  });

  it("copied: a vote that its author shows early proves nothing, for it can still be replaced", async () => {
    const { court: contract } = stage.protocol;
    on = await court.open(await lie(), opener);
    await court.convene([on]);
    const [author, copier, ...others] = jurors as [Juror, Juror, ...Juror[]];
    for (const juror of others) await court.commit(on, juror, on.truth);
    // The author commits to the wrong choice and shows choice and salt, which the copier checks and follows.
    await court.commit(on, author, Choice.NotAtFault);
    const shown = await contract.commitHashOf(on.caseId, 0, author.address, Choice.NotAtFault, await author.salt(on));
    expect((await contract.ballotOf(on.caseId, 0, author.address)).commitHash).to.equal(shown);
    await expect(contract.reveal(on.caseId, author.address, Choice.NotAtFault, await author.salt(on)))
      .to.be.revertedWithCustomError(contract, "CaseInPhase")
      .withArgs(
        on.caseId,
        3,
        4,
        (clock: bigint) => clock > 0n,
        (deadline: bigint) => deadline > 0n,
      );
    await court.commit(on, copier, Choice.NotAtFault);
    const locked = await stage.protocol.vault.lockedBy(contract, author.address);
    await court.commit(on, author, on.truth);
    expect(await stage.protocol.vault.lockedBy(contract, author.address), "risk is locked once").to.equal(locked);
    await court.closeCommit([on]);
    for (const juror of [author, ...others]) await court.reveal(on, juror, on.truth);
    await court.reveal(on, copier, Choice.NotAtFault);
    await court.closeReveal([on]);
    await court.close([on]);
    expect(await gains()).to.deep.equal([parseEther("0.35"), -SEAT_RISK / 2n, ...each(5, parseEther("0.35"))]);
  });

  it("colluding: two panels captured by 29 % of the stake are corrected by an outsider before everybody", async () => {
    const coverage = parseEther("150");
    const answer = await lie(coverage);
    expect(await stage.protocol.disputes.appealableTo(answer.receipt), "fees that the penalty can pay").to.equal(2n);
    const outsider = await court.party("outsider", FUNDS);
    on = await court.open(answer, opener);
    const captured = inTurn([2, CONDUCT.bribed], [1, CONDUCT.honest], [4, CONDUCT.absent]);
    for (const round of [0, 1]) {
      await court.vote([on], captured);
      expect(on.lawsuit.rulings[round], "captured").to.equal(Ruling.Upheld);
      await court.appeal(on, Ruling.Overturned, outsider);
    }
    await court.vote([on], inTurn([2, CONDUCT.bribed], [5, CONDUCT.honest]));
    expect(on.lawsuit.ruling).to.equal(Ruling.Overturned);
    await court.close([on]);

    const [first, second, ...honest] = await gains();
    const fullVote = STAKE / 100n; // half of 2 %
    for (const loss of [first!, second!]) expect(loss).to.be.lessThan(-fullVote - SEAT_RISK / 2n);
    for (const gain of honest) expect(gain).to.be.greaterThan(parseEther("11.9")); // a fifth of 60, and of less
    // After 40 % of 225 and fees of 71.4: a bounty of 63.6, of it half the fee of the round that was turned for who turned
    // it. All fees are back.
    expect((await wealth(stage, opener.address)) - FUNDS).to.equal(parseEther("58.95"));
    expect((await wealth(stage, outsider.address)) - FUNDS).to.equal(parseEther("4.65"));
    expect(await wealth(stage, stage.protocol.others[1]!.address)).to.equal(coverage);
  });

  it("a late ballot, a guessed one and one without a seat are refused", async () => {
    const { court: contract } = stage.protocol;
    const late = await court.seat(["newcomer"], STAKE);
    await pass(stage, 3_600);
    on = await court.open(await lie(), opener);
    await court.convene([on]);
    const hash = keccak256(toUtf8Bytes("anything"));
    await expect(contract.connect(late[0]!.wallet).commit(on.caseId, late[0]!.address, hash, "0x"))
      .to.be.revertedWithCustomError(contract, "NoSeats")
      .withArgs(late[0]!.address, 0n, 7n * STAKE, 7n);
    expect(await court.commit(on, late[0]!, Choice.AtFault), "stake younger than seven days").to.equal(0n);
    for (const juror of jurors) await court.commit(on, juror, on.truth);
    await court.closeCommit([on]);
    await expect(
      contract.connect(jurors[0]!.wallet).commit(on.caseId, jurors[0]!.address, hash, "0x"),
    ).to.be.revertedWithCustomError(contract, "CaseInPhase");
    await expect(
      contract.reveal(on.caseId, jurors[0]!.address, Choice.CannotDecide, await jurors[0]!.salt(on)),
    ).to.be.revertedWithCustomError(contract, "CommitMismatch");
    for (const juror of jurors) await court.reveal(on, juror, on.truth);
    await court.closeReveal([on]);
    await court.close([on]);
    expect(await gains()).to.deep.equal(each(7, SEAT_FEE));
  });
});

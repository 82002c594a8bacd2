import { expect } from "chai";
import { ZeroAddress, ZeroHash, type Signer } from "ethers";
import { network } from "hardhat";

import { anchorBatch } from "../../../src/actions/anchorBatch.ts";
import { claimBallot } from "../../../src/actions/claimBallot.ts";
import { commitBallot } from "../../../src/actions/commitBallot.ts";
import { contributeToAppeal } from "../../../src/actions/contributeToAppeal.ts";
import { enroll } from "../../../src/actions/enroll.ts";
import { fixSeed } from "../../../src/actions/fixSeed.ts";
import { nameSeed } from "../../../src/actions/nameSeed.ts";
import { openCase } from "../../../src/actions/openCase.ts";
import { optOut } from "../../../src/actions/optOut.ts";
import { readAccount } from "../../../src/actions/readAccount.ts";
import { readCase } from "../../../src/actions/readCase.ts";
import { revealBallot } from "../../../src/actions/revealBallot.ts";
import { sendSignedBallot } from "../../../src/actions/sendSignedBallot.ts";
import { setVotingKey } from "../../../src/actions/setVotingKey.ts";
import { settleCase } from "../../../src/actions/settleCase.ts";
import { signBallot } from "../../../src/actions/signBallot.ts";
import { submitEvidence } from "../../../src/actions/submitEvidence.ts";
import { withdrawContribution } from "../../../src/actions/withdrawContribution.ts";
import { bareLeaf } from "../../../src/protocol/answers.ts";
import { BallotNotRecoveredError, SignerNotDeterministicError, ballotSecret } from "../../../src/protocol/ballots.ts";
import { Choice, Phase } from "../../../src/protocol/court.ts";
import { ContractError } from "../../../src/protocol/errors.ts";
import { receiptId } from "../../../src/protocol/receipts.ts";
import { CaseState, Ruling } from "../../../src/protocol/rulings.ts";
import { VOTE_PARTS, seats } from "../../../src/protocol/sortition.ts";
import {
  CASE_BOND,
  FIRST_FEE,
  PURSE,
  SEAT_RISK,
  SECOND_FEE,
  VOTES,
  convene,
  type Courtroom,
} from "../../setup/courtroom.ts";
import { DAY, HOUR, LOCK, OUTPUT, REQUEST } from "../../setup/operation.ts";
import { refusalOf } from "../../setup/refusal.ts";
import { refused } from "../../setup/refused.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { provider } = ethers;

const APPEAL_COST = CASE_BOND * 2n + SECOND_FEE;

/** A wallet that counts how often it is asked to sign; `salted` ones never sign the same twice. */
function watched(wallet: Signer, salted = false): { wallet: Signer; asked: () => number } {
  let count = 0;
  const proxy = new Proxy(wallet, {
    get(target, name) {
      if (name !== "signTypedData") {
        const value: unknown = Reflect.get(target, name, target);
        return typeof value === "function" ? (value.bind(target) as unknown) : value;
      }
      return async (...args: Parameters<Signer["signTypedData"]>) => {
        count++;
        const signature = await target.signTypedData(...args);
        return salted ? `${signature.slice(0, -4)}${(count % 10).toString().padStart(2, "0")}1b` : signature;
      };
    },
  });
  return { wallet: proxy, asked: () => count };
}

describe("actions: court", function () {
  let c: Courtroom;
  beforeEach(async function () {
    c = await networkHelpers.loadFixture(convene);
  });

  it("a case from its opening to the last claim: appealed, and the ruling turned", async function () {
    const { deployment, protocol, alice, bob, carol, opener, appellant, rival, stranger } = c;
    const { token, court, vault } = protocol;
    const { receipt, caseId } = await c.open(0);
    expect(caseId).to.equal(receiptId(c.domain, receipt));
    expect(await token.balanceOf(opener)).to.equal(PURSE - CASE_BOND - FIRST_FEE);
    expect(await token.allowance(opener, protocol.disputes)).to.equal(0n);

    const opened = await readCase(provider, deployment, { caseId });
    const { openedAt } = opened;
    expect(openedAt).to.equal(await c.now());
    const { rounds: terms } = opened.terms;
    expect(opened).to.deep.include({
      phase: Phase.Evidence,
      deadline: openedAt + HOUR,
      round: 0,
      total: VOTES,
      config: 1,
      caseId,
      ruling: undefined,
      state: CaseState.Open,
      opener: opener.address,
      bond: CASE_BOND,
      appeal: undefined,
      pools: [],
    });
    expect(terms.map((round) => round.seats)).to.deep.equal([7, 31, 0]);
    const panel = { seats: 7, seeding: 7_200, commit: 2_700, reveal: 3_600, appeal: 129_600, fee: FIRST_FEE };
    expect(terms[0]).to.deep.equal({ ...panel, seatRiskFees: 10, voteRiskBps: 0 });
    expect(opened.sentence).to.match(/^Anybody may submit evidence until 20/);

    expect(await submitEvidence(stranger, deployment, { caseId, evidenceURI: "ipfs://in-time" })).to.equal(true);
    await refused(nameSeed(stranger, deployment, { caseId }), "CaseInPhase");
    await c.passPhase(caseId);
    expect(await submitEvidence(stranger, deployment, { caseId, evidenceURI: "ipfs://late" })).to.equal(false);

    const ticket = await nameSeed(stranger, deployment, { caseId });
    expect(ticket).to.equal((await provider.getBlockNumber()) + 1);
    await refused(nameSeed(stranger, deployment, { caseId }), "SeedNamed");
    await refused(fixSeed(stranger, deployment, { caseId }), "SeedUnknown");
    await networkHelpers.mine(2);
    const seed = await fixSeed(stranger, deployment, { caseId });
    expect(seed).to.equal((await provider.getBlock(ticket))!.hash);

    const expected = (voter: string, votes: bigint): number =>
      seats({ seed, caseId, round: 0, voter, votes, total: VOTES, expected: 7 });
    const first = await commitBallot(alice, deployment, { caseId, choice: Choice.AtFault });
    const second = await commitBallot(alice, deployment, { caseId, choice: Choice.NotAtFault });
    expect(first).to.deep.include({ round: 0, weight: expected(alice.address, VOTES / 2n) });
    expect(second).to.deep.include({ round: 0, weight: first.weight });
    expect(second.commitHash).not.to.equal(first.commitHash);
    expect(await vault.lockedBy(court, alice)).to.equal(BigInt(first.weight) * SEAT_RISK);

    const key = rival; // any account without votes
    await refused(commitBallot(key, deployment, { caseId, choice: Choice.AtFault, voter: bob.address }), "NotVoter");
    await setVotingKey(bob, deployment, { key: key.address });
    const keyed = await commitBallot(key, deployment, { caseId, choice: Choice.AtFault, voter: bob.address });
    expect(keyed.weight).to.equal(expected(bob.address, (VOTES * 3n) / 10n));

    const ballot = await signBallot(carol, deployment, { caseId, choice: Choice.NotAtFault });
    const sent = await sendSignedBallot(stranger, deployment, JSON.parse(JSON.stringify(ballot)) as typeof ballot);
    expect(sent).to.deep.equal({
      round: 0,
      commitHash: ballot.commit.commitHash,
      weight: expected(carol.address, VOTES / 5n),
    });
    await refused(sendSignedBallot(stranger, deployment, ballot), "CommitOutdated");
    const altered = { ...ballot, commit: { ...ballot.commit, signedAt: ballot.commit.signedAt + 1, cipher: "0x01" } };
    await refused(sendSignedBallot(stranger, deployment, altered), "CommitSignatureInvalid");

    await refused(revealBallot(alice, deployment, { caseId }), "CaseInPhase");
    await c.passPhase(caseId);
    expect(await revealBallot(alice, deployment, { caseId })).to.equal(Choice.NotAtFault);
    await refused(revealBallot(alice, deployment, { caseId }), "NoBallot");
    await refusalOf(revealBallot(bob, deployment, { caseId }), BallotNotRecoveredError);
    expect(await revealBallot(key, deployment, { caseId, voter: bob.address })).to.equal(Choice.AtFault);
    expect(await revealBallot(carol, deployment, { caseId })).to.equal(Choice.NotAtFault);
    await c.passPhase(caseId);

    const upheld = await readCase(provider, deployment, { caseId });
    expect(upheld).to.deep.include({ phase: Phase.Appeal, ruling: Ruling.Upheld, pools: [] });
    expect(upheld.appeal).to.deep.equal({ round: 1, cost: APPEAL_COST });
    expect(upheld.rounds[0]).to.deep.include({
      seed,
      ticket,
      committed: first.weight + keyed.weight + sent.weight,
      atFault: keyed.weight,
      notAtFault: first.weight + sent.weight,
      cannotDecide: 0,
    });
    expect(upheld.sentence).to.match(/^The ruling is that the operator is not at fault, and becomes final at 20/);

    const part = { caseId, asked: Ruling.Overturned, amount: CASE_BOND };
    await refused(contributeToAppeal(appellant, deployment, { ...part, asked: Ruling.Upheld }), "RulingStands");
    await refused(contributeToAppeal(appellant, deployment, { ...part, amount: 0n }), "ContributionZero");
    const half = await contributeToAppeal(appellant, deployment, part);
    expect(half).to.deep.equal({ round: 1, taken: CASE_BOND, missing: APPEAL_COST - CASE_BOND });
    await contributeToAppeal(rival, deployment, { caseId, asked: Ruling.Undecided, amount: FIRST_FEE });
    expect((await readCase(provider, deployment, { caseId })).pools).to.deep.equal([
      {
        round: 1,
        asked: Ruling.Undecided,
        raised: FIRST_FEE,
        missing: APPEAL_COST - FIRST_FEE,
        payout: 0n,
        funded: false,
      },
      { round: 1, asked: Ruling.Overturned, raised: CASE_BOND, missing: half.missing, payout: 0n, funded: false },
    ]);
    await refused(
      withdrawContribution(rival, deployment, { caseId, round: 1, asked: Ruling.Undecided }),
      "AppealStillOpen",
    );
    const rest = await contributeToAppeal(appellant, deployment, { ...part, amount: PURSE });
    expect(rest).to.deep.equal({ round: 1, taken: half.missing, missing: 0n });
    expect(await token.balanceOf(appellant)).to.equal(PURSE - APPEAL_COST);
    expect(await token.allowance(appellant, protocol.disputes)).to.equal(0n);
    const refund = await withdrawContribution(stranger, deployment, {
      caseId,
      round: 1,
      asked: Ruling.Undecided,
      contributor: rival.address,
    });
    expect(refund).to.equal(FIRST_FEE);
    expect((await readAccount(provider, deployment, { account: rival.address })).credit).to.equal(FIRST_FEE);

    const secondSeed = await c.seed(caseId);
    expect(secondSeed).not.to.equal(seed);
    const weights = [];
    for (const juror of [alice, carol, bob]) {
      weights.push((await commitBallot(juror, deployment, { caseId, choice: Choice.AtFault })).weight);
    }
    await c.passPhase(caseId);
    for (const juror of [alice, carol]) await revealBallot(juror, deployment, { caseId });
    await refused(claimBallot(alice, deployment, { caseId, round: 0 }), "CaseInPhase");
    await refused(settleCase(stranger, deployment, { receipt }), "CaseInPhase");
    await c.passPhase(caseId);
    await c.passPhase(caseId);
    const decided = await readCase(provider, deployment, { caseId });
    expect(decided).to.deep.include({ phase: Phase.Final, deadline: 0, ruling: Ruling.Overturned, round: 1 });

    const settled = await settleCase(stranger, deployment, { receipt });
    expect(settled).to.deep.include({ ruling: Ruling.Overturned, taken: LOCK, toOperator: 0n });
    expect(settled.payouts[0]! >= CASE_BOND).to.equal(true);
    const { credit } = await readAccount(provider, deployment, { account: opener.address });
    expect(credit).to.equal(settled.payouts[0]);
    const { pools, sentence } = await readCase(provider, deployment, { caseId });
    expect(pools).to.deep.equal([
      {
        round: 1,
        asked: Ruling.Overturned,
        raised: APPEAL_COST,
        missing: 0n,
        payout: settled.payouts[1],
        funded: true,
      },
    ]);
    expect(sentence).to.equal(
      "It is decided that the operator is at fault, and the money is divided: jurors claim, contributors withdraw.",
    );
    const own = { caseId, round: 1, asked: Ruling.Overturned };
    expect(await withdrawContribution(appellant, deployment, own)).to.equal(settled.payouts[1]);
    await refused(withdrawContribution(appellant, deployment, own), "NothingContributed");

    const risk = (weight: number): bigint => BigInt(weight) * SEAT_RISK;
    const incoherent = await claimBallot(alice, deployment, { caseId, round: 0 });
    expect(incoherent).to.deep.equal({ paid: 0n, forfeited: risk(first.weight) / 2n });
    const share = (SECOND_FEE * BigInt(weights[0]!)) / BigInt(weights[0]! + weights[1]!);
    const coherent = await claimBallot(alice, deployment, { caseId, round: 1 });
    expect(coherent).to.deep.equal({ paid: share, forfeited: 0n });
    const silent = await claimBallot(stranger, deployment, { caseId, round: 1, voter: bob.address });
    expect(silent).to.deep.equal({ paid: 0n, forfeited: risk(weights[2]!) });
    await refused(claimBallot(alice, deployment, { caseId, round: 1 }), "NoBallot");
    expect(await vault.lockedBy(court, alice)).to.equal(0n);
  });

  it("opens a case on an answer that nobody has published, and publishes it", async function () {
    const { deployment, operator, opener, protocol } = c;
    const receipts = [await c.receipt(0, { modelId: c.judgedId })];
    const batch = { ...c.batch(receipts), modelId: c.judgedId };
    await anchorBatch(operator, deployment, { batch });
    const leaf = { ...c.leaf(receipts, 0), batch };
    const why = { leaf, evidenceURI: "ipfs://why" };
    await refused(openCase(opener, deployment, why), "RequestMismatch");
    const opened = await openCase(opener, deployment, { ...why, request: REQUEST, output: OUTPUT });
    expect(opened).to.deep.equal({ caseId: receiptId(c.domain, receipts[0]!), bond: CASE_BOND, fee: FIRST_FEE });
    expect((await protocol.attestations.answer(opened.caseId)).publishedAt).to.equal(await c.now());
    const again = openCase(opener, deployment, { leaf: bareLeaf(receipts[0]!), evidenceURI: "" });
    expect(await refused(again, "CaseInState")).to.deep.include({ actual: BigInt(CaseState.Open) });
  });

  it("asks a wallet to sign only what the court would take, and never one that could not open its ballot", async function () {
    const { deployment, alice, stranger, protocol } = c;
    const { caseId } = await c.open(0);
    const juror = watched(alice);
    const vote = { caseId, choice: Choice.CannotDecide };
    await refused(commitBallot(juror.wallet, deployment, vote), "CaseInPhase");
    await c.passPhase(caseId);
    await c.seed(caseId);
    const outsider = watched(stranger);
    await refused(commitBallot(outsider.wallet, deployment, vote), "NoSeats");
    await refused(signBallot(outsider.wallet, deployment, vote), "NoSeats");
    await refused(revealBallot(juror.wallet, deployment, { caseId }), "CaseInPhase");
    expect([juror.asked(), outsider.asked()]).to.deep.equal([0, 0]);

    const fickle = watched(alice, true);
    await refusalOf(commitBallot(fickle.wallet, deployment, vote), SignerNotDeterministicError);
    expect((await protocol.court.ballotOf(caseId, 0, alice)).ballot.weight).to.equal(0n);

    const { commitHash } = await commitBallot(juror.wallet, deployment, vote);
    expect(juror.asked()).to.equal(2);
    const [event] = await protocol.court.queryFilter(protocol.court.filters.Committed(caseId, 0, alice.address));
    const { chainId } = await provider.getNetwork();
    const place = { chainId, court: deployment.court, caseId, round: 0, voter: alice.address };
    const secret = await ballotSecret(alice, place);
    expect(await secret.openNote(event!.args.cipher)).to.equal(Choice.CannotDecide);
    expect(event!.args.commitHash).to.equal(commitHash);

    await c.passPhase(caseId);
    const bystander = watched(stranger);
    await refused(revealBallot(bystander.wallet, deployment, { caseId }), "NoBallot");
    expect(bystander.asked()).to.equal(0);
  });

  it("signs again what was signed, later: the older ballot cannot come back", async function () {
    const { deployment, alice, stranger } = c;
    const { caseId } = await c.open(0);
    await c.passPhase(caseId);
    await c.seed(caseId);
    const older = await signBallot(alice, deployment, { caseId, choice: Choice.AtFault });
    await networkHelpers.time.increase(10);
    const { commitHash } = await commitBallot(alice, deployment, { caseId, choice: Choice.AtFault });
    const newer = await signBallot(alice, deployment, { caseId, choice: Choice.NotAtFault });
    expect(newer.commit.signedAt).to.equal((await c.now()) + 1); // that of the last commit is now
    await networkHelpers.mine();
    await sendSignedBallot(stranger, deployment, newer);
    const outdated = await refusalOf(sendSignedBallot(stranger, deployment, older), ContractError);
    expect(outdated.code).to.equal("CommitOutdated");
    expect(outdated.message).to.include("must be after the last one");
    expect(newer.commit.commitHash).not.to.equal(commitHash);
  });

  it("a panel without a seed seats nobody; appealed to the end, everybody votes with a share of 2^31", async function () {
    const { deployment, alice, bob, appellant } = c;
    const { caseId } = await c.open(0);
    await c.passPhase(caseId); // evidence
    await c.passPhase(caseId); // seeding
    const unseeded = await readCase(provider, deployment, { caseId });
    expect(unseeded).to.deep.include({ phase: Phase.Commit, ruling: undefined });
    expect(unseeded.sentence).to.match(/^Nobody has a seat in round 1 of 3/);
    await refused(commitBallot(alice, deployment, { caseId, choice: Choice.AtFault }), "NotSeeded");
    await c.passPhase(caseId);
    await c.passPhase(caseId);
    const amount = PURSE;
    await contributeToAppeal(appellant, deployment, { caseId, asked: Ruling.Overturned, amount });
    for (let phase = 0; phase < 3; phase++) await c.passPhase(caseId); // seeding, commit, reveal
    const undecided = await readCase(provider, deployment, { caseId });
    expect(undecided).to.deep.include({ phase: Phase.Appeal, ruling: Ruling.Undecided });
    await contributeToAppeal(appellant, deployment, { caseId, asked: Ruling.Overturned, amount });
    const all = await readCase(provider, deployment, { caseId });
    expect(all).to.deep.include({ phase: Phase.Commit, round: 2, ruling: Ruling.Undecided, appeal: undefined });
    expect(all.sentence).to.match(/^Everybody who was enrolled may vote in round 3 of 3 until/);
    expect(all.rounds).to.have.length(3);
    const half = await commitBallot(alice, deployment, { caseId, choice: Choice.NotAtFault });
    expect(half).to.deep.include({ round: 2, weight: Number(VOTE_PARTS / 2n) });
    const tenths = await commitBallot(bob, deployment, { caseId, choice: Choice.NotAtFault });
    expect(tenths.weight).to.equal(Number((VOTE_PARTS * 3n) / 10n));
    await c.passPhase(caseId);
    await revealBallot(alice, deployment, { caseId });
    await c.passPhase(caseId);
    expect(await readCase(provider, deployment, { caseId })).to.deep.include({
      phase: Phase.Final,
      deadline: 0,
      ruling: Ruling.Upheld,
    });
  });

  it("reads a case that is none", async function () {
    const none = await readCase(provider, c.deployment, { caseId: ZeroHash as never });
    expect(none).to.deep.include({ phase: Phase.None, state: CaseState.None, opener: ZeroAddress, rounds: [] });
    expect(none.sentence).to.equal("There is no such case.");
    const nowhere = submitEvidence(c.stranger, c.deployment, { caseId: ZeroHash as never, evidenceURI: "" });
    await refused(nowhere, "CaseInPhase");
  });

  it("makes a juror once, and lets it go after a day", async function () {
    const { deployment, protocol, alice, stranger } = c;
    const { vault, court } = protocol;
    expect(await vault.getVotes(alice)).to.equal(VOTES / 2n);
    expect(await vault.optedInUntil(alice, court)).to.equal(2n ** 40n - 1n);
    const nonce = await provider.getTransactionCount(alice);
    await enroll(alice, deployment);
    expect(await provider.getTransactionCount(alice)).to.equal(nonce);
    await refused(enroll(stranger, deployment), "EnrollMinimum");

    const effectiveAt = await optOut(alice, deployment, { module: deployment.court });
    expect(effectiveAt).to.equal((await c.now()) + DAY);
    expect(await vault.optedInUntil(alice, court)).to.equal(BigInt(effectiveAt));
    await refused(optOut(stranger, deployment, { module: deployment.court }), "NotOptedIn");
    await setVotingKey(alice, deployment, { key: stranger.address });
    expect(await vault.votingKeyOf(alice)).to.equal(stranger.address);
    await setVotingKey(alice, deployment, { key: ZeroAddress });
    expect(await vault.votingKeyOf(alice)).to.equal(ZeroAddress);
  });
});

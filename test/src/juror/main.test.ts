import { expect } from "chai";
import { ZeroHash } from "ethers";
import { network } from "hardhat";

import { commitBallot } from "../../../src/actions/commitBallot.ts";
import { readCase } from "../../../src/actions/readCase.ts";
import { setVotingKey } from "../../../src/actions/setVotingKey.ts";
import { ballotSecret } from "../../../src/protocol/ballots.ts";
import { Choice, Phase, type CastChoice } from "../../../src/protocol/court.ts";
import type { ReceiptId } from "../../../src/protocol/ids.ts";
import { askForVote, askForVotes } from "../../../src/juror/control.ts";
import type { Juror } from "../../../src/juror/juror.ts";
import { FIRST_FEE, SEAT_RISK, VOTES, convene, type Courtroom } from "../../setup/courtroom.ts";
import { JurorStand, until } from "../../setup/jurorStand.ts";
import { serveChain, type RpcBridge } from "../../setup/rpcBridge.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;

describe("juror: the program", function () {
  let c: Courtroom;
  let bridge: RpcBridge;
  let closing: (() => Promise<unknown>)[] = [];

  beforeEach(async function () {
    c = await networkHelpers.loadFixture(convene);
    bridge = await serveChain(connection.provider);
    closing = [() => bridge.close()];
  });
  afterEach(async function () {
    for (const end of closing.toReversed()) await end();
  });

  async function standOf(account: { address: string }, changes: Record<string, unknown> = {}): Promise<JurorStand> {
    const stand = await JurorStand.build(bridge, c.deployment, account.address, changes);
    closing.push(() => stand.close());
    return stand;
  }
  async function run(stand: JurorStand): ReturnType<JurorStand["start"]> {
    const program = await stand.start();
    closing.push(() => program.stop());
    return program;
  }
  const journalOf = async (stand: JurorStand): Promise<string> => (await stand.config()).journal;
  const phaseOf = async (caseId: ReceiptId): Promise<Phase> =>
    (await readCase(ethers.provider, c.deployment, { caseId })).phase;
  const ballotOf = async (caseId: ReceiptId, who: { address: string }) =>
    (await c.protocol.court.ballotOf(caseId, 0, who.address)) as unknown as {
      ballot: { weight: bigint; choice: bigint };
      commitHash: string;
    };
  /** A case in which everybody can vote, its seed fixed by a stranger. */
  async function seated(): Promise<ReceiptId> {
    const { caseId } = await c.open(0);
    await c.passPhase(caseId);
    await c.seed(caseId);
    return caseId;
  }
  /** What a vote leaves in the journal before its commit is sent. */
  async function choose(juror: Juror, caseId: ReceiptId, choice: CastChoice, chosenAt: number): Promise<string> {
    const place = { chainId: 31_337n, court: c.deployment.court, caseId, round: 0, voter: juror.account };
    const secret = await ballotSecret(juror.signer, place);
    const [commitHash, cipher] = [secret.commitHash(choice), await secret.sealNote(choice)];
    juror.votes.add({ caseId, round: 0, choice, salt: secret.salt, commitHash, cipher, chosenAt, state: "chosen" });
    return commitHash;
  }

  it("names and fixes the seed, reminds, votes when told, opens the ballot after a restart, claims", async function () {
    this.timeout(60_000);
    const { alice, protocol, passPhase } = c;
    const { court, token, vault } = protocol;
    const stand = await standOf(alice);
    const first = await run(stand);
    const { caseId } = await c.open(0);
    await passPhase(caseId);
    await until("the seed is named", async () => (await court.roundOf(caseId, 0)).ticket > 0n);
    await networkHelpers.mine(2);
    await until("the seed is fixed", async () => (await phaseOf(caseId)) === Phase.Commit);

    await until("the first reminder", () => stand.reminders.length === 1);
    const { deadline } = await readCase(ethers.provider, c.deployment, { caseId });
    const [{ secondsLeft, sentence, ...reminder }] = stand.reminders as [(typeof stand.reminders)[0]];
    expect(reminder).to.deep.equal({ kind: "commitBallot", caseId, round: 0, deadline, account: alice.address });
    expect(sentence).to.match(/^You hold \d seats? in case 0x/);
    expect(secondsLeft).to.be.within(2_600, 2_700);
    await networkHelpers.time.increaseTo(deadline - 1_000);
    await until("the second reminder", () => stand.reminders.length === 2);

    const journal = await journalOf(stand);
    expect((await ballotOf(caseId, alice)).commitHash).to.equal(ZeroHash); // never without being told
    const vote = await askForVote(journal, { caseId, choice: "upheld", change: false });
    const committed = (await ballotOf(caseId, alice)).commitHash;
    expect(vote).to.deep.equal({ caseId, round: 0, choice: Choice.NotAtFault, commitHash: committed, wasThere: false });
    const again = await askForVote(journal, { caseId, choice: "upheld", change: false });
    expect(again).to.deep.equal({ ...vote, wasThere: true });
    let refusal: unknown;
    await askForVote(journal, { caseId, choice: "overturned", change: false }).catch(
      (error: unknown) => (refusal = error),
    );
    expect(refusal).to.include({
      code: "VOTE_DIFFERS",
      message: "the account has voted upheld in this round: add --change to replace that vote",
    });
    const changed = await askForVote(journal, { caseId, choice: "overturned", change: true });
    const { ballot, commitHash } = await ballotOf(caseId, alice);
    expect(changed).to.include({ choice: Choice.AtFault, commitHash, wasThere: false });
    expect((await askForVotes(journal))!.map(({ choice, state }) => [choice, state])).to.deep.equal([
      [Choice.AtFault, "committed"],
      [Choice.NotAtFault, "committed"],
    ]);
    expect(await vault.lockedBy(court, alice)).to.equal(ballot.weight * SEAT_RISK);

    await first.stop();
    await passPhase(caseId);
    const second = await run(stand);
    await until("the ballot is open", async () => (await ballotOf(caseId, alice)).commitHash === ZeroHash);
    const round = await court.roundOf(caseId, 0);
    expect([round.atFault, round.notAtFault]).to.deep.equal([ballot.weight, 0n]);
    expect(stand.reminders.map(({ kind }) => kind)).to.deep.equal(["commitBallot", "commitBallot"]);

    await passPhase(caseId); // reveal
    await passPhase(caseId); // appeal
    await until("the fee is paid out", async () => (await token.balanceOf(alice)) > 0n);
    expect(await token.balanceOf(alice)).to.equal(FIRST_FEE); // nobody else was right
    expect(await vault.lockedBy(court, alice)).to.equal(0n);
    expect((await vault.account(alice)).active).to.equal(VOTES / 2n);
    const metrics = await (await fetch(`${second.metricsUrl!}/metrics`)).text();
    expect(metrics).to.match(/^credence_juror_duties_done_total\{kind="revealBallot",program="juror"\} 1$/m);
    expect(metrics).to.match(/^credence_juror_ballots_at_risk\{program="juror"\} 0$/m);
    expect(stand.said("error")).to.deep.equal([]);
  });

  it("sends a vote that a crash kept from being sent, and never over a later one", async function () {
    this.timeout(60_000);
    const { alice, deployment } = c;
    const { caseId: other } = await c.open(1);
    const caseId = await seated();
    await c.seed(other);
    const stand = await standOf(alice);
    const journal = await stand.open();
    const chosen = await choose(journal, caseId, Choice.AtFault, await networkHelpers.time.latest());
    await choose(journal, other, Choice.AtFault, (await networkHelpers.time.latest()) - 60);
    journal.close();
    await commitBallot(alice, deployment, { caseId: other, choice: Choice.NotAtFault }); // on another device, later
    const later = (await ballotOf(other, alice)).commitHash;

    await run(stand);
    await until("the vote is sent", async () => (await ballotOf(caseId, alice)).commitHash === chosen);
    await until("it is said", () =>
      stand.lines.find(({ err }) => (err as { code?: string } | undefined)?.code === "VOTE_NOT_SENT"),
    );
    expect((await ballotOf(other, alice)).commitHash).to.equal(later);
    await c.passPhase(other);
    await until("both are open", async () => {
      const ballots = await Promise.all([ballotOf(caseId, alice), ballotOf(other, alice)]);
      return ballots.every(({ commitHash }) => commitHash === ZeroHash);
    });
    expect((await ballotOf(caseId, alice)).ballot.choice).to.equal(BigInt(Choice.AtFault));
    expect((await ballotOf(other, alice)).ballot.choice).to.equal(BigInt(Choice.NotAtFault));
  });

  it("opens the ballot on another machine, with nothing but the key", async function () {
    this.timeout(60_000);
    const { alice } = c;
    const lost = await standOf(alice);
    const program = await run(lost);
    const caseId = await seated();
    await askForVote(await journalOf(lost), { caseId, choice: "upheld", change: false });
    await program.stop();
    const other = await standOf(alice);
    await run(other);
    const votes = async () => (await askForVotes(await journalOf(other)))!.map(({ choice, state }) => [choice, state]);
    await until("the vote is known", async () => (await votes()).length === 1);
    expect(await votes()).to.deep.equal([[Choice.NotAtFault, "committed"]]);
    await c.passPhase(caseId);
    await until("the ballot is open", async () => (await ballotOf(caseId, alice)).commitHash === ZeroHash);
    expect((await ballotOf(caseId, alice)).ballot.choice).to.equal(BigInt(Choice.NotAtFault));
  });

  it("says early that a ballot was committed with another key, and opens none that it cannot", async function () {
    this.timeout(60_000);
    const { bob, rival, deployment } = c;
    await setVotingKey(bob, deployment, { key: rival.address });
    const caseId = await seated();
    await commitBallot(rival, deployment, { caseId, choice: Choice.AtFault, voter: bob.address });
    const stand = await standOf(bob);
    const { metricsUrl } = await run(stand);
    const sentence = "the ballot was committed with another key: open it with that one, or its risk is lost";
    await until("it is said", () => stand.said("error").includes(sentence));
    expect(await phaseOf(caseId)).to.equal(Phase.Commit); // there is time to do something about it
    const health = await until("it is unwell", async () => {
      const response = await fetch(`${metricsUrl!}/healthz`);
      return response.status === 503 ? response : undefined;
    });
    expect(await health.json()).to.deep.equal({
      status: "failing",
      reason: "1 ballots cannot be opened here, or are late",
    });
    await c.passPhase(caseId);
    const code = (line: Record<string, unknown>): unknown => (line.err as { code?: string } | undefined)?.code;
    await until("it fails", () => stand.lines.some((line) => code(line) === "BALLOT_NOT_RECOVERED"));
    expect((await ballotOf(caseId, bob)).commitHash).not.to.equal(ZeroHash);
  });

  it("a voting key votes for its account; the node may be away for a while", async function () {
    this.timeout(60_000);
    const { bob, rival, deployment } = c;
    await setVotingKey(bob, deployment, { key: rival.address });
    const caseId = await seated();
    const stand = await standOf(rival, { account: bob.address });
    await run(stand);
    const journal = await journalOf(stand);
    await askForVote(journal, { caseId, choice: "undecided", change: false });
    bridge.interrupt(true);
    await until("the loss is noticed", () => stand.said("warn").includes("a run failed, another follows"));
    bridge.interrupt(false);
    await c.passPhase(caseId);
    await until("the ballot is open", async () => (await ballotOf(caseId, bob)).commitHash === ZeroHash);
    expect((await ballotOf(caseId, bob)).ballot.choice).to.equal(BigInt(Choice.CannotDecide));
  });

  it("names no seed beyond its budget of gas", async function () {
    const stand = await standOf(c.alice, { seeds: { jitterSeconds: 0, gasPerDay: "1 wei" } });
    await run(stand);
    const { caseId } = await c.open(0);
    await c.passPhase(caseId);
    const code = (line: Record<string, unknown>): unknown => (line.err as { code?: string } | undefined)?.code;
    await until("it is said", () => stand.lines.some((line) => code(line) === "SEED_BUDGET_SPENT"));
    expect((await c.protocol.court.roundOf(caseId, 0)).ticket).to.equal(0n);
  });

  it("a second program on the same journal does not start", async function () {
    const stand = await standOf(c.alice);
    await run(stand);
    let refusal: unknown;
    await stand.start().catch((error: unknown) => (refusal = error));
    expect(refusal).to.include({ code: "JOURNAL_IN_USE" });
  });
});

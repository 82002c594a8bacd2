import { expect } from "chai";
import { formatEther } from "ethers";
import { network } from "hardhat";

import { claimBallot } from "../../../src/actions/claimBallot.ts";
import { commitBallot } from "../../../src/actions/commitBallot.ts";
import { contributeToAppeal } from "../../../src/actions/contributeToAppeal.ts";
import { fixSeed } from "../../../src/actions/fixSeed.ts";
import { nameSeed } from "../../../src/actions/nameSeed.ts";
import { readCase } from "../../../src/actions/readCase.ts";
import { readDuties } from "../../../src/actions/readDuties.ts";
import { revealBallot } from "../../../src/actions/revealBallot.ts";
import { settleCase } from "../../../src/actions/settleCase.ts";
import { withdrawContribution } from "../../../src/actions/withdrawContribution.ts";
import type { Duty } from "../../../src/chain/caseDuties.ts";
import { Choice } from "../../../src/protocol/court.ts";
import { formatTime } from "../../../src/protocol/errors.ts";
import { Ruling } from "../../../src/protocol/rulings.ts";
import { FIRST_FEE, PURSE, SEAT_RISK, convene, type Courtroom } from "../../setup/courtroom.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { provider } = ethers;

describe("actions: readDuties", function () {
  let c: Courtroom;
  beforeEach(async function () {
    c = await networkHelpers.loadFixture(convene);
  });

  const dutiesOf = (account: { address: string }, fromBlock = 0): Promise<Duty[]> =>
    readDuties(provider, c.deployment, { account: account.address, fromBlock });
  const kindsOf = async (account: { address: string }): Promise<string[]> =>
    (await dutiesOf(account)).map(({ kind, round }) => `${kind} ${round}`);

  it("tells each account what it must do at every stage of a case, and nothing else", async function () {
    const { deployment, alice, bob, carol, opener, appellant, rival, stranger, operator } = c;
    const everybody = [alice, bob, carol, opener, appellant, rival, stranger, operator];
    const kinds = async (): Promise<string[][]> => Promise.all(everybody.map(kindsOf));
    const nothing = everybody.map(() => []);
    expect(await kinds()).to.deep.equal(nothing);
    const { receipt, caseId } = await c.open(0);
    const name = `case ${caseId.slice(0, 8)}…${caseId.slice(-4)}`;
    const deadline = async (): Promise<number> => (await readCase(provider, deployment, { caseId })).deadline;
    expect(await kinds()).to.deep.equal(nothing);

    await c.passPhase(caseId);
    expect(await kinds()).to.deep.equal(everybody.map(() => ["nameSeed 0"]));
    const seeding = await deadline();
    expect(await dutiesOf(stranger)).to.deep.equal([
      {
        kind: "nameSeed",
        caseId,
        round: 0,
        deadline: seeding,
        sentence: `Ask for the seed of round 1 of ${name} before ${formatTime(seeding)}, or nobody has a seat.`,
      },
    ]);
    await nameSeed(stranger, deployment, { caseId });
    expect(await kinds()).to.deep.equal(nothing); // not known yet
    await networkHelpers.mine(2);
    expect(await kinds()).to.deep.equal(everybody.map(() => ["fixSeed 0"]));
    expect((await dutiesOf(stranger))[0]!.sentence).to.match(/^Fix the seed of round 1 of case 0x/);
    await fixSeed(stranger, deployment, { caseId });

    const [atAlice, atBob, atCarol, ...others] = await kinds();
    expect([atAlice, atBob, atCarol]).to.deep.equal([["commitBallot 0"], ["commitBallot 0"], ["commitBallot 0"]]);
    expect(others).to.deep.equal(others.map(() => []));
    const [vote] = await dutiesOf(alice);
    const { weight } = await commitBallot(alice, deployment, { caseId, choice: Choice.AtFault });
    const locked = formatEther(BigInt(weight) * SEAT_RISK).replace(/\.0$/, "");
    const until = formatTime(await deadline());
    expect(vote!.deadline).to.equal(await deadline());
    expect(vote!.sentence).to.equal(
      `You hold ${weight} seats in ${name}: vote before ${until}; a ballot locks ${locked} CRED.`,
    );
    expect(await kindsOf(alice)).to.deep.equal([]);
    await commitBallot(bob, deployment, { caseId, choice: Choice.AtFault });

    await c.passPhase(caseId);
    expect((await kinds()).slice(0, 3)).to.deep.equal([["revealBallot 0"], ["revealBallot 0"], []]);
    expect((await dutiesOf(alice))[0]!.sentence).to.equal(
      `Round 1 of ${name}: The ballot of ${weight} seats must be opened before ${formatTime(await deadline())}, or the ${locked} CRED it has locked are lost.`,
    );
    await revealBallot(alice, deployment, { caseId });
    expect(await kindsOf(alice)).to.deep.equal([]);

    await c.passPhase(caseId); // 3 of 7 seats at least were revealed: overturned, bob stayed silent
    expect(await kinds()).to.deep.equal(nothing);
    await contributeToAppeal(rival, deployment, { caseId, asked: Ruling.Undecided, amount: FIRST_FEE });
    expect(await kindsOf(rival)).to.deep.equal([]);
    await contributeToAppeal(appellant, deployment, { caseId, asked: Ruling.Upheld, amount: PURSE });
    const [, refund] = await dutiesOf(rival);
    expect(refund).to.deep.equal({
      kind: "withdrawContribution",
      caseId,
      round: 1,
      deadline: 0,
      asked: Ruling.Undecided,
      sentence: `Withdraw 2.1 CRED from the appeal to round 2 of ${name} that asked to find that nobody could say.`,
    });
    await withdrawContribution(rival, deployment, { caseId, round: 1, asked: Ruling.Undecided });
    expect(await kindsOf(rival)).to.deep.equal(["nameSeed 1"]);
    expect(await kindsOf(appellant)).to.deep.equal(["nameSeed 1"]);

    for (let phase = 0; phase < 4; phase++) await c.passPhase(caseId); // nobody votes: the ruling stands
    expect(await kinds()).to.deep.equal([["claimBallot 0"], [], [], ["settleCase 1"], [], [], [], ["settleCase 1"]]);
    expect((await dutiesOf(opener))[0]!.sentence).to.equal(
      `Settle ${name}: it is decided that the operator is at fault.`,
    );
    await settleCase(stranger, deployment, { receipt });
    const { pools } = await readCase(provider, deployment, { caseId });
    expect(pools.map(({ payout }) => payout > 0n)).to.deep.equal([true]); // what the empty round's fee came to
    expect(await kinds()).to.deep.equal([["claimBallot 0"], [], [], [], ["withdrawContribution 1"], [], [], []]);
    const amount = await withdrawContribution(appellant, deployment, { caseId, round: 1, asked: Ruling.Upheld });
    expect(amount).to.equal(pools[0]!.payout);
    await claimBallot(alice, deployment, { caseId, round: 0 });
    expect(await kinds()).to.deep.equal(nothing);
  });

  it("puts the most urgent first, and looks at cases from a block on", async function () {
    const { deployment, alice } = c;
    const older = (await c.open(0)).caseId;
    await c.passPhase(older);
    await c.seed(older);
    const { caseId: newer } = await c.open(1);
    await commitBallot(alice, deployment, { caseId: older, choice: Choice.NotAtFault });
    await networkHelpers.time.increase(3_600);
    expect((await dutiesOf(alice)).map(({ kind, caseId }) => [kind, caseId])).to.deep.equal([
      ["revealBallot", older],
      ["nameSeed", newer],
    ]);
    const deadlines = (await dutiesOf(alice)).map(({ deadline }) => deadline);
    expect(deadlines[0]).to.be.lessThan(deadlines[1]!);
    const events = await c.protocol.disputes.queryFilter(c.protocol.disputes.filters.CaseOpened(newer));
    expect((await dutiesOf(alice, events[0]!.blockNumber)).map(({ caseId }) => caseId)).to.deep.equal([newer]);
    expect(await dutiesOf(alice, events[0]!.blockNumber + 1)).to.deep.equal([]);
  });

  it("asks a node for logs in parts that it answers", async function () {
    const { caseId } = await c.open(0);
    await networkHelpers.mine(10_001);
    await c.open(1);
    const asked: number[] = [];
    const watched = new Proxy(provider, {
      get(target, key, proxy) {
        if (key === "provider") return proxy as unknown;
        const value: unknown = Reflect.get(target, key, target);
        if (key !== "getLogs") return typeof value === "function" ? (value.bind(target) as unknown) : value;
        return async (filter: { fromBlock: number; toBlock: number }) => {
          asked.push(filter.toBlock - filter.fromBlock + 1);
          return target.getLogs(filter);
        };
      },
    });
    const duties = await readDuties(watched, c.deployment, { account: c.alice.address, fromBlock: 0 });
    expect(duties.map((duty) => duty.caseId)).to.include(caseId);
    expect(Math.max(...asked)).to.equal(10_000);
    expect(asked.reduce((sum, blocks) => sum + blocks, 0)).to.equal((await provider.getBlockNumber()) + 1);
  });
});

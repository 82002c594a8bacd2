import { expect } from "chai";
import { ZeroAddress, parseEther } from "ethers";

import { checkReceipt } from "../../src/actions/checkReceipt.ts";
import { readOperator } from "../../src/actions/readOperator.ts";
import { slashEquivocation } from "../../src/actions/slashEquivocation.ts";
import { unstake } from "../../src/actions/unstake.ts";
import { withdraw } from "../../src/actions/withdraw.ts";
import { AnswerStatus } from "../../src/protocol/answers.ts";
import { OperatorStatus } from "../../src/protocol/operators.ts";
import { EquivocatingAgent, OperatorAgent, Reporter, falsify, hotKey } from "../setup/agents.ts";
import { refused } from "../setup/refused.ts";
import { BOND, UNBONDING, enter, openStage, pass, sweep, wealth, type Stage } from "../setup/stage.ts";

const STAKE = parseEther("5000");

describe("flows/equivocation", () => {
  let stage: Stage;
  let agent: EquivocatingAgent;

  beforeEach(async () => {
    stage = await openStage();
    agent = await new EquivocatingAgent(stage, "liar", stage.protocol.others[0]!, await hotKey("liar")).enlist(STAKE);
  });

  const question = (nonce: bigint) => ({
    text: "All human beings are born free and equal in dignity and rights.",
    requester: stage.protocol.others[5]!.address,
    nonce,
    beneficiary: ZeroAddress,
  });

  it("costs the whole bond and nothing else: half to the reporter, half to the reserve, once", async () => {
    const { protocol, deployment, ledger } = stage;
    const account = await enter(stage, "reporter", protocol.others[1]!);
    const reporter = new Reporter(stage, account);
    const before = await wealth(stage, agent.address);

    const answers = await agent.work([question(1n), question(2n)]);
    const taken: bigint[] = [];
    for (const answer of answers) taken.push(await reporter.hear(answer));

    expect(taken).to.deep.equal([0n, 0n, BOND, 0n]);
    const { status } = await readOperator(stage.provider, deployment, { operator: agent.address });
    expect(status).to.equal(OperatorStatus.Tombstoned);
    const recalled = await checkReceipt(stage.provider, deployment, { receipt: answers[0]!.receipt });
    expect(recalled.status).to.equal(AnswerStatus.Recalled);
    await refused(agent.anchor([await agent.answer(question(3n))]), "OperatorInStatus");
    const again = { first: answers[0]!, second: answers[2]! };
    await refused(slashEquivocation(account, deployment, again), "SlashedAlready");
    // The second pair is a second offence, and finds an empty bond.
    const second = { first: answers[1]!, second: answers[3]! };
    expect(await slashEquivocation(account, deployment, second)).to.equal(0n);

    await unstake(agent.account, deployment, { amount: STAKE - BOND });
    await pass(stage, UNBONDING);
    await sweep(stage, agent.address);
    expect(await withdraw(agent.account, deployment)).to.equal(STAKE - BOND);
    ledger.withdraw(agent.address, STAKE - BOND);
    expect((await wealth(stage, agent.address)) - before).to.equal(-BOND);
    await ledger.assertSettled();
  });

  it("is proven by two anchored leaves, without signatures", async () => {
    const { protocol, deployment, ledger } = stage;
    const reporter = await enter(stage, "reporter", protocol.others[1]!);
    const honest = await agent.answer(question(1n));
    const lie = await falsify(stage, agent.key, honest);
    const other = await agent.answer(question(2n));
    const first = (await agent.anchor([other, honest])).leaf(1);
    const second = (await agent.anchor([lie])).leaf(0);

    expect(await slashEquivocation(reporter, deployment, { first, second })).to.equal(BOND);
    ledger.slash(agent.address, BOND, reporter.address, BOND / 2n);
    await ledger.assertSettled();
  });

  it("reported by a friend still loses half of the bond, and is no way round the unbonding period", async () => {
    const { protocol, deployment, ledger } = stage;
    const friend = await enter(stage, "friend", protocol.others[1]!);
    const before = (await wealth(stage, agent.address)) + (await wealth(stage, friend.address));
    const first = await agent.answer(question(1n));
    const second = await falsify(stage, agent.key, first);

    await slashEquivocation(friend, deployment, { first, second });
    ledger.slash(agent.address, BOND, friend.address, BOND / 2n);
    const after = (await wealth(stage, agent.address)) + (await wealth(stage, friend.address));
    expect(before - after).to.equal(BOND / 2n);
    await ledger.assertSettled();
  });

  it("is not what an honest operator does that answers the same job twice", async () => {
    const { protocol, deployment, ledger } = stage;
    const honest = await new OperatorAgent(stage, "honest", protocol.others[2]!, await hotKey("honest")).enlist(STAKE);
    const first = await honest.answer(question(1n));
    await pass(stage, 60);
    const second = await honest.answer(question(1n));

    expect(second.receipt.issuedAt).to.be.greaterThan(first.receipt.issuedAt);
    await refused(slashEquivocation(protocol.others[1]!, deployment, { first, second }), "ReceiptsAgree");
    const otherJob = await falsify(stage, honest.key, await honest.answer(question(2n)));
    await refused(slashEquivocation(protocol.others[1]!, deployment, { first, second: otherJob }), "ReceiptsUnrelated");
    await ledger.assertSettled();
  });
});

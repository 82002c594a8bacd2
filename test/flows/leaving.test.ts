import { expect } from "chai";
import { parseEther } from "ethers";

import { anchorReceipt } from "../../src/actions/anchorReceipt.ts";
import { setExposureCap } from "../../src/actions/setExposureCap.ts";
import { unstake } from "../../src/actions/unstake.ts";
import { withdraw } from "../../src/actions/withdraw.ts";
import type { Answer } from "../../src/operator/answerer.ts";
import { LyingAgent, OperatorAgent, Watcher, hotKey } from "../setup/agents.ts";
import { refused } from "../setup/refused.ts";
import { BOND, DAY, HOUR, LOCK, UNBONDING, WINDOW, enter, openStage, pass, sweep, wealth } from "../setup/stage.ts";
import type { Stage } from "../setup/stage.ts";

const STAKE = parseEther("5000");

describe("flows/leaving", () => {
  let stage: Stage;
  let agent: LyingAgent;
  let customer: string;
  let promises: Answer[];
  let before: bigint;

  beforeEach(async () => {
    stage = await openStage();
    const { others } = stage.protocol;
    agent = await new LyingAgent(stage, "leaver", others[0]!, await hotKey("leaver")).enlist(STAKE);
    customer = (await enter(stage, "customer", others[1]!)).address;
    before = await wealth(stage, agent.address);
    const text = "No one shall be held in slavery or servitude.";
    promises = await agent.answerAll(
      [1n, 2n].map((nonce) => ({ text, requester: customer, nonce, beneficiary: customer })),
    );
  });

  /** The customer anchors all promises: full locks, whatever the operator did; then they are found to be lies. */
  async function assertPromisesHold(): Promise<void> {
    const { protocol, deployment, ledger } = stage;
    for (const signed of promises) {
      const { request, output } = signed;
      const { locked } = await anchorReceipt(protocol.others[1]!, deployment, { signed, request, output });
      expect(locked).to.equal(LOCK);
    }
    const watcher = await enter(stage, "watcher", protocol.others[2]!);
    expect(await new Watcher(stage, watcher).check()).to.have.length(promises.length);
    expect(before - (await wealth(stage, agent.address))).to.equal(LOCK * BigInt(promises.length));
    await ledger.assertSettled();
  }

  it("by unstaking everything: what unbonds still answers, and no more than the rest ever leaves", async () => {
    const { deployment, ledger, protocol } = stage;
    await unstake(agent.account, deployment, { amount: STAKE });
    await refused(withdraw(agent.account, deployment), "NothingToWithdraw");
    await pass(stage, DAY - HOUR);
    await assertPromisesHold();
    await pass(stage, UNBONDING);

    const rest = STAKE - BOND - 2n * LOCK;
    expect(await withdraw(agent.account, deployment)).to.equal(rest);
    ledger.withdraw(agent.address, rest);
    await refused(withdraw(agent.account, deployment), "NothingToWithdraw");
    await protocol.operators.connect(agent.account).retire();
    await pass(stage, UNBONDING);
    await protocol.operators.releaseBond(agent.address);
    expect(await withdraw(agent.account, deployment)).to.equal(BOND);
    ledger.withdraw(agent.address, BOND);
    await ledger.assertSettled();
  });

  it("by opting out: it takes effect when no promise can be anchored any more", async () => {
    const { vault, attestations, operators } = stage.protocol;
    await vault.connect(agent.account).optOut(attestations);
    await vault.connect(agent.account).optOut(operators);
    await pass(stage, DAY - HOUR);
    await assertPromisesHold();
    await pass(stage, HOUR + 60);
    await refused(agent.anchor([await agent.answer(nextQuestion())]), "OperatorJailed");
    expect(await attestations.lockable(agent.address)).to.equal(0n);
  });

  it("by lowering the exposure cap: it takes effect when no promise can be anchored any more", async () => {
    const { deployment, protocol } = stage;
    await setExposureCap(agent.account, deployment, { exposureCap: 0n });
    await pass(stage, DAY - HOUR);
    await assertPromisesHold();
    await pass(stage, HOUR + 60);
    expect(await protocol.operators.exposureCap(agent.address)).to.equal(0n);
  });

  it("by retiring: the bond stays for an unbonding period, and new promises are refused", async () => {
    const { operators } = stage.protocol;
    await pass(stage, 60);
    await operators.connect(agent.account).retire();
    await pass(stage, 60);
    await refused(agent.anchor([await agent.answer(nextQuestion())]), "OperatorInStatus");
    const { request, output, ...signed } = await agent.answer(nextQuestion());
    const call = anchorReceipt(stage.protocol.others[1]!, stage.deployment, { signed, request, output });
    await refused(call, "OperatorLeft");
    await assertPromisesHold();
    await stage.connection.ethers.provider.send("evm_mine");
    await expect(operators.releaseBond(agent.address)).to.be.revertedWithCustomError(operators, "BondNotFree");
    await pass(stage, UNBONDING);
    await operators.releaseBond(agent.address);
    expect(await operators.bondOf(agent.address)).to.equal(0n);
  });

  it("loses an honest operator nothing, and it has its whole stake back", async () => {
    const { protocol, deployment, ledger } = stage;
    const honest = await new OperatorAgent(stage, "honest", protocol.others[3]!, await hotKey("honest")).enlist(STAKE);
    await honest.work([nextQuestion()]);
    await unstake(honest.account, deployment, { amount: STAKE });
    await protocol.operators.connect(honest.account).retire();
    await pass(stage, Math.max(UNBONDING, WINDOW));
    await sweep(stage, honest.address);
    await protocol.operators.releaseBond(honest.address);
    expect(await withdraw(honest.account, deployment)).to.equal(STAKE);
    ledger.withdraw(honest.address, STAKE);
    await ledger.assertSettled();
  });

  const nextQuestion = () => ({
    text: "Everyone has the right to recognition everywhere as a person before the law.",
    requester: customer,
    nonce: 99n,
    beneficiary: customer,
  });
});

import { expect } from "chai";
import { parseEther } from "ethers";

import { anchorReceipt } from "../../src/actions/anchorReceipt.ts";
import { checkAnswer } from "../../src/actions/checkAnswer.ts";
import { mergeReceipt } from "../../src/actions/mergeReceipt.ts";
import { publishAnswer } from "../../src/actions/publishAnswer.ts";
import type { Answer } from "../../src/operator/answerer.ts";
import { AnswerStatus, bareLeaf, type Leaf } from "../../src/protocol/answers.ts";
import { LyingAgent, OperatorAgent, SilentAgent, Watcher, hotKey } from "../setup/agents.ts";
import { refused } from "../setup/refused.ts";
import { COVERAGE, DAY, HOUR, LOCK, WINDOW, languageOutput, openStage, enter, pass, wealth } from "../setup/stage.ts";
import type { Stage } from "../setup/stage.ts";

const STAKE = parseEther("5000");
const ENGLISH = "Everyone has the right to own property alone as well as in association with others.";

describe("flows/hiding", () => {
  let stage: Stage;
  let customer: string;

  beforeEach(async () => {
    stage = await openStage();
    customer = (await enter(stage, "customer", stage.protocol.others[1]!)).address;
  });

  const enlist = async (agent: typeof OperatorAgent): Promise<OperatorAgent> =>
    new agent(stage, "operator", stage.protocol.others[0]!, await hotKey("operator")).enlist(STAKE);

  const question = (beneficiary = customer) => ({ text: ENGLISH, requester: customer, nonce: 1n, beneficiary });

  const gateOf = async () => {
    const { connection, deployment, modelId } = stage;
    const language = languageOutput(stage, "eng");
    const parameters = [deployment.attestations, modelId, language, COVERAGE] as const;
    return connection.ethers.deployContract("LanguageGate", [...parameters]);
  };

  const statusOf = async (leaf: Leaf): Promise<AnswerStatus> =>
    (await checkAnswer(stage.provider, stage.deployment, { leaf })).status;

  it("an answer that is never anchored is anchored by its customer alone, and becomes final", async () => {
    const agent = await enlist(SilentAgent);
    const gate = await gateOf();
    const [signed] = await agent.work([question(await gate.getAddress())]);
    const { request, output } = signed!;
    const sent = { signed: signed!, request, output };
    const { locked, finalAt } = await anchorReceipt(stage.protocol.others[1]!, stage.deployment, sent);
    expect(locked).to.equal(LOCK);
    await stage.connection.networkHelpers.time.increaseTo(finalAt);
    await gate.list(request, bareLeaf(signed!.receipt), output);
    expect(await gate.isListed(signed!.receipt.inputHash)).to.equal(true);
    await stage.ledger.assertSettled();
  });

  it("an answer that is never shown expires, is never final, and no gate acts on it", async () => {
    const agent = await enlist(LyingAgent);
    const gate = await gateOf();
    const signed = await agent.answer(question(await gate.getAddress()));
    const leaf = (await agent.anchor([signed])).leaf(0);
    const { request, output } = signed;
    const list = gate.list(request, leaf, output);
    await expect(list).to.be.revertedWithCustomError(gate, "NotPublished").withArgs(AnswerStatus.Pending);
    await pass(stage, WINDOW);
    expect(await statusOf(leaf)).to.equal(AnswerStatus.Expired);
    await pass(stage, 30 * DAY);
    expect(await statusOf(leaf)).to.equal(AnswerStatus.Expired);
    const late = gate.list(request, leaf, output);
    await expect(late).to.be.revertedWithCustomError(gate, "NotPublished").withArgs(AnswerStatus.Expired);
    const shown = { leaf, request, output };
    await refused(publishAnswer(agent.account, stage.deployment, shown), "BatchLockOver");
    await stage.ledger.assertSettled();
  });

  it("a lie shown in the last second has a whole window to be contested, and pays", async () => {
    const agent = await enlist(LyingAgent);
    const before = await wealth(stage, agent.address);
    const signed = await agent.answer(question());
    const leaf = (await agent.anchor([signed])).leaf(0);
    await pass(stage, WINDOW - 60);
    const { request, output } = signed;
    await publishAnswer(agent.account, stage.deployment, { leaf, request, output });
    await pass(stage, WINDOW - 60);
    const watcher = new Watcher(stage, await enter(stage, "watcher", stage.protocol.others[2]!));
    expect(await watcher.check()).to.have.length(1);
    expect(before - (await wealth(stage, agent.address))).to.equal(LOCK);
    expect(await wealth(stage, customer)).to.equal(COVERAGE);
    await stage.ledger.assertSettled();
  });

  it("anchoring alone what was anchored already takes no second lock for good, and frees no liar", async () => {
    const agent = await enlist(LyingAgent);
    const { attestations } = stage.protocol;
    const free = await attestations.lockable(agent.address);
    const signed = await agent.answer(question());
    const leaf = (await agent.anchor([signed])).leaf(0);
    const { request, output } = signed;
    await anchorReceipt(stage.protocol.others[1]!, stage.deployment, { signed, request, output });
    expect(free - (await attestations.lockable(agent.address))).to.equal(2n * LOCK);
    const merged = await mergeReceipt(stage.protocol.others[3]!, stage.deployment, { leaf });
    expect(merged).to.deep.equal({ filled: 0n, freed: LOCK });
    expect(free - (await attestations.lockable(agent.address))).to.equal(LOCK);
    const watcher = new Watcher(stage, await enter(stage, "watcher", stage.protocol.others[2]!));
    expect(await watcher.check()).to.have.length(1);
    await stage.ledger.assertSettled();
  });

  it("frees what was locked for nobody once its time is over", async () => {
    const agent = await enlist(OperatorAgent);
    const { attestations } = stage.protocol;
    const free = await attestations.lockable(agent.address);
    const signed: Answer[] = await agent.answerAll([question(), { ...question(), nonce: 2n }]);
    await agent.anchor(signed);
    expect(free - (await attestations.lockable(agent.address))).to.equal(2n * LOCK);
    await pass(stage, WINDOW + HOUR);
    expect(await attestations.lockable(agent.address)).to.equal(free);
    await stage.ledger.assertSettled();
  });
});

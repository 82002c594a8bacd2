import { expect } from "chai";
import { parseEther } from "ethers";

import { checkAnswer } from "../../src/actions/checkAnswer.ts";
import { publishAnswer } from "../../src/actions/publishAnswer.ts";
import type { Answer } from "../../src/operator/answerer.ts";
import { AnswerStatus } from "../../src/protocol/answers.ts";
import { LateAgent, OperatorAgent, hotKey, resign, anchorAlone } from "../setup/agents.ts";
import { refused } from "../setup/refused.ts";
import { DAY, LOCK, WINDOW, enter, now, openStage, pass, wealth, type Stage } from "../setup/stage.ts";

const STAKE = parseEther("5000");
/** IAttestationRegistry.LeafFault */
const LeafFault = { IssuedTooEarly: 6n, IssuedAfterAnchoring: 7n, AnchorBy: 8n, AnchorByTooLate: 9n };

describe("flows/lateness", () => {
  let stage: Stage;
  let customer: string;

  beforeEach(async () => {
    stage = await openStage();
    customer = (await enter(stage, "customer", stage.protocol.others[1]!)).address;
  });

  const enlist = async (agent: typeof OperatorAgent): Promise<OperatorAgent> =>
    new agent(stage, "operator", stage.protocol.others[0]!, await hotKey("operator")).enlist(STAKE);

  const question = () => ({
    text: "Everyone has the right to rest and leisure.",
    requester: customer,
    nonce: 1n,
    beneficiary: customer,
  });

  const anchor = (signed: Answer) => anchorAlone(stage, stage.protocol.others[1]!, signed);

  /** Signed like this it can be anchored neither alone nor in a batch, whose lock runs out for nothing. */
  async function assertVoid(agent: OperatorAgent, answer: Answer, fault: bigint): Promise<void> {
    expect(await refused(anchor(answer), "ReceiptVoid")).to.include({ fault });
    const leaf = (await agent.anchor([answer])).leaf(0);
    const { request, output } = answer;
    const published = publishAnswer(agent.account, stage.deployment, { leaf, request, output });
    expect(await refused(published, "ReceiptVoid")).to.include({ fault });
    const { status, backed } = await checkAnswer(stage.provider, stage.deployment, { leaf });
    expect([status, backed]).to.deep.equal([AnswerStatus.Unknown, 0n]);
    await pass(stage, WINDOW + 3_600);
    expect(await wealth(stage, agent.address)).to.equal(STAKE);
    await stage.ledger.assertSettled();
  }

  it("an answer dated more than a day back is void", async () => {
    const agent = await enlist(LateAgent);
    const answer = await agent.answer(question());
    await assertVoid(agent, answer, LeafFault.IssuedTooEarly);
  });

  it("an answer dated into the future is void", async () => {
    const agent = await enlist(OperatorAgent);
    const issuedAt = (await now(stage)) + DAY / 2;
    const honest = await agent.answer(question());
    const answer = await resign(stage, agent.key, honest, { issuedAt, anchorBy: issuedAt + DAY });
    await assertVoid(agent, answer, LeafFault.IssuedAfterAnchoring);
  });

  it("an answer that claims more than a day to be anchored is void", async () => {
    const agent = await enlist(OperatorAgent);
    const honest = await agent.answer(question());
    const { issuedAt } = honest.receipt;
    const answer = await resign(stage, agent.key, honest, { anchorBy: issuedAt + DAY + 1 });
    await assertVoid(agent, answer, LeafFault.AnchorByTooLate);
  });

  it("an answer whose anchorBy is over is void, and the customer knows when that is", async () => {
    const agent = await enlist(OperatorAgent);
    const honest = await agent.answer(question());
    const answer = await resign(stage, agent.key, honest, { anchorBy: honest.receipt.issuedAt + 600 });
    await pass(stage, 600);
    await assertVoid(agent, answer, LeafFault.AnchorBy);
  });

  it("until the last second of its day an answer can be anchored", async () => {
    const agent = await enlist(OperatorAgent);
    const answer = await agent.answer(question());
    const { time } = stage.connection.networkHelpers;
    await time.setNextBlockTimestamp(answer.receipt.anchorBy - 1);
    expect(await anchor(answer)).to.equal(LOCK);
    await stage.ledger.assertSettled();
  });
});

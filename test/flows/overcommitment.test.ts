import { expect } from "chai";
import { parseEther } from "ethers";

import { checkReceipt } from "../../src/actions/checkReceipt.ts";
import { honour } from "../../src/actions/honour.ts";
import { readOperator } from "../../src/actions/readOperator.ts";
import { slashDishonoured } from "../../src/actions/slashDishonoured.ts";
import { stake } from "../../src/actions/stake.ts";
import { verifyReceipt } from "../../src/actions/verifyReceipt.ts";
import type { Answer } from "../../src/operator/answerer.ts";
import { AnswerStatus } from "../../src/protocol/answers.ts";
import { OperatorStatus } from "../../src/protocol/operators.ts";
import { SilentAgent, hotKey, anchorAlone } from "../setup/agents.ts";
import { refused } from "../setup/refused.ts";
import { BOND, HONOUR_WINDOW, HOUR, WINDOW, enter, openStage, pass, wealth, type Stage } from "../setup/stage.ts";

/** Of which 90 % can be locked: the bond, and 125 for answers. */
const STAKE = parseEther("1250");
const LOCKABLE = parseEther("125");
/** Each promise needs 250 with its penalty: half of the first can be locked, nothing of the others. */
const PROMISED = parseEther("100");
const NEEDED = parseEther("250");

describe("flows/overcommitment", () => {
  let stage: Stage;
  let agent: SilentAgent;
  let customer: string;
  let before: bigint;

  beforeEach(async () => {
    stage = await openStage();
    const { others } = stage.protocol;
    agent = await new SilentAgent(stage, "promiser", others[0]!, await hotKey("promiser")).enlist(STAKE);
    customer = (await enter(stage, "customer", others[1]!)).address;
    before = await wealth(stage, agent.address);
  });

  const promises = async (count: number): Promise<Answer[]> => {
    const text = "Everyone has the right to a nationality.";
    const nonces = Array.from({ length: count }, (_, i) => BigInt(i + 1));
    const of = { text, requester: customer, beneficiary: customer, coverage: PROMISED };
    return agent.work(nonces.map((nonce) => ({ ...of, nonce })));
  };

  const anchor = (signed: Answer) => anchorAlone(stage, stage.protocol.others[1]!, signed);

  const status = async ({ receipt }: Answer): Promise<AnswerStatus> =>
    (await checkReceipt(stage.provider, stage.deployment, { receipt })).status;

  it("is paid for out of the bond, customer by customer, until the bond is gone", async () => {
    const { protocol, deployment, ledger, provider } = stage;
    const answers = await promises(8);
    const locks: bigint[] = [];
    for (const answer of answers) locks.push(await anchor(answer));
    expect(locks).to.deep.equal([LOCKABLE, ...Array<bigint>(7).fill(0n)]);

    await refused(slashDishonoured(protocol.others[2]!, deployment, answers[0]!), "HonourTime");
    await pass(stage, HONOUR_WINDOW);
    await refused(honour(agent.account, deployment, answers[0]!), "HonourTime");

    // Missing: 50 of the first, 100 of each other; twice that is taken while the bond lasts.
    const expected = ["100", "200", "200", "200", "200", "100", "0", "0"].map((amount) => parseEther(amount));
    const taken: bigint[] = [];
    for (const answer of answers) taken.push(await slashDishonoured(protocol.others[2]!, deployment, answer));
    expect(taken).to.deep.equal(expected);
    for (const amount of expected) ledger.slash(agent.address, amount, customer, amount / 2n);
    await refused(slashDishonoured(protocol.others[2]!, deployment, answers[0]!), "SlashedAlready");

    await pass(stage, WINDOW);
    for (const answer of answers) expect(await status(answer)).to.equal(AnswerStatus.Expired);
    const state = await readOperator(provider, deployment, { operator: agent.address });
    expect([state.status, state.bond]).to.deep.equal([OperatorStatus.Jailed, 0n]);
    expect(before - (await wealth(stage, agent.address))).to.equal(BOND);
    expect(await wealth(stage, customer)).to.equal(BOND / 2n);
    await ledger.assertSettled();
  });

  it("against a friend loses half of what the bond pays", async () => {
    const { protocol, deployment, ledger } = stage;
    const answers = await promises(6);
    for (const answer of answers) await anchor(answer);
    await pass(stage, HONOUR_WINDOW);
    for (const answer of answers) await slashDishonoured(protocol.others[1]!, deployment, answer);
    ledger.slash(agent.address, BOND, customer, BOND / 2n);
    const coalition = (await wealth(stage, agent.address)) + (await wealth(stage, customer));
    expect(before - coalition).to.equal(BOND / 2n);
    await ledger.assertSettled();
  });

  it("was to be seen before: the toolkit calls the promise short", async () => {
    const [answer] = await promises(1);
    const { ok, problems } = await verifyReceipt(stage.provider, stage.deployment, {
      signed: answer!,
      request: answer!.request,
      output: answer!.output,
      courtTrust: answer!.receipt.coverage,
    });
    expect(ok).to.equal(false);
    expect(problems).to.have.length(1);
  });

  it("costs nothing if it is made good in time, and the answer becomes final", async () => {
    const { protocol, deployment, ledger } = stage;
    const [answer] = await promises(1);
    expect(await anchor(answer!)).to.equal(LOCKABLE);
    await pass(stage, HONOUR_WINDOW - HOUR);
    await refused(honour(agent.account, deployment, answer!), "CannotHonour");
    const more = parseEther("200");
    ledger.fund(agent.address, more);
    await protocol.token.connect(protocol.deployer).transfer(agent.account, more);
    await stake(agent.account, deployment, { amount: more });
    ledger.stake(agent.address, more);

    expect(await honour(protocol.others[2]!, deployment, answer!)).to.equal(NEEDED - LOCKABLE);
    await pass(stage, HONOUR_WINDOW + WINDOW);
    await refused(slashDishonoured(protocol.others[2]!, deployment, answer!), "LockWhole");
    expect(await status(answer!)).to.equal(AnswerStatus.Final);
    expect((await wealth(stage, agent.address)) - before).to.equal(more);
    await ledger.assertSettled();
  });
});

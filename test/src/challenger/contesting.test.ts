import { expect } from "chai";
import { parseEther } from "ethers";

import { checkReceipt } from "../../../src/actions/checkReceipt.ts";
import { openGame } from "../../../src/actions/openGame.ts";
import { proveFault } from "../../../src/actions/proveFault.ts";
import { readCase } from "../../../src/actions/readCase.ts";
import type { Answer } from "../../../src/operator/answerer.ts";
import { AnswerStatus, bareLeaf } from "../../../src/protocol/answers.ts";
import { receiptId } from "../../../src/protocol/receipts.ts";
import { CaseState } from "../../../src/protocol/rulings.ts";
import { AlteringAgent, LyingAgent, anchorAlone, hotKey, type OperatorAgent } from "../../setup/agents.ts";
import { claimOf, faultIn } from "../../setup/challenger.ts";
import { corrupt } from "../../setup/corruption.ts";
import { OperatorApi } from "../../setup/operatorApi.ts";
import {
  COVERAGE,
  GAME_BOND,
  WINDOW,
  enter,
  openStage,
  pass,
  publishAnother,
  requestOf,
  wealth,
  type Stage,
} from "../../setup/stage.ts";
import { WatchTower, until } from "../../setup/watching.ts";

const STAKE = parseEther("5000");
const PURSE = parseEther("5000");
const TEXT = "Everyone has the right to own property alone as well as in association with others.";

describe("src/challenger/contesting", () => {
  let stage: Stage;
  let api: OperatorApi;
  let tower: WatchTower;
  let customer: string;
  let nonce = 0n;

  beforeEach(async () => {
    stage = await openStage();
    customer = (await enter(stage, "customer", stage.protocol.others[1]!)).address;
    api = await new OperatorApi().start();
    tower = await WatchTower.build(stage, PURSE);
  });

  afterEach(async () => {
    await tower.dismantle();
    await api.stop();
  });

  const enlist = async <Agent extends OperatorAgent>(
    agent: new (...parameters: ConstructorParameters<typeof OperatorAgent>) => Agent,
    staked = STAKE,
  ): Promise<Agent> => new agent(stage, "operator", stage.protocol.others[0]!, await hotKey("operator")).enlist(staked);

  const ask = async (of: OperatorAgent, coverage = COVERAGE): Promise<Answer> => {
    nonce += 1n;
    const request = requestOf(stage, TEXT);
    return of.fulfil({ request, requester: customer, nonce, beneficiary: customer, coverage });
  };
  const statusOf = async ({ receipt }: Answer): Promise<AnswerStatus> =>
    (await checkReceipt(stage.provider, stage.deployment, { receipt })).status;
  const left = (reason: string) => async () =>
    (await tower.metric(`credence_challenger_refusals_total{reason="${reason}"`)) === 1;

  async function expectNothingSent(): Promise<void> {
    expect(await stage.provider.getTransactionCount(tower.wallet.address)).to.equal(0);
    expect(await wealth(stage, tower.wallet.address)).to.equal(PURSE);
    expect(await tower.metric("credence_challenger_bonds")).to.equal(0);
  }

  it("an answer whose time is over is not replayed, and not contested", async () => {
    const operator = await enlist(AlteringAgent);
    const answer = await ask(operator);
    await operator.publish(await api.anchor(operator, [answer]), [answer]);
    await pass(stage, WINDOW);
    await tower.start();
    await until(
      "its batch is read",
      async () => (await tower.metric('credence_challenger_batches{state="read"')) === 1,
    );
    expect(await statusOf(answer)).to.equal(AnswerStatus.Final);
    expect(await tower.metric('credence_challenger_answers{verdict="open"')).to.equal(1);
    await expectNothingSent();
  });

  it("an answer whose time ends while it waits for gas is left alone, and its bond is free again", async () => {
    const operator = await enlist(AlteringAgent);
    const answer = await ask(operator);
    await operator.publish(await api.anchor(operator, [answer]), [answer]);
    await tower.start({ budget: { bonds: "100", gasEth: "0.0000000001", maxOpenGames: 1 } });
    const refused = 'credence_challenger_failures_total{task="contest",code="BUDGET_GAS"';
    await until("there is no gas", async () => (await tower.metric(refused)) > 0);
    await pass(stage, WINDOW);
    await until("it is left alone", left("over"));
    await expectNothingSent();
  });

  it("an answer that a game of somebody else holds beyond its time gets no game of ours", async () => {
    const operator = await enlist(AlteringAgent);
    const answer = await ask(operator);
    await operator.publish(await api.anchor(operator, [answer]), [answer]);
    const stranger = stage.protocol.others[3]!;
    await (await stage.protocol.token.connect(stage.protocol.deployer).transfer(stranger.address, GAME_BOND)).wait();
    await openGame(stranger, stage.deployment, { leaf: bareLeaf(answer.receipt) });
    await tower.start({ budget: { bonds: "100", gasEth: "0.0000000001", maxOpenGames: 1 } });
    const refused = 'credence_challenger_failures_total{task="contest",code="BUDGET_GAS"';
    await until("there is no gas", async () => (await tower.metric(refused)) > 0);
    await pass(stage, WINDOW);
    expect(await statusOf(answer)).to.equal(AnswerStatus.Contested);
    await until("it is left alone", left("over"));
    await expectNothingSent();
  });

  it("follows the operators that it is told to, and no others", async () => {
    const operator = await enlist(LyingAgent);
    const answer = await ask(operator);
    await operator.publish(await api.anchor(operator, [answer]), [answer]);
    const { number } = (await stage.provider.getBlock("latest"))!;
    await tower.start({ operators: [stage.protocol.others[7]!.address] });
    await until("it has followed", async () => (await tower.metric("credence_challenger_head")) >= number);
    expect(api.asked).to.deep.equal([]);
    expect(await tower.metric("credence_challenger_answers")).to.equal(0);
    await expectNothingSent();
  });

  it("what somebody else has overturned is left alone", async () => {
    const operator = await enlist(LyingAgent);
    const answer = await ask(operator);
    await operator.publish(await api.anchor(operator, [answer]), [answer]);
    const { receipt } = answer;
    await proveFault(stage.protocol.others[3]!, stage.deployment, {
      receipt,
      fault: faultIn(stage, claimOf(stage, answer)),
    });
    await tower.start();
    await until("it is left alone", left("overturned"));
    await expectNothingSent();
  });

  it("an answer behind which nothing is locked pays nothing, and is left alone unless it is asked for", async () => {
    const operator = await enlist(LyingAgent, parseEther("1250")); // of which 125 can be locked for answers
    const first = await ask(operator, parseEther("100"));
    await anchorAlone(stage, stage.protocol.others[2]!, first); // takes all of it
    const answer = await ask(operator, parseEther("100"));
    expect(await anchorAlone(stage, stage.protocol.others[2]!, answer)).to.equal(0n);
    await tower.start();
    await until("it is left alone", left("unpaid"));
    await until("the other is overturned", async () => (await statusOf(first)) === AnswerStatus.Overturned);
    expect(await statusOf(answer)).to.equal(AnswerStatus.Pending);
    await tower.stop();
    await tower.start({ contestUnpaid: true });
    await until("it is overturned", async () => (await statusOf(answer)) === AnswerStatus.Overturned);
  });

  it("a withheld trace whose tensor 0 only the court could judge costs no bond unless the court is configured", async () => {
    const { spec, weights, textManifest } = stage.lande;
    stage = await publishAnother(stage, "text", { spec, weights, preprocessHash: textManifest.preprocessHash });
    const operator = await enlist(AlteringAgent);
    operator.lie = (trace) => corrupt(stage.model, trace, { tensor: 0, byte: 3, flip: 0x10, isCarried: true });
    const answer = await ask(operator);
    await operator.publish(await api.anchor(operator, [answer]), [answer]);
    await tower.start({ models: [{ modelId: stage.modelId, source: { kind: "lande" } }] });
    await until("it is left alone", left("judgement"));
    await expectNothingSent();
  });

  it("a tensor 0 that does not follow from the request is for the court, and only if that is configured", async () => {
    const { spec, weights, textManifest } = stage.lande;
    const asked = await publishAnother(stage, "text", { spec, weights, preprocessHash: textManifest.preprocessHash });
    stage = asked;
    const operator = await enlist(AlteringAgent);
    operator.lie = (trace) => corrupt(stage.model, trace, { tensor: 0, byte: 3, flip: 0x10, isCarried: true });
    const answer = await ask(operator);
    api.showTrace(operator, answer.receipt);
    await operator.publish(await api.anchor(operator, [answer]), [answer]);
    const models = [{ modelId: stage.modelId, source: { kind: "lande" } }];
    await tower.start({ models });
    await until("it is left alone", left("judgement"));
    await expectNothingSent();
    await tower.stop();
    await tower.start({ models, court: true, budget: { bonds: "5000", gasEth: "5", maxOpenGames: 0 } });
    await tower.hears("contested an answer");
    const caseId = receiptId(stage.domain, answer.receipt);
    const opened = await readCase(stage.provider, stage.deployment, { caseId });
    expect([opened.state, opened.opener]).to.deep.equal([CaseState.Open, tower.wallet.address]);
    const cost = PURSE - (await wealth(stage, tower.wallet.address));
    await until("it counts", async () => (await tower.metric("credence_challenger_bonds")) === Number(cost));
  });
});

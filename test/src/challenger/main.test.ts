import { expect } from "chai";
import { parseEther } from "ethers";

import { checkReceipt } from "../../../src/actions/checkReceipt.ts";
import { readOperator } from "../../../src/actions/readOperator.ts";
import type { Answer } from "../../../src/operator/answerer.ts";
import { AnswerStatus, bareLeaf } from "../../../src/protocol/answers.ts";
import { OperatorStatus } from "../../../src/protocol/operators.ts";
import { AlteringAgent, falsify, hotKey, LyingAgent, OperatorAgent } from "../../setup/agents.ts";
import { OperatorApi } from "../../setup/operatorApi.ts";
import {
  BOND,
  COVERAGE,
  GAME_BOND,
  LOCK,
  MOVE_WINDOW,
  PENALTY,
  RESERVE,
  enter,
  openStage,
  pass,
  requestOf,
  wealth,
  type Stage,
} from "../../setup/stage.ts";
import { WatchTower, until } from "../../setup/watching.ts";

const STAKE = parseEther("5000");
const PURSE = parseEther("200");
const BOUNTY = PENALTY / 2n;
const TEXT = "Everyone has the right to own property alone as well as in association with others.";

describe("src/challenger/main", () => {
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
  ): Promise<Agent> => new agent(stage, "operator", stage.protocol.others[0]!, await hotKey("operator")).enlist(STAKE);

  const ask = async (of: OperatorAgent): Promise<Answer> => {
    nonce += 1n;
    const request = requestOf(stage, TEXT);
    return of.fulfil({ request, requester: customer, nonce, beneficiary: customer, coverage: COVERAGE });
  };
  const statusOf = async ({ receipt }: Answer): Promise<AnswerStatus> =>
    (await checkReceipt(stage.provider, stage.deployment, { receipt })).status;
  const isOverturned = (answer: Answer) => async () => (await statusOf(answer)) === AnswerStatus.Overturned;
  const gain = async (account: string, before = 0n): Promise<bigint> => (await wealth(stage, account)) - before;

  async function expectPaid(operator: OperatorAgent): Promise<void> {
    expect(await gain(operator.address, STAKE), "operator").to.equal(-LOCK);
    expect(await gain(customer), "customer").to.equal(COVERAGE);
    expect(await gain(tower.wallet.address, PURSE), "challenger").to.equal(BOUNTY);
    expect(await gain(RESERVE), "reserve").to.equal(PENALTY - BOUNTY);
  }

  it("a wrong answer whose trace is shown is published, overturned and paid", async () => {
    const operator = await enlist(AlteringAgent);
    const answer = await ask(operator);
    api.showTrace(operator, answer.receipt);
    await api.anchor(operator, [answer]);
    await tower.start();
    await until("the answer is overturned", isOverturned(answer));
    await expectPaid(operator);
    await tower.hears("an answer was overturned by a proof");
    expect(await tower.metric('credence_challenger_acts_total{kind="prove"')).to.equal(1);
    expect(await tower.metric('credence_challenger_acts_total{kind="game"')).to.equal(0);
  });
});

import { expect } from "chai";
import { parseEther } from "ethers";

import { checkReceipt } from "../../../src/actions/checkReceipt.ts";
import { readOperator } from "../../../src/actions/readOperator.ts";
import type { Answer } from "../../../src/operator/answerer.ts";
import { AnswerStatus } from "../../../src/protocol/answers.ts";
import { OperatorStatus } from "../../../src/protocol/operators.ts";
import {
  AlteringAgent,
  LyingAgent,
  OperatorAgent,
  SilentAgent,
  anchorAlone,
  falsify,
  hotKey,
} from "../../setup/agents.ts";
import { defend } from "../../setup/challenger.ts";
import { WIDE } from "../../setup/graphs.ts";
import { OperatorApi } from "../../setup/operatorApi.ts";
import {
  BOND,
  COVERAGE,
  GAME_BOND,
  HONOUR_WINDOW,
  LOCK,
  MOVE_WINDOW,
  PENALTY,
  RESERVE,
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

  it("a wrong answer that was published and whose trace is withheld: a game, which the operator's silence loses", async () => {
    const operator = await enlist(AlteringAgent);
    const answer = await ask(operator);
    await operator.publish(await api.anchor(operator, [answer]), [answer]);
    await tower.start();
    await tower.hears("contested an answer");
    expect(await gain(tower.wallet.address, PURSE), "its bond").to.equal(-GAME_BOND);
    expect(await tower.metric("credence_challenger_open_games")).to.equal(1);
    expect(await tower.metric("credence_challenger_bonds")).to.equal(Number(GAME_BOND));
    await pass(stage, MOVE_WINDOW);
    await until("the answer is overturned", isOverturned(answer));
    await expectPaid(operator);
    await until("no game is open", async () => (await tower.metric("credence_challenger_open_games")) === 0);
  });

  it("a restart in the middle of a game: it goes on to the proof, and no second bond was paid", async () => {
    const operator = await enlist(AlteringAgent);
    const answer = await ask(operator);
    await api.anchor(operator, [answer]);
    await tower.start();
    const { receipt } = answer;
    const game = { gameId: 1n, receipt };
    await tower.hears("contested an answer");
    await defend(stage, operator, game);
    await tower.hears("moved in a game");
    await tower.stop();
    const moves: string[] = [await defend(stage, operator, game)];
    const from = tower.lines.length;
    await tower.start();
    for (let i = 0; i < 20 && !(await isOverturned(answer)()); i++) {
      const moved = tower.said("moved in a game", from).length;
      await until("it moves", async () => tower.said("moved in a game", from).length > moved || isOverturned(answer)());
      if (!(await isOverturned(answer)())) moves.push(await defend(stage, operator, game));
    }
    expect(moves.filter((kind) => kind !== "wait")).to.deep.equal(["revealLeaf"]);
    await until("its bond is back", async () => (await gain(tower.wallet.address, PURSE)) === BOUNTY);
    await expectPaid(operator);
    const { disputes } = stage.protocol;
    expect(await disputes.queryFilter(disputes.filters.GameOpened())).to.have.length(1);
  });

  it("stopped while its opening is under way, and started before that is in a block: one game, one bond", async () => {
    const operator = await enlist(AlteringAgent);
    const answer = await ask(operator);
    await operator.publish(await api.anchor(operator, [answer]), [answer]);
    const { provider, connection } = stage;
    const send = async (method: string, ...params: unknown[]): Promise<unknown> =>
      connection.provider.request({ method, params });
    const pending = async () => Number(await send("eth_getTransactionCount", tower.wallet.address, "pending"));
    const { disputes } = stage.protocol;
    await send("evm_setAutomine", false);
    try {
      await tower.start();
      await until("the allowance is sent", async () => (await pending()) === 1);
      await send("hardhat_mine", "0x1");
      await until("the opening is sent", async () => (await pending()) === 2);
      await tower.stop();
      const started = tower.start();
      await new Promise((resolve) => setTimeout(resolve, 300));
      expect(await disputes.queryFilter(disputes.filters.GameOpened())).to.have.length(0);
      await send("hardhat_mine", "0x1");
      await started;
      await until("the game is followed", async () => (await tower.metric("credence_challenger_open_games")) === 1);
      for (let i = 0; i < 5; i++) {
        await send("hardhat_mine", "0x1");
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    } finally {
      await send("evm_setAutomine", true);
    }
    expect(await disputes.queryFilter(disputes.filters.GameOpened())).to.have.length(1);
    expect(await provider.getTransactionCount(tower.wallet.address)).to.equal(2);
    expect(await gain(tower.wallet.address, PURSE)).to.equal(-GAME_BOND);
  });

  it("a right answer is replayed and left alone", async () => {
    const operator = await enlist(OperatorAgent);
    const answers = [await ask(operator), await ask(operator)];
    await operator.publish(await api.anchor(operator, answers), answers.slice(0, 1));
    await tower.start();
    await until(
      "both are judged",
      async () => (await tower.metric('credence_challenger_answers{verdict="right"')) === 2,
    );
    expect(await tower.metric("credence_challenger_acts_total")).to.equal(0);
    expect(await gain(tower.wallet.address, PURSE)).to.equal(0n);
    expect(await stage.provider.getTransactionCount(tower.wallet.address)).to.equal(0);
    expect(
      api.asked.filter((path) => path.includes("traces")),
      "nobody asks for its trace",
    ).to.deep.equal([]);
  });

  it("an operator that signed twice for one job is reported by its leaves, and out for good", async () => {
    const operator = await enlist(OperatorAgent);
    const answer = await ask(operator);
    const lie = await falsify(stage, operator.key, answer);
    await operator.publish(await api.anchor(operator, [answer]), [answer]);
    await api.anchor(operator, [lie]);
    await tower.start({ models: [] }); // it need not be able to run the model
    await tower.hears("reported an operator");
    const { status } = await readOperator(stage.provider, stage.deployment, { operator: operator.address });
    expect(status).to.equal(OperatorStatus.Tombstoned);
    expect(await gain(tower.wallet.address, PURSE)).to.equal(BOND / 2n);
    expect(await gain(operator.address, STAKE)).to.equal(-BOND);
  });

  it("a second receipt that somebody was handed is heard of, and reported with the signature", async () => {
    const operator = await enlist(OperatorAgent);
    const answer = await ask(operator);
    const lie = await falsify(stage, operator.key, answer);
    await operator.publish(await api.anchor(operator, [answer]), [answer]);
    const { hear } = await tower.start({ models: [] });
    hear(lie);
    hear(lie);
    await tower.hears("reported an operator");
    expect(await gain(tower.wallet.address, PURSE)).to.equal(BOND / 2n);
    const forged = { ...lie, receipt: { ...lie.receipt, traceRoot: answer.receipt.inputHash } };
    expect(() => hear(forged)).to.throw("is not signed by");
  });

  it("a budget that is exhausted opens no second game, and the first is still finished", async () => {
    const operator = await enlist(AlteringAgent);
    const answers = [await ask(operator), await ask(operator)];
    await operator.publish(await api.anchor(operator, answers), answers);
    await tower.start({ budget: { bonds: "99.9", gasEth: "5", maxOpenGames: 10 } });
    await tower.hears("contested an answer");
    await until("the second is refused", async () => (await tower.metric("credence_challenger_refusals_total")) > 1);
    const { disputes } = stage.protocol;
    const opened = async () => (await disputes.queryFilter(disputes.filters.GameOpened())).length;
    expect(await opened()).to.equal(1);
    await tower.stop();
    await tower.start({ budget: { bonds: "0", gasEth: "0", maxOpenGames: 0 } });
    await pass(stage, MOVE_WINDOW);
    const count = async () => (await Promise.all(answers.map(statusOf))).filter((s) => s === AnswerStatus.Overturned);
    await until("the first is overturned", async () => (await count()).length === 1);
    expect(await opened()).to.equal(1);
    expect(await gain(tower.wallet.address, PURSE)).to.equal(BOUNTY);
  });

  it("dryRun says what it would do, and does nothing", async () => {
    const operator = await enlist(LyingAgent);
    const answer = await ask(operator);
    await operator.publish(await api.anchor(operator, [answer]), [answer]);
    await tower.start({ dryRun: true });
    await tower.hears("would contest an answer");
    expect(await stage.provider.getTransactionCount(tower.wallet.address)).to.equal(0);
    await tower.stop();
    await tower.start();
    await until("the answer is overturned", isOverturned(answer));
  });

  it("a day's limit of gas that is used up leaves what can be left, and reads on", async () => {
    const operator = await enlist(LyingAgent);
    const answer = await ask(operator);
    await operator.publish(await api.anchor(operator, [answer]), [answer]);
    await tower.start({ budget: { bonds: "100", gasEth: "0.000000001", maxOpenGames: 2 } });
    const refused = 'credence_challenger_failures_total{task="contest",code="BUDGET_GAS"';
    await until("there is no gas", async () => (await tower.metric(refused)) > 0);
    expect(await stage.provider.getTransactionCount(tower.wallet.address)).to.equal(0);
    await tower.stop();
    await tower.start();
    await until("the answer is overturned", isOverturned(answer));
    const paid = parseEther("10") - (await stage.provider.getBalance(tower.wallet.address));
    const isKnown = async () => (await tower.metric("credence_challenger_gas_wei")) === Number(paid);
    await until("what it cost is in the journal, to the wei", isKnown);
  });

  it("a promise that was not kept is reported when its time is over, once", async () => {
    const operator = await new SilentAgent(
      stage,
      "operator",
      stage.protocol.others[0]!,
      await hotKey("operator"),
    ).enlist(
      parseEther("1250"), // of which 125 can be locked for answers: half of what this one needs
    );
    const coverage = parseEther("100");
    const request = requestOf(stage, TEXT);
    const answer = await operator.fulfil({ request, requester: customer, nonce: 1n, beneficiary: customer, coverage });
    await anchorAlone(stage, stage.protocol.others[2]!, answer);
    await tower.start();
    await until(
      "the answer is judged",
      async () => (await tower.metric('credence_challenger_answers{verdict="right"')) === 1,
    );
    expect(tower.said("reported an operator")).to.deep.equal([]);
    await pass(stage, HONOUR_WINDOW);
    await tower.hears("reported an operator");
    expect(await gain(customer)).to.equal(parseEther("50"));
    await pass(stage, 60);
    expect(await tower.metric('credence_challenger_acts_total{kind="report"')).to.equal(1);
  });

  it("is one at a time on its journal", async () => {
    await tower.start();
    let code = "";
    try {
      await tower.start();
    } catch (error) {
      code = (error as { code: string }).code;
    }
    expect(code).to.equal("JOURNAL_IN_USE");
  });

  it("a model that is not the one on chain is refused at the start", async () => {
    const other = await publishAnother(stage, "other", { ...WIDE });
    let code = "";
    try {
      await tower.start({ models: [{ modelId: other.modelId, source: { kind: "lande" } }] });
    } catch (error) {
      code = (error as { code: string }).code;
    }
    expect(code).to.equal("MODEL_OTHER");
  });
});

import { expect } from "chai";
import { dataLength, parseEther } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

import { checkReceipt } from "../../../src/actions/checkReceipt.ts";
import { honour } from "../../../src/actions/honour.ts";
import { readCase } from "../../../src/actions/readCase.ts";
import { readOperator } from "../../../src/actions/readOperator.ts";
import { stake } from "../../../src/actions/stake.ts";
import type { Answer } from "../../../src/operator/answerer.ts";
import { AnswerStatus } from "../../../src/protocol/answers.ts";
import { Phase } from "../../../src/protocol/court.ts";
import { OperatorStatus } from "../../../src/protocol/operators.ts";
import { receiptId } from "../../../src/protocol/receipts.ts";
import { CaseState } from "../../../src/protocol/rulings.ts";
import { AlteringAgent, LyingAgent, OperatorAgent, anchorAlone, falsify, hotKey, resign } from "../../setup/agents.ts";
import { defend } from "../../setup/challenger.ts";
import { CONDUCT, Courthouse } from "../../setup/courthouse.ts";
import { OperatorApi } from "../../setup/operatorApi.ts";
import { COVERAGE, DAY, HOUR, enter, now, openStage, pass, requestOf, wealth, type Stage } from "../../setup/stage.ts";
import { WatchTower, until } from "../../setup/watching.ts";

const STAKE = parseEther("5000");
const PURSE = parseEther("5000");
const TEXT = "Everyone has the right to own property alone as well as in association with others.";

type RpcCall = { method: string; params?: unknown[] };

describe("src/challenger: hostile operators, and nodes that are behind themselves", () => {
  let stage: Stage;
  let api: OperatorApi;
  let tower: WatchTower;
  let customer: string;
  let nonce = 0n;
  /** Stands between the tower and its chain: what it gives is answered in place of what the chain says. */
  let intercept: (call: RpcCall, result: unknown) => unknown;

  beforeEach(async () => {
    stage = await openStage();
    customer = (await enter(stage, "customer", stage.protocol.others[1]!)).address;
    api = await new OperatorApi().start();
    intercept = (_, result) => result;
    const { provider } = stage.connection;
    const request = async (call: RpcCall): Promise<unknown> => intercept(call, await provider.request(call));
    const connection = { ...stage.connection, provider: { request } } as unknown as NetworkConnection;
    tower = await WatchTower.build({ ...stage, connection }, PURSE);
  });

  afterEach(async () => {
    await tower.dismantle();
    await api.stop();
  });

  const enlist = async <Agent extends OperatorAgent>(
    agent: new (...parameters: ConstructorParameters<typeof OperatorAgent>) => Agent,
    staked = STAKE,
    cap = staked,
  ): Promise<Agent> =>
    new agent(stage, "operator", stage.protocol.others[0]!, await hotKey("operator")).enlist(staked, cap);
  const ask = async (of: OperatorAgent, coverage = COVERAGE): Promise<Answer> => {
    nonce += 1n;
    const request = requestOf(stage, TEXT);
    return of.fulfil({ request, requester: customer, nonce, beneficiary: customer, coverage });
  };
  const statusOf = async ({ receipt }: Answer): Promise<AnswerStatus> =>
    (await checkReceipt(stage.provider, stage.deployment, { receipt })).status;
  const isOverturned = (answer: Answer) => async () => (await statusOf(answer)) === AnswerStatus.Overturned;

  it("a node that has the phase of a game and not yet its events: the move is made when it has them", async () => {
    const operator = await enlist(AlteringAgent);
    const answer = await ask(operator);
    await operator.publish(await api.anchor(operator, [answer]), [answer]);
    await tower.start();
    await tower.hears("contested an answer");
    const { topicHash } = stage.protocol.replay.getEvent("TensorRootsPublished").fragment;
    let withheld = 3;
    intercept = ({ method, params }, result) => {
      const isRoots = method === "eth_getLogs" && JSON.stringify(params).includes(topicHash);
      if (!isRoots || withheld === 0 || (result as unknown[]).length === 0) return result;
      withheld -= 1;
      return [];
    };
    expect(await defend(stage, operator, { gameId: 1n, receipt: answer.receipt })).to.equal("publishRoots");
    await tower.hears("moved in a game");
    expect(withheld).to.equal(0);
    expect(await defend(stage, operator, { gameId: 1n, receipt: answer.receipt })).to.equal("revealLeaf");
    await until("the answer is overturned", isOverturned(answer));
  });

  it("a node that lacks an answer that was followed is no reason to leave it alone", async () => {
    const answer = await ask(await enlist(LyingAgent));
    await anchorAlone(stage, stage.protocol.others[2]!, answer);
    const selector = stage.protocol.attestations.getFunction("answer").fragment.selector;
    let denied = 3;
    intercept = ({ method, params }, result) => {
      const isAsked = method === "eth_call" && (params![0] as { data: string }).data.startsWith(selector);
      if (!isAsked || denied === 0) return result;
      denied -= 1;
      return `0x${"00".repeat(dataLength(result as string))}`;
    };
    await tower.start();
    await until("the answer is overturned", isOverturned(answer));
    expect(denied).to.equal(0);
  });

  it("a lie behind which nothing is locked is contested once something is", async () => {
    const operator = await enlist(OperatorAgent, parseEther("1250"), parseEther("9000")); // 125 can be locked
    const first = await ask(operator, parseEther("100"));
    await anchorAlone(stage, stage.protocol.others[2]!, first); // takes all of it
    const lie = await falsify(stage, operator.key, await ask(operator, parseEther("100")));
    expect(await anchorAlone(stage, stage.protocol.others[2]!, lie)).to.equal(0n);
    await tower.start();
    const left = async () => (await tower.metric('credence_challenger_refusals_total{reason="unpaid"')) === 1;
    await until("it is left alone", left);
    const amount = parseEther("2000");
    await (await stage.protocol.token.connect(stage.protocol.deployer).transfer(operator.address, amount)).wait();
    await stake(operator.account, stage.deployment, { amount });
    expect(await honour(operator.account, stage.deployment, { receipt: lie.receipt })).to.equal(parseEther("250"));
    await until("the lie is overturned", isOverturned(lie));
  });

  it("evidence of two answers that were anchored counts, whatever the key's signature was worth at that time", async () => {
    const operator = await enlist(OperatorAgent);
    const answer = await ask(operator);
    const issuedAt = (await now(stage)) - 2 * HOUR; // before the operator had the key
    const changes = { issuedAt, anchorBy: issuedAt + DAY, outputHash: answer.receipt.inputHash };
    const lie = await resign(stage, operator.key, answer, changes);
    await api.anchor(operator, [answer]);
    await api.anchor(operator, [lie]);
    await tower.start({ models: [] });
    await tower.hears("reported an operator");
    const { status } = await readOperator(stage.provider, stage.deployment, { operator: operator.address });
    expect(status).to.equal(OperatorStatus.Tombstoned);
  });

  it("an operator that shows one leaf of its batch at a time is done with at once", async () => {
    const operator = await enlist(OperatorAgent);
    const answers = [await ask(operator), await ask(operator)];
    const { batch } = await api.anchor(operator, answers);
    const path = `/v1/batches/${batch.root}`;
    const page = JSON.parse(api.served.get(path) as string) as { leaves: unknown[] };
    for (const [from, leaf] of page.leaves.entries()) {
      api.served.set(`${path}?from=${from}`, JSON.stringify({ ...page, leaves: [leaf] }));
    }
    await tower.start();
    const withheld = async () => (await tower.metric('credence_challenger_batches{state="withheld"')) === 1;
    await until("it is given up", withheld);
    expect(api.asked).to.deep.equal([`${path}?from=0`, `${path}?from=0`]);
  });

  it("a case that is decided and that nobody settles is settled, so that a game on the same answer can be won", async () => {
    const operator = await enlist(AlteringAgent);
    const house = await Courthouse.build(stage);
    await house.seat(["juror"], parseEther("100000"));
    await house.mature();
    const puppet = await house.party("puppet", parseEther("5000"));
    const answer = await ask(operator);
    await operator.publish(await api.anchor(operator, [answer]), [answer]);
    const opened = await house.open(answer, puppet);
    await tower.start();
    await tower.hears("contested an answer");
    await tower.stop();
    await house.vote([opened], () => CONDUCT.honest);
    await pass(stage, 7 * DAY);
    const caseId = receiptId(stage.domain, answer.receipt);
    const { phase, state } = await readCase(stage.provider, stage.deployment, { caseId });
    expect([phase, state]).to.deep.equal([Phase.Final, CaseState.Open]);
    await tower.start();
    await tower.hears("settled a case");
    await until("the answer is overturned", isOverturned(answer));
    await until("its bond is back", async () => (await wealth(stage, tower.wallet.address)) >= PURSE);
  });
});

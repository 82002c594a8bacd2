import { expect } from "chai";
import { parseEther, type Wallet } from "ethers";

import { checkReceipt } from "../../src/actions/checkReceipt.ts";
import { claimTimeout } from "../../src/actions/claimTimeout.ts";
import { openGame } from "../../src/actions/openGame.ts";
import { playMove } from "../../src/actions/playMove.ts";
import { traceOf as shownGraph } from "../../src/inference/proofs.ts";
import type { Answer } from "../../src/operator/answerer.ts";
import { AnswerStatus, bareLeaf } from "../../src/protocol/answers.ts";
import { AlteringAgent, OperatorAgent, hotKey } from "../setup/agents.ts";
import { Challenger, claimOf, defend, type OwnGame } from "../setup/challenger.ts";
import { Courthouse } from "../setup/courthouse.ts";
import { refused } from "../setup/refused.ts";
import {
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
} from "../setup/stage.ts";

const STAKE = parseEther("5000");
const PURSE = parseEther("200");
const BOUNTY = PENALTY / 2n;
const PUPPETS = 20;

describe("flows/puppets", () => {
  let stage: Stage;
  let operator: AlteringAgent;
  let watcher: Challenger;
  let honest: Wallet;
  let puppets: Wallet[];
  let customer: string;

  beforeEach(async () => {
    stage = await openStage();
    const { others } = stage.protocol;
    const court = await Courthouse.build(stage);
    operator = await new AlteringAgent(stage, "operator", others[0]!, await hotKey("operator")).enlist(STAKE);
    customer = (await enter(stage, "customer", others[1]!)).address;
    honest = await court.party("watcher", PURSE);
    watcher = new Challenger(stage, honest);
    puppets = [];
    for (let i = 0; i < PUPPETS; i++) puppets.push(await court.party(`puppet ${i}`, PURSE));
  });

  afterEach(async () => {
    expect(stage.ledger.creditOf(stage.deployment.disputes), "no bond is left behind").to.equal(0n);
    await stage.ledger.assertSettled();
  });

  async function ask(of: OperatorAgent): Promise<Answer> {
    const request = requestOf(stage, "Everyone has the right to a nationality.");
    const job = { request, requester: customer, nonce: 1n, beneficiary: customer, coverage: COVERAGE };
    const answer = await of.fulfil(job);
    await of.publish(await of.anchor([answer]), [answer]);
    return answer;
  }

  /** A game of somebody who does not play to win. */
  async function openPuppet(puppet: Wallet, { receipt }: Answer): Promise<bigint> {
    const { gameId, bond } = await openGame(puppet, stage.deployment, { leaf: bareLeaf(receipt) });
    stage.ledger.openGame(gameId, { challenger: puppet.address, operator: receipt.operator, bond });
    return gameId;
  }

  /** Names a tensor, whether it differs or not. */
  async function choose(puppet: Wallet, gameId: bigint, { receipt }: Answer, tensor: number): Promise<void> {
    const trace = shownGraph(stage.model.spec, operator.recordOf(receipt)!.roots);
    await playMove(puppet, stage.deployment, { gameId, receipt, move: { kind: "choose", tensor, trace } });
  }

  const statusOf = async ({ receipt }: Answer): Promise<AnswerStatus> =>
    (await checkReceipt(stage.provider, stage.deployment, { receipt })).status;
  const gain = async ({ address }: { address: string }, purse = PURSE): Promise<bigint> =>
    (await wealth(stage, address)) - purse;
  const sumOf = async (accounts: readonly Wallet[]): Promise<bigint> =>
    (await Promise.all(accounts.map(async (account) => gain(account)))).reduce((a, b) => a + b, 0n);

  it("twenty of them beside one honest game: it is not slower, not dearer, and not less sure", async () => {
    const answer = await ask(operator);
    const games: bigint[] = [];
    for (const puppet of puppets.slice(0, PUPPETS / 2)) games.push(await openPuppet(puppet, answer));
    const own = await watcher.open(answer.receipt, claimOf(stage, answer));
    for (const puppet of puppets.slice(PUPPETS / 2)) games.push(await openPuppet(puppet, answer));
    expect(stage.ledger.creditOf(stage.deployment.disputes)).to.equal(BigInt(PUPPETS + 1) * GAME_BOND);

    // One publication of the roots answers all of them. Each puppet then asks for what does not matter.
    expect(await defend(stage, operator, own)).to.equal("publishRoots");
    for (const [i, gameId] of games.entries()) {
      if (i % 2 === 0) await choose(puppets[i]!, gameId, answer, 3);
    }
    // The operator answers its puppets first, all that it can.
    for (const [i, gameId] of games.entries()) {
      const reply = await defend(stage, operator, { gameId, receipt: answer.receipt });
      expect(reply).to.equal(i % 2 === 0 ? "revealLeaf" : "wait");
    }
    expect(await watcher.play(own, operator)).to.deep.equal(["choose", "revealLeaf", "prove", "withdrawBond"]);
    expect(await statusOf(answer)).to.equal(AnswerStatus.Overturned);
    expect(await gain(honest)).to.equal(BOUNTY);

    // What the puppets have put down is theirs again, and nobody's loss.
    for (const gameId of games) {
      const { receipt } = answer;
      await playMove(honest, stage.deployment, { gameId, receipt, move: { kind: "withdrawBond" } });
      stage.ledger.returnBond(gameId);
    }
    expect(await sumOf(puppets)).to.equal(0n);
    expect(await gain(operator, STAKE)).to.equal(-LOCK);
    expect(await wealth(stage, customer)).to.equal(COVERAGE);
    expect(await wealth(stage, RESERVE)).to.equal(PENALTY - BOUNTY);
  });

  it("one that stalls loses by the clock, which makes nothing final while the honest game goes on", async () => {
    const answer = await ask(operator);
    const { receipt } = answer;
    const [puppet] = puppets as [Wallet];
    const gameId = await openPuppet(puppet, answer);
    await defend(stage, operator, { gameId, receipt });
    await pass(stage, 3_600); // the last hour in which the answer can be contested
    const own = await watcher.open(receipt, claimOf(stage, answer));
    expect(await watcher.move(own)).to.equal("choose");

    await pass(stage, MOVE_WINDOW - 3_600);
    // The puppet has not moved: the operator takes half of its bond, which was its own.
    expect(await defend(stage, operator, { gameId, receipt })).to.equal("claimTimeout");
    expect(await gain(puppet)).to.equal(-GAME_BOND);
    expect(await gain(operator, STAKE)).to.equal(GAME_BOND / 2n);
    expect(await statusOf(answer), "held for the honest game").to.equal(AnswerStatus.Contested);

    expect(await watcher.play(own, operator)).to.deep.equal(["revealLeaf", "prove", "withdrawBond"]);
    expect(await gain(honest)).to.equal(BOUNTY);
    expect(await gain(operator, STAKE)).to.equal(GAME_BOND / 2n - LOCK);
    expect(await wealth(stage, RESERVE)).to.equal(PENALTY - BOUNTY + GAME_BOND / 2n);
  });

  it("one that wins first takes the bounty and no more: the operator pays, and the honest bond comes back", async () => {
    const answer = await ask(operator);
    const own = await watcher.open(answer.receipt, claimOf(stage, answer));
    const puppet = new Challenger(stage, puppets[0]!);
    const theirs: OwnGame = await puppet.open(answer.receipt, claimOf(stage, answer));
    await puppet.play(theirs, operator);
    expect(await watcher.play(own, operator)).to.deep.equal(["withdrawBond"]);
    expect(await gain(honest)).to.equal(0n);
    expect(await gain(puppets[0]!)).to.equal(BOUNTY);
    expect(await gain(operator, STAKE)).to.equal(-LOCK);
    expect(await wealth(stage, customer)).to.equal(COVERAGE);
  });

  it("none can be opened once the time to contest is over, so that games do not follow each other", async () => {
    const answer = await ask(operator);
    const own = await watcher.open(answer.receipt, claimOf(stage, answer));
    await pass(stage, MOVE_WINDOW / 2);
    await refused(openGame(puppets[0]!, stage.deployment, { leaf: bareLeaf(answer.receipt) }), "AnswerOver");
    expect(await watcher.play(own, operator)).to.have.length(5);
    expect(await gain(honest)).to.equal(BOUNTY);
  });

  it("against an honest operator each costs its bond, half of it to the operator, and the answer is final", async () => {
    const { others } = stage.protocol;
    const right = await new OperatorAgent(stage, "right", others[2]!, await hotKey("right")).enlist(STAKE);
    const answer = await ask(right);
    const { receipt } = answer;
    const games: bigint[] = [];
    for (const puppet of puppets) games.push(await openPuppet(puppet, answer));
    // One transaction answers them all.
    expect(await defend(stage, right, { gameId: games[0]!, receipt })).to.equal("publishRoots");
    for (const gameId of games.slice(1)) expect(await defend(stage, right, { gameId, receipt })).to.equal("wait");
    await pass(stage, MOVE_WINDOW);
    for (const gameId of games) {
      expect(await statusOf(answer)).to.equal(AnswerStatus.Contested);
      const ended = await claimTimeout(honest, stage.deployment, { gameId, receipt });
      expect(ended).to.deep.equal({ operatorLost: false, toOperator: GAME_BOND / 2n, toReserve: GAME_BOND / 2n });
      stage.ledger.forfeitBond(gameId);
    }
    expect(await statusOf(answer)).to.equal(AnswerStatus.Final);
    expect(await gain(right, STAKE)).to.equal((BigInt(PUPPETS) * GAME_BOND) / 2n);
    expect(await sumOf(puppets)).to.equal(-BigInt(PUPPETS) * GAME_BOND);
  });
});

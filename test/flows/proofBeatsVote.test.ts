import { expect } from "chai";
import { parseEther, type Wallet } from "ethers";

import { checkReceipt } from "../../src/actions/checkReceipt.ts";
import { readGame } from "../../src/actions/readGame.ts";
import { findFault } from "../../src/inference/faults.ts";
import type { Answer } from "../../src/operator/answerer.ts";
import { AnswerStatus } from "../../src/protocol/answers.ts";
import { Choice, Phase } from "../../src/protocol/court.ts";
import { GamePhase } from "../../src/protocol/games.ts";
import { Ruling } from "../../src/protocol/rulings.ts";
import { AlteringAgent, hotKey } from "../setup/agents.ts";
import { Challenger, claimOf, defend, type OwnGame } from "../setup/challenger.ts";
import { corrupt } from "../setup/corruption.ts";
import { CONDUCT, Courthouse, type Juror } from "../setup/courthouse.ts";
import {
  COVERAGE,
  GAME_BOND,
  LOCK,
  MOVE_WINDOW,
  PENALTY,
  WINDOW,
  enter,
  openStage,
  pass,
  publishAnother,
  requestOf,
  wealth,
  type Stage,
} from "../setup/stage.ts";

const HOLDERS = ["ash", "beech", "cedar", "fir", "hazel", "larch", "maple"];
const STAKE = parseEther("20000");
const OPERATOR_STAKE = parseEther("5000");
const FUNDS = parseEther("1000");
const FEES = [parseEther("2.1"), parseEther("9.3")] as const;
/** Half of a penalty, but no more than what the reserve's 40 % and the first round's fee leave. */
const BOUNTY = PENALTY - parseEther("6") - FEES[0];

describe("flows/proofBeatsVote", () => {
  let stage: Stage;
  let court: Courthouse;
  let jurors: Juror[];
  let operator: AlteringAgent;
  let opener: Wallet;
  let challenger: Wallet;
  let customer: string;

  beforeEach(async () => {
    stage = await openStage();
  });

  /** Everybody enters; votes ripen. */
  async function arrive(): Promise<void> {
    const { others } = stage.protocol;
    court = await Courthouse.build(stage);
    jurors = await court.seat(HOLDERS, STAKE);
    opener = await court.party("opener", FUNDS);
    challenger = await court.party("challenger", FUNDS);
    customer = (await enter(stage, "customer", others[1]!)).address;
    operator = await new AlteringAgent(stage, "operator", others[0]!, await hotKey("operator")).enlist(OPERATOR_STAKE);
    await court.mature();
  }

  afterEach(async () => {
    const { ledger, deployment } = stage;
    expect(ledger.creditOf(deployment.disputes)).to.equal(0n);
    expect(ledger.creditOf(deployment.court) < BigInt(3 * HOLDERS.length), "what does not divide").to.equal(true);
    await ledger.assertSettled();
  });

  async function ask(text = "Everyone has the right to freedom of thought."): Promise<Answer> {
    const request = requestOf(stage, text);
    const job = { request, requester: customer, nonce: 1n, beneficiary: customer, coverage: COVERAGE };
    const answer = await operator.fulfil(job);
    await operator.publish(await operator.anchor([answer]), [answer]);
    return answer;
  }

  const statusOf = async ({ receipt }: Answer): Promise<AnswerStatus> =>
    (await checkReceipt(stage.provider, stage.deployment, { receipt })).status;
  const gain = async ({ address }: { address: string }, funds = FUNDS): Promise<bigint> =>
    (await wealth(stage, address)) - funds;
  const phaseOf = async (game: OwnGame): Promise<GamePhase> =>
    (await readGame(stage.provider, stage.deployment, game)).phase;

  it("a game beside a case: what is shown at its leaf ends the case while ballots are being committed", async () => {
    await arrive();
    const answer = await ask();
    const on = await court.open(answer, opener);
    expect(on.truth).to.equal(Choice.AtFault);
    const watcher = new Challenger(stage, challenger);
    const game = await watcher.open(answer.receipt, claimOf(stage, answer));
    await defend(stage, operator, game);
    expect(await watcher.move(game)).to.equal("choose");
    await defend(stage, operator, game);

    await court.convene([on]);
    let seats = 0n;
    for (const juror of jurors) seats += await court.commit(on, juror, on.truth);
    await court.assertPhase([on], Phase.Commit);
    expect(await watcher.move(game)).to.equal("prove");
    await court.assertPhase([on], Phase.Ended);
    expect(await watcher.move(game)).to.equal("withdrawBond");
    await court.payOut([on]);

    expect(await statusOf(answer)).to.equal(AnswerStatus.Overturned);
    expect(await gain(opener), "bond and fee, half of it out of the penalty").to.equal(0n);
    // Only half of the fee was spent: 15 - 6 - 1.05 would be 7.95, and a bounty is at most half of the penalty.
    expect(await gain(challenger)).to.equal(PENALTY / 2n);
    expect(await gain(operator, OPERATOR_STAKE)).to.equal(-LOCK);
    expect(await wealth(stage, customer)).to.equal(COVERAGE);
    const paid = (await Promise.all(jurors.map(async ({ wallet }) => gain(wallet, STAKE)))).reduce((a, b) => a + b, 0n);
    expect(FEES[0] / 2n - paid < seats && paid <= FEES[0] / 2n, "committers share half of the fee").to.equal(true);
  });

  it("token holders err, and a proof overturns what they upheld while an appeal is possible", async () => {
    await arrive();
    const answer = await ask();
    const on = await court.open(answer, opener);
    const watcher = new Challenger(stage, challenger);
    const game = await watcher.open(answer.receipt, claimOf(stage, answer));
    await defend(stage, operator, game);
    await watcher.move(game);
    await defend(stage, operator, game);
    expect(await phaseOf(game)).to.equal(GamePhase.Prove);

    await court.vote([on], () => CONDUCT.bribed);
    await court.assertPhase([on], Phase.Appeal);
    expect(on.lawsuit.ruling).to.equal(Ruling.Upheld);
    expect(await watcher.play(game, operator)).to.deep.equal(["prove", "withdrawBond"]);
    await court.payOut([on]);

    expect(await statusOf(answer)).to.equal(AnswerStatus.Overturned);
    expect(await gain(opener), "who was right has all back").to.equal(0n);
    expect(await gain(challenger)).to.equal(BOUNTY);
    expect(await gain(operator, OPERATOR_STAKE)).to.equal(-LOCK);
    expect(await wealth(stage, customer)).to.equal(COVERAGE);
  });

  it("an operator silent in a game loses what token holders had upheld, by the clock", async () => {
    await arrive();
    operator.traces = "lost";
    const answer = await ask();
    const on = await court.open(answer, opener);
    const watcher = new Challenger(stage, challenger);
    const game = await watcher.open(answer.receipt, claimOf(stage, answer));
    await court.vote([on], () => CONDUCT.bribed);
    await pass(stage, MOVE_WINDOW);
    await court.assertPhase([on], Phase.Appeal);
    expect(await watcher.play(game, operator)).to.deep.equal(["claimTimeout"]);
    await court.payOut([on]);
    expect(await statusOf(answer)).to.equal(AnswerStatus.Overturned);
    expect(await gain(opener)).to.equal(0n);
    expect(await gain(challenger)).to.equal(BOUNTY);
    expect(await gain(operator, OPERATOR_STAKE)).to.equal(-LOCK);
  });

  it("token holders overturn what a game is about: its bond comes back, and nothing is taken twice", async () => {
    await arrive();
    const answer = await ask();
    const on = await court.open(answer, opener);
    const watcher = new Challenger(stage, challenger);
    const game = await watcher.open(answer.receipt, claimOf(stage, answer));
    await court.vote([on], () => CONDUCT.honest);
    await court.close([on]);
    expect(await statusOf(answer)).to.equal(AnswerStatus.Overturned);
    expect(await watcher.play(game, operator)).to.deep.equal(["withdrawBond"]);
    expect(await gain(challenger)).to.equal(0n);
    expect(await gain(opener)).to.equal(BOUNTY);
    expect(await gain(operator, OPERATOR_STAKE)).to.equal(-LOCK);
  });

  describe("a model whose request is a text", () => {
    beforeEach(async () => {
      const { lande } = stage;
      const { preprocessHash } = lande.textManifest;
      stage = await publishAnother(stage, "lande", { spec: lande.spec, weights: lande.weights, preprocessHash });
      await arrive();
    });

    it("a number altered behind tensor 0 is a matter of arithmetic all the same", async () => {
      const answer = await ask();
      const watcher = new Challenger(stage, challenger);
      const game = await watcher.open(answer.receipt, claimOf(stage, answer));
      const moves = await watcher.play(game, operator);
      expect(moves).to.deep.equal(["publishRoots", "choose", "revealLeaf", "prove", "withdrawBond"]);
      expect(await gain(challenger)).to.equal(PENALTY / 2n);
    });

    it("a wrong tensor 0, seen among the roots when the answer would be final, goes to token holders", async () => {
      // Every number follows from the one before; only the features are not those of the text.
      operator.lie = (trace) => corrupt(stage.model, trace, { tensor: 0, byte: 1, flip: 0x40, isCarried: true });
      const answer = await ask();
      const { finalAt } = await checkReceipt(stage.provider, stage.deployment, { receipt: answer.receipt });
      const watcher = new Challenger(stage, challenger);
      const game = await watcher.open(answer.receipt, claimOf(stage, answer));
      await pass(stage, WINDOW);
      // The operator has waited until nobody else can contest the answer.
      expect(await defend(stage, operator, game)).to.equal("publishRoots");
      expect(await stage.connection.networkHelpers.time.latest()).to.be.greaterThanOrEqual(finalAt);
      const { roots } = await readGame(stage.provider, stage.deployment, game);
      expect(findFault(stage.model, game.claim, { roots })).to.deep.equal({ kind: "preprocessing" });
      expect(await watcher.next(game)).to.include({ kind: "none" });
      expect(await statusOf(answer)).to.equal(AnswerStatus.Contested);

      const on = await court.open(answer, challenger);
      expect(on.truth, "who counts the features finds it").to.equal(Choice.AtFault);
      await court.vote([on], () => CONDUCT.honest);
      await court.close([on]);
      expect(await statusOf(answer)).to.equal(AnswerStatus.Overturned);
      expect(await watcher.play(game, operator)).to.deep.equal(["withdrawBond"]);
      expect(await gain(challenger)).to.equal(BOUNTY);
      expect(await gain(operator, OPERATOR_STAKE)).to.equal(-LOCK);
      expect(await wealth(stage, customer)).to.equal(COVERAGE);
    });

    it("if token holders uphold it, the game's bond is lost by the clock as well", async () => {
      operator.lie = (trace) => corrupt(stage.model, trace, { tensor: 0, byte: 1, flip: 0x40, isCarried: true });
      const answer = await ask();
      const watcher = new Challenger(stage, challenger);
      const game = await watcher.open(answer.receipt, claimOf(stage, answer));
      await defend(stage, operator, game);
      const on = await court.open(answer, opener);
      await court.vote([on], () => CONDUCT.bribed);
      await court.close([on]);
      // The vote took longer than the challenger's clock: tensor 0 is not for a game.
      expect(await defend(stage, operator, game)).to.equal("claimTimeout");
      expect(await gain(challenger)).to.equal(-GAME_BOND);
      expect(await statusOf(answer)).to.equal(AnswerStatus.Final);
      // Half of both bonds; the opener's is the fee of the second round.
      expect(await gain(operator, OPERATOR_STAKE)).to.equal((GAME_BOND + FEES[1]) / 2n);
    });
  });
});

import { expect } from "chai";
import { getBytes, hexlify, parseEther, type Wallet } from "ethers";

import { checkReceipt } from "../../src/actions/checkReceipt.ts";
import { proveFault } from "../../src/actions/proveFault.ts";
import { readGame } from "../../src/actions/readGame.ts";
import { findFault, type ProvableFault } from "../../src/inference/faults.ts";
import { TensorTree } from "../../src/inference/proofs.ts";
import type { Answer } from "../../src/operator/answerer.ts";
import { AnswerStatus, Method } from "../../src/protocol/answers.ts";
import { GamePhase } from "../../src/protocol/games.ts";
import type { Receipt } from "../../src/protocol/receipts.ts";
import { parseTraceRecord } from "../../src/protocol/traceRecord.ts";
import { AlteringAgent, LyingAgent, OperatorAgent, hotKey, traceOf } from "../setup/agents.ts";
import { Challenger, claimOf, defend, faultIn, overturnInLedger } from "../setup/challenger.ts";
import { commit, corrupt, fillMissing, fillPadding, replaceRoots, shownOf } from "../setup/corruption.ts";
import type { Commitment } from "../setup/corruption.ts";
import { Courthouse } from "../setup/courthouse.ts";
import { WIDE } from "../setup/graphs.ts";
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
  publishAnother,
  requestOf,
  wealth,
  type Stage,
} from "../setup/stage.ts";

const STAKE = parseEther("5000");
const PURSE = parseEther("200");
const BOUNTY = PENALTY / 2n;
const TEXT = "Alle Menschen sind frei und gleich an Würde und Rechten geboren.";
const OTHER_TEXT = "Tous les êtres humains naissent libres et égaux en dignité et en droits.";

describe("flows/replay", () => {
  let stage: Stage;
  let operator: AlteringAgent;
  let watcher: Wallet;
  let customer: string;
  let nonce = 0n;

  beforeEach(async () => {
    stage = await openStage();
    await arrive();
  });

  afterEach(async () => {
    expect(stage.ledger.creditOf(stage.deployment.disputes), "no bond is left behind").to.equal(0n);
    await stage.ledger.assertSettled();
  });

  /** Everybody enters. */
  async function arrive(): Promise<void> {
    const { others } = stage.protocol;
    operator = await new AlteringAgent(stage, "operator", others[0]!, await hotKey("operator")).enlist(STAKE);
    customer = (await enter(stage, "customer", others[1]!)).address;
    watcher = await party("watcher");
  }

  async function party(name: string): Promise<Wallet> {
    return (await Courthouse.build(stage)).party(name, PURSE);
  }

  /** One published answer of an operator. */
  async function ask(of: OperatorAgent = operator, request = requestOf(stage, TEXT)): Promise<Answer> {
    nonce += 1n;
    const job = { request, requester: customer, nonce, beneficiary: customer, coverage: COVERAGE };
    const answer = await of.fulfil(job);
    await of.publish(await of.anchor([answer]), [answer]);
    return answer;
  }

  const shownBy = (answer: Answer) => {
    const { roots, tensors } = operator.recordOf(answer.receipt)!;
    return { roots, tensors: tensors.map((bytes) => ({ bytes })) };
  };
  const status = async ({ receipt }: Answer) => checkReceipt(stage.provider, stage.deployment, { receipt });
  const gain = async (account: string, purse = 0n): Promise<bigint> => (await wealth(stage, account)) - purse;

  /** Proves a fault of an answer, and tells the ledger. */
  async function prove(by: Wallet, receipt: Receipt, fault: ProvableFault): Promise<void> {
    await proveFault(by, stage.deployment, { receipt, fault });
    overturnInLedger(stage, receipt, by.address);
  }

  /** What an overturned answer is worth to everybody, less what the watcher has in bonds. */
  async function expectOverturned(answer: Answer, winner = watcher): Promise<void> {
    expect((await status(answer)).status).to.equal(AnswerStatus.Overturned);
    expect(await gain(operator.address, STAKE), "operator").to.equal(-LOCK);
    expect(await gain(customer), "customer").to.equal(COVERAGE);
    expect(await gain(winner.address, PURSE), "whoever proved it").to.equal(BOUNTY);
    expect(await gain(RESERVE), "reserve").to.equal(PENALTY - BOUNTY);
  }

  describe("a trace that is known", () => {
    it("one number of the hidden layer is altered: one transaction overturns the answer", async () => {
      operator.traces = "served";
      const answer = await ask();
      const claim = claimOf(stage, answer);
      expect(findFault(stage.model, claim), "not by what the chain shows").to.include({ kind: "withheld" });
      const fault = faultIn(stage, claim, shownBy(answer));
      expect(fault).to.deep.include({ kind: "unit" });
      const { unit, claimed, computed } = fault as ProvableFault & { kind: "unit" };
      expect([unit.op, unit.row, claimed - computed]).to.deep.equal([0, 0, claimed > computed ? 0x2000n : -0x2000n]);
      await prove(watcher, answer.receipt, fault);
      await expectOverturned(answer);
    });

    it("a copied proof that lands first is paid, and the one it was copied from reverts and costs nothing", async () => {
      const thief = await party("copycat");
      operator.traces = "served";
      const answer = await ask();
      const fault = faultIn(stage, claimOf(stage, answer), shownBy(answer));
      await prove(thief, answer.receipt, fault);
      await refused(proveFault(watcher, stage.deployment, { receipt: answer.receipt, fault }), "LockInState");
      await expectOverturned(answer, thief);
      expect(await gain(watcher.address, PURSE)).to.equal(0n);
    });

    it("a true answer is overturned by nothing that another answer is overturned by", async () => {
      operator.traces = "served";
      const lie = await ask();
      const fault = faultIn(stage, claimOf(stage, lie), shownBy(lie));
      const { others } = stage.protocol;
      const honest = await new OperatorAgent(stage, "honest", others[2]!, await hotKey("honest")).enlist(STAKE);
      const truth = await ask(honest);
      const { receipt } = truth;
      await refused(proveFault(watcher, stage.deployment, { receipt, fault }), "TraceMismatch");
      const trace = { ...fault.trace, roots: honest.recordOf(receipt)!.roots };
      const own = { ...fault, trace };
      await refused(proveFault(watcher, stage.deployment, { receipt, fault: own }), "TensorRootMismatch");
      expect(await gain(honest.address, STAKE)).to.equal(0n);
      await prove(watcher, lie.receipt, fault);
      await expectOverturned(lie);
    });

    it("an altered number too late to contest stands, and the same a second earlier does not", async () => {
      operator.traces = "served";
      const answer = await ask();
      const fault = faultIn(stage, claimOf(stage, answer), shownBy(answer));
      const { finalAt } = await status(answer);
      const { networkHelpers } = stage.connection;
      await networkHelpers.time.increaseTo(finalAt - 2);
      const snapshot = await networkHelpers.takeSnapshot();
      await networkHelpers.time.increaseTo(finalAt);
      await refused(proveFault(watcher, stage.deployment, { receipt: answer.receipt, fault }), "AnswerOver");
      await snapshot.restore();
      await networkHelpers.time.setNextBlockTimestamp(finalAt - 1);
      await prove(watcher, answer.receipt, fault);
      await expectOverturned(answer);
    });
  });

  describe("a trace that is withheld", () => {
    /** Opens a game on an answer, of which only what stands on chain is known. */
    async function challenge(answer: Answer, by = watcher) {
      const challenger = new Challenger(stage, by);
      const game = await challenger.open(answer.receipt, claimOf(stage, answer));
      expect(await gain(by.address, PURSE)).to.equal(-GAME_BOND);
      expect((await status(answer)).status).to.equal(AnswerStatus.Contested);
      return { challenger, game };
    }

    it("an operator that stays silent loses by the clock", async () => {
      operator.traces = "lost";
      const answer = await ask();
      const { challenger, game } = await challenge(answer);
      expect(await challenger.play(game, operator)).to.deep.equal([]);
      await pass(stage, MOVE_WINDOW - 2);
      expect(await challenger.move(game), "its time is not over").to.equal("wait");
      await pass(stage, 2);
      expect(await challenger.move(game)).to.equal("claimTimeout");
      await expectOverturned(answer);
    });

    it("an operator that stops half way loses by the clock, at any turn of its own", async () => {
      const answer = await ask();
      const { challenger, game } = await challenge(answer);
      await defend(stage, operator, game);
      expect(await challenger.play(game, operator, { silent: true })).to.deep.equal(["choose"]);
      await pass(stage, MOVE_WINDOW);
      expect(await challenger.play(game, operator)).to.deep.equal(["claimTimeout"]);
      await expectOverturned(answer);
    });

    it("an operator that answers is caught at the leaf", async () => {
      const answer = await ask();
      const { challenger, game } = await challenge(answer);
      const moves = await challenger.play(game, operator);
      expect(moves).to.deep.equal(["publishRoots", "choose", "revealLeaf", "prove", "withdrawBond"]);
      await expectOverturned(answer);
    });

    it("a silent challenger who has seen the leaf is outrun by anybody, and has its bond back", async () => {
      const answer = await ask();
      const { challenger, game } = await challenge(answer);
      await defend(stage, operator, game);
      await challenger.move(game);
      await defend(stage, operator, game);
      const { phase, roots, leaf } = await readGame(stage.provider, stage.deployment, game);
      expect(phase).to.equal(GamePhase.Prove);
      // All of the hidden layer is in that leaf, and so in public.
      const bystander = await party("bystander");
      const shown = { roots: roots!, tensors: [undefined, { bytes: hexlify(getBytes(leaf!).subarray(0, 480)) }] };
      await prove(bystander, answer.receipt, faultIn(stage, game.claim, shown));
      expect(await challenger.play(game, operator)).to.deep.equal(["withdrawBond"]);
      await expectOverturned(answer, bystander);
      expect(await gain(watcher.address, PURSE)).to.equal(0n);
    });

    it("an honest operator answers out of its journal after a crash, has half of the bond, and is final", async () => {
      const account = stage.protocol.others[2]!;
      const before = await new OperatorAgent(stage, "honest", account, await hotKey("honest")).enlist(STAKE);
      const answer = await ask(before);
      const { challenger, game } = await challenge(answer);
      // All that is left of it is an account, and a text on its disk.
      const text = [...before.journal.values()].join("\n");
      const revived = { account, recordOf: () => parseTraceRecord(text) };

      expect(await challenger.play(game, revived)).to.deep.equal(["publishRoots"]);
      expect(await challenger.next(game)).to.include({ kind: "none" });
      await pass(stage, MOVE_WINDOW);
      expect(await defend(stage, revived, game)).to.equal("claimTimeout");

      expect(await gain(before.address, STAKE), "half of the bond").to.equal(GAME_BOND / 2n);
      expect(await gain(watcher.address, PURSE)).to.equal(-GAME_BOND);
      expect(await gain(RESERVE)).to.equal(GAME_BOND / 2n);
      const { status: found, methods } = await status(answer);
      // That nobody could prove anything in one game is no upholding.
      expect([found, methods]).to.deep.equal([AnswerStatus.Final, Method.Seen]);
    });

    it("an honest operator that has lost its journal pays for an answer that was right", async () => {
      operator.traces = "lost";
      operator.lie = (trace) => commit(stage.model, trace);
      const answer = await ask();
      expect(findFault(stage.model, claimOf(stage, answer))).to.equal(undefined);
      const { challenger, game } = await challenge(answer);
      await pass(stage, MOVE_WINDOW);
      expect(await challenger.move(game)).to.equal("claimTimeout");
      await expectOverturned(answer);
    });

    it("another question answered honestly behind a withheld trace: the request end", async () => {
      operator.lie = () => commit(stage.model, traceOf(stage, requestOf(stage, OTHER_TEXT)));
      const answer = await ask();
      const { challenger, game } = await challenge(answer);
      const roots = operator.recordOf(answer.receipt)!.roots;
      const fault = findFault(stage.model, game.claim, { roots });
      expect(fault).to.deep.include({ kind: "end", end: "request", shown: answer.request });
      expect(await challenger.play(game, operator)).to.deep.equal(["publishRoots", "prove", "withdrawBond"]);
      await expectOverturned(answer);
    });

    it("the right trace and another output behind it: the output end", async () => {
      operator.lie = (trace) => {
        const wrong = corrupt(stage.model, trace, { tensor: 3, byte: 3, flip: 1, isCarried: false });
        return { ...commit(stage.model, trace), output: wrong.output };
      };
      const answer = await ask();
      const fault = faultIn(stage, claimOf(stage, answer));
      expect(fault).to.deep.include({ kind: "end", end: "output", shown: answer.output });
      await prove(watcher, answer.receipt, fault);
      await expectOverturned(answer);
    });

    it("an output that is the trace's and no class of it: the last tensor's only element", async () => {
      const { others } = stage.protocol;
      const liar = await new LyingAgent(stage, "liar", others[2]!, await hotKey("liar")).enlist(STAKE);
      const answer = await ask(liar);
      const fault = faultIn(stage, claimOf(stage, answer));
      expect(fault).to.deep.include({ kind: "unit" });
      expect((fault as ProvableFault & { kind: "unit" }).unit.op).to.equal(2);
      await prove(watcher, answer.receipt, fault);
      expect(await gain(liar.address, STAKE)).to.equal(-LOCK);
    });

    const roots: [string, (all: string[]) => string[]][] = [
      ["too few roots", (all) => all.slice(0, -1)],
      ["too many roots", (all) => [...all, all[0]!]],
    ];
    for (const [title, change] of roots) {
      it(`${title}: by their number, as soon as a game makes the operator publish them`, async () => {
        operator.lie = (trace) => {
          const honest = commit(stage.model, trace);
          return replaceRoots(honest, change(honest.roots));
        };
        const answer = await ask();
        const { challenger, game } = await challenge(answer);
        expect(await challenger.play(game, operator)).to.deep.equal(["publishRoots", "prove", "withdrawBond"]);
        await expectOverturned(answer);
      });
    }

    it("no roots at all: needs no game, there being nothing to show", async () => {
      operator.lie = (trace) => replaceRoots(commit(stage.model, trace), []);
      const answer = await ask();
      const fault = faultIn(stage, claimOf(stage, answer));
      expect(fault).to.deep.include({ kind: "rootCount" });
      await prove(watcher, answer.receipt, fault);
      await expectOverturned(answer);
    });

    it("more roots than can be published: the operator cannot move, and loses by the clock", async () => {
      operator.lie = (trace) => {
        const honest = commit(stage.model, trace);
        return replaceRoots(honest, Array<string>(258).fill(honest.roots[0]!));
      };
      const answer = await ask();
      const { challenger, game } = await challenge(answer);
      await refused(defend(stage, operator, game), "TooManyRoots");
      await pass(stage, MOVE_WINDOW);
      expect(await challenger.move(game)).to.equal("claimTimeout");
      await expectOverturned(answer);
    });
  });

  describe("more in a tensor's tree than the tensor", () => {
    /** Of the hidden layer, which has 480 bytes. */
    const padded = (trace: Parameters<AlteringAgent["lie"]>[0]): Commitment =>
      fillPadding(stage.model, commit(stage.model, trace), 1, Uint8Array.of(0, 7));

    it("bytes behind the last element, of a trace that is served", async () => {
      operator.traces = "served";
      operator.lie = padded;
      const answer = await ask();
      const fault = faultIn(stage, claimOf(stage, answer), shownBy(answer));
      expect(fault).to.deep.include({ kind: "padding", tensor: 1 });
      await prove(watcher, answer.receipt, fault);
      await expectOverturned(answer);
    });

    it("bytes behind the last element, of a trace that is withheld: caught at the leaf", async () => {
      operator.lie = padded;
      const answer = await ask();
      const challenger = new Challenger(stage, watcher);
      const game = await challenger.open(answer.receipt, claimOf(stage, answer));
      const moves = await challenger.play(game, operator);
      expect(moves).to.deep.equal(["publishRoots", "choose", "revealLeaf", "prove", "withdrawBond"]);
      await expectOverturned(answer);
    });

    /** A model whose tensor 1 has 20 leaves, and so twelve places without. */
    async function widen(): Promise<void> {
      stage = await publishAnother(await openStage(), "wide", WIDE);
      await arrive();
      operator.lie = (trace) => {
        const word = `0x${"00".repeat(31)}01`;
        return fillMissing(stage.model, commit(stage.model, trace), 1, [`0x${"00".repeat(32)}`, word]);
      };
    }
    const wideRequest = () => new Uint8Array(WIDE.input.buffer);

    it("a leaf that the tensor does not have, of a trace that is served", async () => {
      await widen();
      operator.traces = "served";
      const answer = await ask(operator, wideRequest());
      const shown = [...stage.served.values()][0]!;
      expect(shown).to.deep.equal(shownOf(operator.lie(traceOf(stage, answer.request))));
      const fault = faultIn(stage, claimOf(stage, answer), shown);
      expect(fault).to.deep.include({ kind: "missingLeaf", tensor: 1, position: 21 });
      await prove(watcher, answer.receipt, fault);
      await expectOverturned(answer);
    });

    it("a leaf that the tensor does not have, of a trace that is withheld: it cannot be opened in a game", async () => {
      await widen();
      const answer = await ask(operator, wideRequest());
      const challenger = new Challenger(stage, watcher);
      const game = await challenger.open(answer.receipt, claimOf(stage, answer));
      expect(await challenger.play(game, operator)).to.deep.equal(["publishRoots", "choose"]);
      // The children that the operator could show, whatever software it runs.
      const { tensors, missing } = operator.lie(traceOf(stage, answer.request));
      const tree = new TensorTree(WIDE.spec.tensors[1]!, 1, getBytes(tensors[1]!), missing!.words);
      const revealing = stage.protocol.replay.revealChildren(game.gameId, tree.children(0, 0));
      await expect(revealing).to.be.revertedWithCustomError(stage.protocol.replay, "MissingChildFilled");
      await pass(stage, MOVE_WINDOW);
      expect(await challenger.move(game)).to.equal("claimTimeout");
      await expectOverturned(answer);
    });
  });
});

import { expect } from "chai";
import { ZeroAddress, ZeroHash, keccak256, parseEther } from "ethers";

import { claimTimeout } from "../../../src/actions/claimTimeout.ts";
import { hostModel } from "../../../src/actions/hostModel.ts";
import { openGame } from "../../../src/actions/openGame.ts";
import { playMove } from "../../../src/actions/playMove.ts";
import { proveFault } from "../../../src/actions/proveFault.ts";
import { publishModel } from "../../../src/actions/publishModel.ts";
import { readGame, type ReadGame } from "../../../src/actions/readGame.ts";
import { checkReceipt } from "../../../src/actions/checkReceipt.ts";
import { weightsRoot } from "../../../src/inference/commitments.ts";
import { evaluate } from "../../../src/inference/evaluate.ts";
import { findFault, type ProvableFault, type ReplayModel } from "../../../src/inference/faults.ts";
import { hashSpec } from "../../../src/inference/spec.ts";
import { encodeTensor, type TensorData } from "../../../src/inference/tensor.ts";
import type { Answer } from "../../../src/operator/answerer.ts";
import { AnswerStatus, bareLeaf } from "../../../src/protocol/answers.ts";
import { challengerMove, operatorMove } from "../../../src/protocol/gamePlayer.ts";
import { GamePhase } from "../../../src/protocol/games.ts";
import { ModelClass } from "../../../src/protocol/models.ts";
import { Offence } from "../../../src/protocol/offences.ts";
import { receiptId, type Receipt } from "../../../src/protocol/receipts.ts";
import { encodeTraceRecord, parseTraceRecord, type TraceRecord } from "../../../src/protocol/traceRecord.ts";
import { OperatorAgent, anchorAlone, hotKey, resign } from "../../setup/agents.ts";
import { commit, corrupt, type Commitment, type Corruption } from "../../setup/corruption.ts";
import { WIDE } from "../../setup/graphs.ts";
import {
  COVERAGE,
  HOUR,
  LOCK,
  PENALTY,
  POLICY,
  RESERVE,
  now,
  openStage,
  pass,
  wealth,
  type Stage,
} from "../../setup/stage.ts";

const STAKE = parseEther("5000");
const PURSE = parseEther("200");
const GAME_BOND = parseEther("50");
/** 12 hours and the minWindow of the deployment. */
const MOVE_WINDOW = 13 * HOUR;
const TEXT = "Der Mensch ist frei geboren, und überall liegt er in Ketten.";

/** An answer, and what its operator keeps of it. */
type Published = { signed: Answer; receipt: Receipt; record: TraceRecord; commitment: Commitment };

describe("actions: games", function () {
  let stage: Stage;
  let operator: OperatorAgent;
  let challenger: Stage["protocol"]["others"][0];
  let customer: string;
  let model: ReplayModel;

  beforeEach(async function () {
    stage = await openStage();
    const { others, token, deployer } = stage.protocol;
    operator = await new OperatorAgent(stage, "operator", others[0]!, await hotKey("operator")).enlist(STAKE);
    challenger = others[1]!;
    customer = others[2]!.address;
    await token.connect(deployer).transfer(challenger, PURSE);
    model = { ...stage.model, preprocessHash: ZeroHash };
  });

  /** Answers, alters the trace if told to, publishes. */
  async function publish(corruption?: Corruption, agent = operator, input?: TensorData): Promise<Published> {
    const answered = await answer(corruption, agent, input);
    expect(await anchorAlone(agent.stage, agent.account, answered.signed)).to.equal(LOCK);
    return answered;
  }

  async function answer(corruption?: Corruption, agent = operator, input?: TensorData): Promise<Published> {
    const { spec, weights } = agent.stage.model;
    const tensor0 = input ?? stage.lande.features(TEXT);
    const job = {
      request: encodeTensor(spec.tensors[0]!, tensor0),
      requester: customer,
      nonce: 1n,
      beneficiary: customer,
      coverage: COVERAGE,
    };
    const honest = await agent.fulfil(job);
    const trace = evaluate(spec, weights, tensor0);
    const commitment = corruption ? corrupt({ spec, weights }, trace, corruption) : commit({ spec, weights }, trace);
    const { traceRoot, output, roots, tensors } = commitment;
    const changes = { traceRoot, outputHash: keccak256(output) };
    const signed: Answer = { ...(await resign(agent.stage, agent.key, honest, changes)), output };
    const { receipt } = signed;
    return { signed, receipt, record: parseTraceRecord(encodeTraceRecord({ receipt, roots, tensors })), commitment };
  }

  const claimOf = ({ commitment: { request, output, traceRoot } }: Published) => ({ request, output, traceRoot });
  const statusOf = async ({ receipt }: Published): Promise<AnswerStatus> =>
    (await checkReceipt(stage.provider, stage.deployment, { receipt })).status;
  const read = async (gameId: bigint): Promise<ReadGame> => readGame(stage.provider, stage.deployment, { gameId });

  /** Everybody's gain since the answer was published, in tokens, stake and credit. */
  async function gains(): Promise<Record<string, bigint>> {
    return {
      operator: (await wealth(stage, operator.address)) - STAKE,
      challenger: (await wealth(stage, challenger.address)) - PURSE,
      customer: await wealth(stage, customer),
      reserve: await wealth(stage, RESERVE),
    };
  }
  const NOTHING = { operator: 0n, challenger: 0n, customer: 0n, reserve: 0n };
  const OVERTURNED = { operator: -LOCK, challenger: PENALTY / 2n, customer: COVERAGE, reserve: PENALTY / 2n };

  it("a number altered in a hidden tensor that is shown: found, proven, paid", async function () {
    const published = await publish({ tensor: 1, byte: 6, flip: 0x40, isCarried: true });
    const { roots, tensors } = published.commitment;
    const shown = { roots, tensors: tensors.map((bytes) => ({ bytes })) };
    const fault = findFault(model, claimOf(published), shown) as ProvableFault & { kind: "unit" };
    expect([fault.kind, fault.unit.op, fault.unit.row]).to.deep.equal(["unit", 0, 1]);
    const { receipt } = published;
    expect(await gains()).to.deep.equal(NOTHING);
    expect(await proveFault(challenger, stage.deployment, { receipt, fault })).to.deep.equal({
      receiptId: receiptId(stage.domain, receipt),
      challenger: challenger.address,
      offence: Offence.FalseAnswer,
      taken: LOCK,
      bounty: PENALTY / 2n,
    });
    expect(await gains()).to.deep.equal(OVERTURNED);
    expect(await statusOf(published)).to.equal(AnswerStatus.Overturned);
  });

  const shownAlone: [string, Corruption, string][] = [
    [
      "an output that does not follow, of a trace nobody showed",
      { tensor: 3, byte: 3, flip: 1, isCarried: true },
      "unit",
    ],
    ["another request than was asked", { tensor: 0, byte: 1_239, flip: 1, isCarried: true }, "end"],
  ];
  for (const [title, corruption, kind] of shownAlone) {
    it(`${title}: proven`, async function () {
      const published = await publish(corruption);
      const { roots } = published.commitment;
      const fault = findFault(model, claimOf(published), kind === "end" ? { roots } : {}) as ProvableFault;
      expect(fault.kind).to.equal(kind);
      await proveFault(challenger, stage.deployment, { receipt: published.receipt, fault });
      expect(await gains()).to.deep.equal(OVERTURNED);
    });
  }

  it("a withheld trace: the game makes the operator show it, and the bond comes back", async function () {
    const published = await publish({ tensor: 1, byte: 479, flip: 0xff, isCarried: true });
    const { receipt, record } = published;
    const { deployment } = stage;
    const knowledge = { model, claim: claimOf(published) };
    expect(findFault(model, knowledge.claim)).to.deep.equal({ kind: "withheld", tensor: undefined });

    const opened = await openGame(challenger, deployment, { leaf: bareLeaf(receipt) });
    const { gameId } = opened;
    const deadline = (await now(stage)) + MOVE_WINDOW;
    expect(opened).to.deep.equal({
      gameId: 1n,
      receiptId: receiptId(stage.domain, receipt),
      bond: GAME_BOND,
      phase: GamePhase.Roots,
      deadline,
    });
    expect(await gains()).to.deep.equal({ ...NOTHING, challenger: -GAME_BOND });
    expect(await stage.protocol.token.allowance(challenger, stage.protocol.disputes)).to.equal(0n);
    expect(await statusOf(published)).to.equal(AnswerStatus.Contested);

    const kinds: string[] = [];
    for (let turn = 0; turn < 10; turn++) {
      const game = await read(gameId);
      const time = await now(stage);
      const [theirs, ours] = [operatorMove(game, record, time), challengerMove(game, knowledge, time)];
      const [signer, move] =
        ours.kind === "wait" ? ([operator.account, theirs] as const) : ([challenger, ours] as const);
      kinds.push(move.kind);
      if (!(await playMove(signer, deployment, { gameId, receipt, move }))) break;
      if (move.kind === "revealLeaf") {
        const { leaf, roots, openings, phase } = await read(gameId);
        expect({ leaf, roots, openings, phase }).to.deep.equal({
          leaf: `${published.commitment.tensors[1]}${"00".repeat(1_024 - 480)}`,
          roots: published.commitment.roots,
          openings: [],
          phase: GamePhase.Prove,
        });
      }
      if (move.kind === "prove") {
        expect(await gains()).to.deep.equal({ ...OVERTURNED, challenger: PENALTY / 2n - GAME_BOND });
        const sentence = "The answer was overturned: anybody may end the game, and the challenger has its bond back.";
        expect((await read(gameId)).sentence).to.equal(sentence);
      }
    }
    expect(kinds).to.deep.equal(["publishRoots", "choose", "revealLeaf", "prove", "withdrawBond", "none"]);
    expect(await gains()).to.deep.equal(OVERTURNED);
    expect(await read(gameId)).to.include({ phase: GamePhase.Over, bond: 0n, isOverturned: true });
  });

  it("roots that are published long before the answer are read", async function () {
    const published = await answer({ tensor: 2, byte: 0, flip: 1, isCarried: false });
    const { receipt, record } = published;
    const { deployment, connection } = stage;
    const move = { kind: "publishRoots", roots: record.roots } as const;
    await playMove(operator.account, deployment, { gameId: 0n, receipt, move });
    await connection.networkHelpers.mine(300);
    await anchorAlone(stage, operator.account, published.signed);
    await connection.networkHelpers.mine(300);
    const { gameId, phase } = await openGame(challenger, deployment, { leaf: bareLeaf(receipt) });
    expect(phase).to.equal(GamePhase.Choose);
    const game = await read(gameId);
    expect(game.roots).to.deep.equal(record.roots);
    const knowledge = { model, claim: claimOf(published) };
    expect(challengerMove(game, knowledge, await now(stage))).to.include({ kind: "choose", tensor: 2 });
    expect(await read(99n)).to.include({ phase: GamePhase.None, sentence: "There is no such game." });
  });

  it("the roots of another answer are not taken for those of the game's", async function () {
    const asked = await publish({ tensor: 1, byte: 0, flip: 1, isCarried: true });
    const other = await publish({ tensor: 1, byte: 0, flip: 1, isCarried: true });
    const { gameId } = await openGame(challenger, stage.deployment, { leaf: bareLeaf(asked.receipt) });
    const move = operatorMove(await read(gameId), other.record, await now(stage));
    expect(move.kind).to.equal("publishRoots");
    const error = await playMove(operator.account, stage.deployment, { gameId, receipt: other.receipt, move }).catch(
      (reason: unknown) => reason,
    );
    expect(error).to.include({
      code: "GAME_OF_ANOTHER",
      message:
        `the receipt is ${receiptId(stage.domain, other.receipt)}, expected that of game ${gameId}, ` +
        receiptId(stage.domain, asked.receipt),
    });
    expect((await read(gameId)).phase).to.equal(GamePhase.Roots);
  });

  it("a silent operator loses by the clock", async function () {
    const { receipt } = await publish({ tensor: 1, byte: 0, flip: 1, isCarried: true });
    const { gameId } = await openGame(challenger, stage.deployment, { leaf: bareLeaf(receipt) });
    await pass(stage, MOVE_WINDOW);
    const claimed = await claimTimeout(operator.account, stage.deployment, { gameId, receipt });
    expect(claimed).to.deep.equal({
      operatorLost: true,
      receiptId: receiptId(stage.domain, receipt),
      challenger: challenger.address,
      offence: Offence.Unresponsive,
      taken: LOCK,
      bounty: PENALTY / 2n,
    });
    expect(await gains()).to.deep.equal(OVERTURNED);
    const { sentence } = await read(gameId);
    expect(sentence).to.equal("The game is over: the operator did not answer in time, and the answer is overturned.");
  });

  it("an honest operator shows its roots, and has half of the bond of who has nothing to say", async function () {
    const published = await publish();
    const { receipt, record } = published;
    const { gameId } = await openGame(challenger, stage.deployment, { leaf: bareLeaf(receipt) });
    const move = operatorMove(await read(gameId), record, await now(stage));
    expect(await playMove(operator.account, stage.deployment, { gameId, receipt, move })).to.equal(true);
    const knowledge = { model, claim: claimOf(published) };
    const reply = challengerMove(await read(gameId), knowledge, await now(stage));
    expect(reply).to.deep.equal({ kind: "none", reason: "nothing differs from the replay: the answer is right" });
    expect(await playMove(challenger, stage.deployment, { gameId, receipt, move: reply })).to.equal(false);
    await pass(stage, MOVE_WINDOW);
    const last = operatorMove(await read(gameId), record, await now(stage));
    expect(last.kind).to.equal("claimTimeout");
    const claimed = await claimTimeout(operator.account, stage.deployment, { gameId, receipt });
    expect(claimed).to.deep.equal({ operatorLost: false, toOperator: GAME_BOND / 2n, toReserve: GAME_BOND / 2n });
    const half = GAME_BOND / 2n;
    expect(await gains()).to.deep.equal({ ...NOTHING, operator: half, challenger: -GAME_BOND, reserve: half });
    expect(await statusOf(published)).to.equal(AnswerStatus.Final);
  });

  it("a tensor of 20 leaves is opened in two steps", async function () {
    const { deployment, protocol } = stage;
    const { spec, weights, input } = WIDE;
    const manifest = {
      ...stage.lande.manifest,
      name: "wide",
      class: ModelClass.OpenWeights,
      specHash: hashSpec(spec),
      weightsRoot: weightsRoot(spec, weights),
    };
    const policy = { ...POLICY, proofVerifier: ZeroAddress };
    const modelId = await publishModel(protocol.others.at(-1)!, deployment, { manifest, policy, spec });
    await hostModel(operator.account, deployment, { modelId });
    const wide = { ...stage, model: { spec, weights, preprocessHash: ZeroHash }, modelId };
    const agent = new OperatorAgent(wide, "wide", operator.account, operator.key);
    const published = await publish({ tensor: 1, byte: 18_437, flip: 0x80, isCarried: true }, agent, input);
    const { receipt, record } = published;
    const knowledge = { model: { spec, weights, preprocessHash: ZeroHash }, claim: claimOf(published) };
    const { gameId } = await openGame(challenger, deployment, { leaf: bareLeaf(receipt) });
    const kinds: string[] = [];
    for (let turn = 0; turn < 20; turn++) {
      const game = await read(gameId);
      const ours = challengerMove(game, knowledge, await now(stage));
      const move = ours.kind === "wait" ? operatorMove(game, record, await now(stage)) : ours;
      kinds.push(move.kind);
      const signer = ours.kind === "wait" ? operator.account : challenger;
      if (!(await playMove(signer, deployment, { gameId, receipt, move }))) break;
    }
    const levels = ["revealChildren", "pick", "revealChildren", "pick"];
    expect(kinds).to.deep.equal(["publishRoots", "choose", ...levels, "revealLeaf", "prove", "withdrawBond", "none"]);
    expect(await gains()).to.deep.equal(OVERTURNED);
  });
});

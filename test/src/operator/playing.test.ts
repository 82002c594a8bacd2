import { expect } from "chai";
import { hexlify, keccak256, parseEther, type Signer } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

import { checkReceipt } from "../../../src/actions/checkReceipt.ts";
import { hostModel } from "../../../src/actions/hostModel.ts";
import { openGame } from "../../../src/actions/openGame.ts";
import { playMove } from "../../../src/actions/playMove.ts";
import { publishModel } from "../../../src/actions/publishModel.ts";
import { readAccount } from "../../../src/actions/readAccount.ts";
import { readGame } from "../../../src/actions/readGame.ts";
import { commitTrace } from "../../../src/inference/commitments.ts";
import { evaluate } from "../../../src/inference/evaluate.ts";
import { traceOf } from "../../../src/inference/proofs.ts";
import { Dtype, OpCode, Rounding, hashSpec, type GraphSpec } from "../../../src/inference/spec.ts";
import { encodeTensor } from "../../../src/inference/tensor.ts";
import type { DutySettings } from "../../../src/operator/duty.ts";
import type { KeptTrace } from "../../../src/operator/models/packTrace.ts";
import { AnswerStatus, bareLeaf } from "../../../src/protocol/answers.ts";
import { GamePhase } from "../../../src/protocol/games.ts";
import type { ModelId, ReceiptId } from "../../../src/protocol/ids.ts";
import type { Receipt, SignedReceipt } from "../../../src/protocol/receipts.ts";
import { DAY, HOUR, LOCK, MANIFEST, POLICY, WINDOW, operate, type Operation } from "../../setup/operation.ts";
import { OperatorDesk, deskChain } from "../../setup/operatorDesk.ts";

/** 64 leaves: two moves that open 16 and 4 children, and one that opens the leaf. */
const ROWS = 65_536;
const MOVE_WINDOW = 13 * HOUR;
const GAME_BOND = parseEther("50");

const DEEP: GraphSpec = {
  tensors: [
    { dtype: Dtype.I8, length: 4 },
    { dtype: Dtype.I8, length: ROWS },
  ],
  ops: [{ code: OpCode.DENSE, rounding: Rounding.FLOOR, input: 0, rows: ROWS, k: 4, zero: 0, lo: -128n, hi: 127n }],
};

/** What the operator computed, right as far as anybody can tell: its weights are its own. */
function run(request: Int8Array): { request: Uint8Array; output: Uint8Array; traceRoot: string; trace: KeptTrace } {
  const weights = {
    values: Int8Array.from({ length: 4 * ROWS }, (_, i) => (i % 7) - 3),
    mult: new BigInt64Array(ROWS).fill(1n),
    bias: new BigInt64Array(ROWS),
    shift: new Int8Array(ROWS),
  };
  const tensors = evaluate(DEEP, [weights], request);
  const { traceRoot, tensorRoots } = commitTrace(DEEP, tensors);
  const bytes = tensors.map((data, number) => encodeTensor(DEEP.tensors[number]!, data));
  const trace = { roots: [...tensorRoots], tensors: bytes.map((tensor) => hexlify(tensor)) };
  return { request: bytes[0]!, output: bytes.at(-1)!, traceRoot, trace };
}

const COMPUTED = run(Int8Array.of(1, -2, 3, 4));

type Arena = Operation & { deep: ModelId; challenger: Signer & { address: string } };

async function enterArena(connection: NetworkConnection): Promise<Arena> {
  const operation = await operate(connection);
  const { publisher, operator, deployment, beneficiary, protocol } = operation;
  const manifest = { ...MANIFEST, name: "deep", specHash: hashSpec(DEEP) };
  const policy = { ...POLICY, privateInput: true };
  const deep = await publishModel(publisher, deployment, { manifest, policy, spec: DEEP });
  await hostModel(operator, deployment, { modelId: deep });
  await protocol.token.transfer(beneficiary.address, 10n * GAME_BOND);
  return { ...operation, deep, challenger: beneficiary };
}

describe("src/operator/playing", () => {
  let connection: NetworkConnection;
  let arena: Arena;
  let desk: OperatorDesk;
  let job = 0;

  before(async () => {
    connection = await deskChain();
  });

  beforeEach(async () => {
    arena = await connection.networkHelpers.loadFixture(enterArena);
    desk = sit();
  });

  afterEach(() => {
    desk.remove();
  });

  function sit(settings: Partial<DutySettings> = {}, folder?: string): OperatorDesk {
    const { provider } = connection.ethers;
    const { deployment, domain, operator, key, hotAccount, deep } = arena;
    const place = { provider, deployment, domain, operator: operator.address, key, modelIds: [deep] };
    const options = { settings: { batchSize: 1, ...settings }, signer: (): Signer => hotAccount };
    return new OperatorDesk(place, folder === undefined ? options : { ...options, folder });
  }

  const pass = async (seconds: number): Promise<void> => {
    await connection.networkHelpers.time.increase(seconds);
    await connection.networkHelpers.mine();
  };

  /** A published answer, right and with its trace kept unless said otherwise. */
  async function answer(kept: { trace?: KeptTrace } = COMPUTED): Promise<{ id: ReceiptId; signed: SignedReceipt }> {
    const { request, output, traceRoot } = COMPUTED;
    const [inputHash, outputHash] = [keccak256(request), keccak256(output)];
    const changes: Partial<Receipt> = { modelId: arena.deep, inputHash, outputHash, traceRoot };
    const receipt = await arena.receipt(job++, changes);
    const { trace } = kept;
    const answered = await desk.keep(receipt, { request, output, wantsFinal: true, ...(trace && { trace }) });
    await desk.rest();
    await desk.step();
    return answered;
  }

  const contest = async (receipt: Receipt): Promise<bigint> =>
    (await openGame(arena.challenger, arena.deployment, { leaf: bareLeaf(receipt) })).gameId;

  /** The game as the journal has it is the game as the contract has it. */
  async function expectFollowed(gameId: bigint): Promise<GamePhase> {
    await desk.step();
    const blockTag = desk.duties.follower.head!.number; // a step's own moves are in the blocks after it
    const view = await arena.protocol.replay.gameOf(gameId, { blockTag });
    const game = desk.chain.openGames().find((open) => open.gameId === gameId)!;
    expect({ ...game, bond: undefined, isOverturned: undefined }).to.deep.equal({
      gameId,
      bond: undefined,
      isOverturned: undefined,
      receiptId: view.receiptId,
      challenger: view.challenger,
      phase: Number(view.phase),
      deadline: Number(view.deadline),
      tensor: Number(view.tensor),
      leaves: Number(view.leaves),
      level: Number(view.level),
      position: Number(view.position),
      node: view.node,
    });
    return game.phase;
  }

  const wealthOf = async (account: string): Promise<bigint> => {
    const { credit, active } = await readAccount(connection.ethers.provider, arena.deployment, { account });
    return credit + active + (await arena.protocol.token.balanceOf(account));
  };

  /** Plays the challenger's side to the end of what can be asked, with the operator answering in between. */
  async function playOut(gameId: bigint, { receipt }: SignedReceipt): Promise<GamePhase[]> {
    const { deployment, challenger } = arena;
    const phases = [await expectFollowed(gameId)];
    const play = async (move: Parameters<typeof playMove>[2]["move"]): Promise<void> => {
      await playMove(challenger, deployment, { gameId, receipt, move });
      phases.push(await expectFollowed(gameId));
      phases.push(await expectFollowed(gameId));
    };
    phases.push(await expectFollowed(gameId));
    await play({ kind: "choose", tensor: 1, trace: traceOf(DEEP, COMPUTED.trace.roots) });
    for (const child of [13, 2]) {
      const { openings } = await readGame(connection.ethers.provider, deployment, { gameId });
      await play({ kind: "pick", children: openings.at(-1)!.children, child });
    }
    return phases;
  }

  it("wins against whoever contests a right answer, and has half of the bond", async () => {
    const { id, signed } = await answer();
    const { RESERVE } = arena.protocol.vault;
    const reserve = await RESERVE();
    const accounts = [arena.operator.address, arena.challenger.address, reserve];
    const before = await Promise.all(accounts.map(wealthOf));

    const gameId = await contest(signed.receipt);
    const phases = await playOut(gameId, signed);
    const { Roots, Choose, Reveal, Pick, Prove } = GamePhase;
    // Each step sees what was played before it, and answers.
    expect(phases).to.deep.equal([Roots, Choose, Reveal, Pick, Reveal, Pick, Reveal, Prove]);
    expect(await desk.metric("games", { phase: "Prove" })).to.equal(1);
    expect(await desk.metric("moves_total", { kind: "publishRoots" })).to.equal(1);
    expect(await desk.metric("moves_total", { kind: "revealChildren" })).to.equal(2);
    expect(await desk.metric("moves_total", { kind: "revealLeaf" })).to.equal(1);
    expect(await desk.rest()).to.equal(0); // nothing is to be done until the clock has run out

    const { deadline } = await arena.protocol.replay.gameOf(gameId);
    await connection.networkHelpers.time.increaseTo(deadline - 1n);
    await connection.networkHelpers.mine();
    await desk.rest();
    expect(await desk.metric("moves_total", { kind: "claimTimeout" })).to.equal(1);
    const after = await Promise.all(accounts.map(wealthOf));
    const changes = after.map((amount, i) => amount - before[i]!);
    expect(changes).to.deep.equal([GAME_BOND / 2n, -GAME_BOND, GAME_BOND / 2n]);
    const { receipt } = signed;
    expect((await checkReceipt(connection.ethers.provider, arena.deployment, { receipt })).status).to.equal(
      AnswerStatus.Final,
    );
    await desk.step();
    expect(desk.chain.openGames()).to.deep.equal([]);
    expect(desk.answers.publication(id)!.locked).to.equal(LOCK);
    expect(await desk.metric("deadline_alarms_total")).to.equal(0);
  });

  it("plays on after a restart, in every game on the answer at once, the nearest deadline first", async () => {
    const { signed } = await answer();
    const games = [await contest(signed.receipt)];
    await pass(HOUR);
    games.push(await contest(signed.receipt));
    await desk.begin();
    await desk.duties.settled();
    const { folder } = desk;
    desk.close();
    desk = sit({}, folder);
    const { deployment, challenger } = arena;
    const move = { kind: "choose", tensor: 1, trace: traceOf(DEEP, COMPUTED.trace.roots) } as const;
    for (const gameId of games) await playMove(challenger, deployment, { gameId, receipt: signed.receipt, move });
    await desk.rest();
    const { replay } = arena.protocol;
    const phases = await Promise.all(games.map(async (gameId) => Number((await replay.gameOf(gameId)).phase)));
    expect(phases).to.deep.equal([GamePhase.Pick, GamePhase.Pick]);
    expect(await desk.metric("games", { phase: "Reveal" })).to.equal(0);
    await desk.step();
    expect(await desk.metric("games", { phase: "Pick" })).to.equal(2);
  });

  it("raises an alarm when a move is not on chain near its deadline, and plays all the same", async () => {
    const { signed } = await answer();
    const gameId = await contest(signed.receipt);
    await pass(MOVE_WINDOW - 60);
    await desk.begin();
    expect(await desk.metric("deadline_alarms_total")).to.equal(1);
    expect(await desk.metric("seconds_to_deadline")).to.be.within(1, 60);
    expect(desk.said(50)).to.deep.equal(["a move is not on chain yet and its time is nearly over"]);
    await desk.duties.settled();
    expect(Number((await arena.protocol.replay.gameOf(gameId)).phase)).to.equal(GamePhase.Choose);
  });

  it("says loudly that it cannot play when the trace is gone", async () => {
    const { signed } = await answer({});
    await contest(signed.receipt);
    await desk.rest();
    expect(await desk.metric("games_unplayable_total")).to.equal(1);
    expect(desk.said(50)).to.include("a game cannot be played: the trace of its answer is not in this journal");
  });

  describe("retention", () => {
    const KEEP = 3_600;
    const has = (id: ReceiptId): boolean => desk.answers.traceOf(id) !== undefined;
    /** Drops what can be dropped at a chain time. */
    const dropAt = async (time: number): Promise<void> => {
      await connection.networkHelpers.time.increaseTo(time);
      await connection.networkHelpers.mine(0);
      await desk.step();
    };

    it("keeps a trace until its answer cannot be contested, and so much longer", async () => {
      const { id, signed } = await answer();
      await desk.step();
      const { finalAt } = desk.answers.publication(id)!;
      expect(finalAt).to.be.below(signed.receipt.anchorBy); // the receipt could be in another batch until then
      const { anchorBy } = signed.receipt;
      await dropAt(anchorBy + KEEP - 1);
      expect(has(id)).to.equal(true);
      await dropAt(anchorBy + KEEP);
      expect(has(id)).to.equal(false);
      expect(desk.answers.answer(id)!.signed.receipt.jobId).to.equal(signed.receipt.jobId);
      expect(await desk.metric("traces_dropped_total")).to.equal(1);
    });

    it("keeps a trace as long as a game holds the answer, and until the time to contest that is left", async () => {
      const { id, signed } = await answer();
      await connection.networkHelpers.time.increaseTo(desk.answers.publication(id)!.finalAt - 10);
      const gameId = await contest(signed.receipt);
      await desk.rest();
      // Its challenger lets the clock run out and nobody claims.
      desk.journal.database.exec("UPDATE games SET deadline = deadline + 1000000000");
      await pass(3 * DAY);
      await desk.step();
      expect(has(id)).to.equal(true);
      await arena.protocol.replay.claimTimeout(gameId, signed.receipt);
      const releasedAt = await arena.now();
      await dropAt(releasedAt + KEEP - 1);
      expect(has(id)).to.equal(true);
      await dropAt(releasedAt + KEEP);
      expect(has(id)).to.equal(false);
    });

    it("keeps the trace of a leaf that nobody published as long as somebody can", async () => {
      const { request, output, traceRoot, trace } = COMPUTED;
      const now = await arena.now();
      const receipt = await arena.receipt(job++, {
        ...{ modelId: arena.deep, inputHash: keccak256(request), outputHash: keccak256(output), traceRoot },
        anchorBy: now + HOUR,
      });
      const { id } = await desk.keep(receipt, { request, output, trace });
      await desk.rest();
      await desk.step();
      const { lockEnd, anchoredAt } = desk.answers.batch(desk.answers.answer(id)!.leaf!.root)!.anchored!;
      expect(lockEnd).to.equal(anchoredAt + WINDOW);
      expect(lockEnd).to.be.above(receipt.anchorBy);
      await dropAt(lockEnd + KEEP - 1);
      expect(has(id)).to.equal(true);
      await dropAt(lockEnd + KEEP);
      expect(has(id)).to.equal(false);
    });
  });
});

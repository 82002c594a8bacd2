import { expect } from "chai";

import { checkReceipt } from "../../../src/actions/checkReceipt.ts";
import { playMove } from "../../../src/actions/playMove.ts";
import { readAccount } from "../../../src/actions/readAccount.ts";
import { readGame } from "../../../src/actions/readGame.ts";
import { traceOf } from "../../../src/inference/proofs.ts";
import { AnswerStatus } from "../../../src/protocol/answers.ts";
import { GamePhase } from "../../../src/protocol/games.ts";
import type { SignedReceipt } from "../../../src/protocol/receipts.ts";
import { COMPUTED, DEEP, GAME_BOND, GameArena } from "../../setup/gameArena.ts";
import { HOUR, LOCK } from "../../setup/operation.ts";

const MOVE_WINDOW = 13 * HOUR;

describe("src/operator/playing", () => {
  let arena: GameArena;

  beforeEach(async () => {
    arena = await GameArena.open();
  });

  afterEach(async () => {
    await arena.desk.remove();
  });

  /** The game as the journal has it is the game as the contract has it. */
  async function expectFollowed(gameId: bigint): Promise<GamePhase> {
    await arena.desk.step();
    const blockTag = arena.desk.duties.follower.head!.number; // a step's own moves are in the blocks after it
    const view = await arena.ground.protocol.replay.gameOf(gameId, { blockTag });
    const game = arena.desk.chain.openGames().find((open) => open.gameId === gameId)!;
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
    const { credit, active } = await readAccount(arena.connection.ethers.provider, arena.ground.deployment, {
      account,
    });
    return credit + active + (await arena.ground.protocol.token.balanceOf(account));
  };

  /** Plays the challenger's side to the end of what can be asked, with the operator answering in between. */
  async function playOut(gameId: bigint, { receipt }: SignedReceipt): Promise<GamePhase[]> {
    const { deployment, challenger } = arena.ground;
    const phases = [await expectFollowed(gameId)];
    const play = async (move: Parameters<typeof playMove>[2]["move"]): Promise<void> => {
      await playMove(challenger, deployment, { gameId, receipt, move });
      phases.push(await expectFollowed(gameId));
      phases.push(await expectFollowed(gameId));
    };
    phases.push(await expectFollowed(gameId));
    await play({ kind: "choose", tensor: 1, trace: traceOf(DEEP, COMPUTED.trace.roots) });
    for (const child of [13, 2]) {
      const { openings } = await readGame(arena.connection.ethers.provider, deployment, { gameId });
      await play({ kind: "pick", children: openings.at(-1)!.children, child });
    }
    return phases;
  }

  it("wins against whoever contests a right answer, and has half of the bond", async () => {
    const { id, signed } = await arena.keep();
    await arena.rest();
    const { RESERVE } = arena.ground.protocol.vault;
    const reserve = await RESERVE();
    const accounts = [arena.ground.operator.address, arena.ground.challenger.address, reserve];
    const before = await Promise.all(accounts.map(wealthOf));

    const gameId = await arena.contest(signed.receipt);
    const phases = await playOut(gameId, signed);
    const { Roots, Choose, Reveal, Pick, Prove } = GamePhase;
    // Each step sees what was played before it, and answers.
    expect(phases).to.deep.equal([Roots, Choose, Reveal, Pick, Reveal, Pick, Reveal, Prove]);
    expect(await arena.desk.metric("games", { phase: "Prove" })).to.equal(1);
    expect(await arena.desk.metric("moves_total", { kind: "publishRoots" })).to.equal(1);
    expect(await arena.desk.metric("moves_total", { kind: "revealChildren" })).to.equal(2);
    expect(await arena.desk.metric("moves_total", { kind: "revealLeaf" })).to.equal(1);
    expect(await arena.desk.rest()).to.equal(0); // nothing is to be done until the clock has run out

    const { deadline } = await arena.ground.protocol.replay.gameOf(gameId);
    await arena.passTo(deadline - 1n);
    await arena.connection.networkHelpers.mine();
    await arena.desk.rest();
    expect(await arena.desk.metric("moves_total", { kind: "claimTimeout" })).to.equal(1);
    const after = await Promise.all(accounts.map(wealthOf));
    const changes = after.map((amount, i) => amount - before[i]!);
    expect(changes).to.deep.equal([GAME_BOND / 2n, -GAME_BOND, GAME_BOND / 2n]);
    const { receipt } = signed;
    expect(
      (await checkReceipt(arena.connection.ethers.provider, arena.ground.deployment, { receipt })).status,
    ).to.equal(AnswerStatus.Final);
    await arena.desk.step();
    expect(arena.desk.chain.openGames()).to.deep.equal([]);
    expect(arena.desk.answers.publication(id)!.locked).to.equal(LOCK);
    expect(await arena.desk.metric("deadline_alarms_total")).to.equal(0);
  });

  it("plays on after a restart, in every game on the answer at once, the nearest deadline first", async () => {
    const { signed } = await arena.keep();
    await arena.rest();
    const games = [await arena.contest(signed.receipt)];
    await arena.pass(HOUR);
    games.push(await arena.contest(signed.receipt));
    await arena.desk.begin();
    await arena.desk.duties.settled();
    const { folder } = arena.desk;
    arena.desk.close();
    arena.desk = arena.sit({}, folder);
    const { deployment, challenger } = arena.ground;
    const move = { kind: "choose", tensor: 1, trace: traceOf(DEEP, COMPUTED.trace.roots) } as const;
    for (const gameId of games) await playMove(challenger, deployment, { gameId, receipt: signed.receipt, move });
    await arena.desk.rest();
    const { replay } = arena.ground.protocol;
    const phases = await Promise.all(games.map(async (gameId) => Number((await replay.gameOf(gameId)).phase)));
    expect(phases).to.deep.equal([GamePhase.Pick, GamePhase.Pick]);
    expect(await arena.desk.metric("games", { phase: "Reveal" })).to.equal(0);
    await arena.desk.step();
    expect(await arena.desk.metric("games", { phase: "Pick" })).to.equal(2);
  });

  it("raises an alarm when a move is not on chain near its deadline, and plays all the same", async () => {
    const { signed } = await arena.keep();
    await arena.rest();
    const gameId = await arena.contest(signed.receipt);
    await arena.pass(MOVE_WINDOW - 60);
    await arena.desk.begin();
    expect(await arena.desk.metric("deadline_alarms_total")).to.equal(1);
    expect(await arena.desk.metric("seconds_to_deadline")).to.be.within(1, 60);
    expect(arena.desk.said(50)).to.deep.equal(["a move is not on chain yet and its time is nearly over"]);
    await arena.desk.duties.settled();
    expect(Number((await arena.ground.protocol.replay.gameOf(gameId)).phase)).to.equal(GamePhase.Choose);
  });

  it("says loudly that it cannot play when the trace is gone", async () => {
    const { signed } = await arena.keep({}, { trace: null });
    await arena.rest();
    await arena.contest(signed.receipt);
    await arena.desk.rest();
    expect(await arena.desk.metric("games_unplayable_total")).to.equal(1);
    expect(arena.desk.said(50)).to.include("a game cannot be played: the trace of its answer is not in this journal");
  });
});

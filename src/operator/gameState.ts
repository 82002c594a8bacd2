import { ZeroHash } from "ethers";

import { GamePhase, type Game } from "../protocol/games.ts";
import type { Id, ReceiptId } from "../protocol/ids.ts";
import type { Fact } from "./chainEvents.ts";

/** A game as the operator needs it: whose turn it is, until when, and what is to be opened. */
export type GameState = Pick<
  Game,
  "gameId" | "receiptId" | "challenger" | "phase" | "tensor" | "leaves" | "level" | "position" | "node" | "bond"
> & {
  /** Undefined as long as the time of the block that started the clock is not known. */
  deadline: number | undefined;
};

/** What is known of time besides what events say. */
export type Times = {
  /** Timestamp of a block with facts; undefined if it was not read yet. */
  timeOf: (blockHash: string) => number | undefined;
  /** Seconds for each move. */
  moveWindow: number;
};

/**
 * Sums up what happened in a game; undefined if there is none.
 * @param facts Of the game and of its answer, in their order on chain.
 */
export function gameState(gameId: string, facts: readonly Fact[], times: Times): GameState | undefined {
  let game: GameState | undefined;
  let levels = 0;
  for (const fact of facts) {
    if (fact.name === "GameOpened") game = opened(gameId, fact);
    if (game === undefined) continue;
    if (fact.name === "TensorRootsPublished") game = withRoots(game, fact, times);
    else if (fact.gameId === gameId) {
      game = moved(game, fact, levels);
      if (fact.name === "ChildrenRevealed") levels = Math.log2(fact.details.children as number);
    }
  }
  return game;
}

function opened(gameId: string, { receiptId, details }: Fact): GameState {
  return {
    gameId: BigInt(gameId),
    receiptId: receiptId as Id<string> as ReceiptId,
    challenger: details.challenger as string,
    phase: GamePhase.None,
    deadline: undefined,
    bond: BigInt(details.bond as string),
    ...{ tensor: 0, leaves: 0, level: 0, position: 0, node: ZeroHash },
  };
}

/** Roots move every game that waits for them and whose clock has not run out. */
function withRoots(game: GameState, { blockHash }: Fact, { timeOf, moveWindow }: Times): GameState {
  if (game.phase !== GamePhase.Roots) return game;
  const publishedAt = timeOf(blockHash);
  if (publishedAt === undefined) return { ...game, phase: GamePhase.Choose, deadline: undefined };
  if (publishedAt >= game.deadline!) return game; // every start has one
  return { ...game, phase: GamePhase.Choose, deadline: publishedAt + moveWindow };
}

function moved(game: GameState, { name, details }: Fact, levels: number): GameState {
  const deadline = details.deadline as number;
  switch (name) {
    case "GameStarted":
      return { ...game, phase: details.phase as GamePhase, deadline };
    case "TensorChosen": {
      const { tensor, leaves, root } = details as { tensor: number; leaves: number; root: string };
      return { ...game, phase: GamePhase.Reveal, deadline, tensor, leaves, node: root };
    }
    case "ChildrenRevealed":
      return { ...game, phase: GamePhase.Pick, deadline };
    case "ChildPicked": {
      const { position, node } = details as { position: number; node: string };
      return { ...game, phase: GamePhase.Reveal, deadline, level: game.level + levels, position, node };
    }
    case "LeafRevealed":
      return { ...game, phase: GamePhase.Prove, deadline };
    case "ClockClaimed":
      return { ...game, phase: GamePhase.Over };
    case "GameBondReturned":
    case "GameBondForfeited":
      return { ...game, phase: GamePhase.Over, bond: 0n };
    default:
      return game;
  }
}

import type { IReplayGame } from "../../typechain-types/contracts/replay/ReplayGame.ts";
import { parseId, type ReceiptId } from "./ids.ts";

/** Whose turn it is in a game, and for what. */
export const GamePhase = {
  /** There is no such game. */
  None: 0,
  /** Operator: publish the roots of all tensors. */
  Roots: 1,
  /** Challenger: name the first tensor that differs. */
  Choose: 2,
  /** Operator: open the node, or the leaf. */
  Reveal: 3,
  /** Challenger: pick a child. */
  Pick: 4,
  /** Challenger: all is shown. */
  Prove: 5,
  Over: 6,
} as const;
export type GamePhase = (typeof GamePhase)[keyof typeof GamePhase];

/** What is wrong with a trace beside a unit of arithmetic. */
export const TraceFault = { RootCount: 0, Padding: 1, MissingLeaf: 2, Request: 3, Output: 4 } as const;
export type TraceFault = (typeof TraceFault)[keyof typeof TraceFault];

/** Which end of a trace shown bytes are. */
export const End = { Request: 0, Output: 1 } as const;
export type End = (typeof End)[keyof typeof End];

/** A game as the contract keeps it. Times in Unix seconds. */
export type GameClock = {
  gameId: bigint;
  /** Zero word if there is no such game. */
  receiptId: ReceiptId;
  challenger: string;
  /** By what was played; a clock that ran out or a proof ends it too, see `deadline` and `isOverturned`. */
  phase: GamePhase;
  /** Of whose turn it is, exclusive. */
  deadline: number;
  /** That the challenger chose; 0: none yet. */
  tensor: number;
  /** Of that tensor. */
  leaves: number;
  /** Opened so far, from the root. */
  level: number;
  /** Of the node in its level: the leaf's index once all levels are opened. */
  position: number;
  /** To be opened, or picked from. */
  node: string;
};

/** A node that the operator opened. */
export type Opening = { level: number; position: number; children: string[] };

/** What was shown in a game, from its beginning. */
export type GameRecord = {
  /** Of all tensors; undefined as long as they are not published. */
  roots: string[] | undefined;
  /** From the root of the chosen tensor down. */
  openings: Opening[];
  /** The 1,024 bytes at the end, in hex. */
  leaf: string | undefined;
  /** A clock that ran out ended it, and was it the operator's? Undefined if none did. */
  operatorLost: boolean | undefined;
};

/** A game with all that is needed to play on. */
export type Game = GameClock &
  GameRecord & {
    /** Of the challenger, stake token, smallest unit; 0 once it is paid out. */
    bond: bigint;
    /** The answer was overturned, in this game or elsewhere. */
    isOverturned: boolean;
  };

/** Events of one game, and the one of its answer, each kind in the order in which they were emitted. */
export type GameEvents = {
  rootsPublished: readonly { roots: readonly string[] }[];
  childrenRevealed: readonly { children: readonly string[] }[];
  childPicked: readonly { position: bigint }[];
  leafRevealed: readonly { leaf: string }[];
  clockClaimed: readonly { operatorLost: boolean }[];
};

/** Whether a move of the operator is waited for; if not, of the challenger. */
export function isOperatorsTurn(phase: GamePhase): boolean {
  return phase === GamePhase.Roots || phase === GamePhase.Reveal;
}

/** A contract's game in the types of this package. */
export function readGameClock(gameId: bigint, output: IReplayGame.GameViewStructOutput): GameClock {
  return {
    gameId,
    receiptId: parseId(output.receiptId),
    challenger: output.challenger,
    phase: Number(output.phase) as GamePhase,
    deadline: Number(output.deadline),
    tensor: Number(output.tensor),
    leaves: Number(output.leaves),
    level: Number(output.level),
    position: Number(output.position),
    node: output.node,
  };
}

/** What was shown in a game, by its events: a node is opened, a child of it picked, that child opened. */
export function readGameRecord(events: GameEvents): GameRecord {
  const openings: Opening[] = [];
  let [level, position] = [0, 0];
  events.childrenRevealed.forEach(({ children }, i) => {
    openings.push({ level, position, children: [...children] });
    level += Math.log2(children.length);
    position = Number(events.childPicked[i]?.position ?? 0); // the last may not be picked from yet
  });
  const [published] = events.rootsPublished;
  return {
    roots: published && [...published.roots],
    openings,
    leaf: events.leafRevealed[0]?.leaf,
    operatorLost: events.clockClaimed[0]?.operatorLost,
  };
}

import { getBytes, hexlify } from "ethers";

import { hashTensorRoots } from "../inference/commitments.ts";
import {
  findFault,
  findFaultInLeaf,
  replayClaim,
  type Claim,
  type Fault,
  type ProvableFault,
  type Replay,
  type ReplayModel,
  type ShownTrace,
} from "../inference/faults.ts";
import { TensorTree, proofOfOpenings, traceOf, type Trace } from "../inference/proofs.ts";
import { Dtype } from "../inference/spec.ts";
import { GamePhase, isOperatorsTurn, type Game } from "./games.ts";
import type { TraceRecord } from "./traceRecord.ts";

/** Why there is nothing to do, for a person. */
export const NoMove = {
  Unknown: "there is no such game",
  Over: "the game is over",
  Late: "the clock ran out, and what the game was about is lost",
  NothingWrong: "nothing differs from the replay: the answer is right",
  Preprocessing: "tensor 0 does not follow from the request, which is for token holders to judge",
  RootsUnread: "the roots of the tensors were published but not read",
  OtherTrace: "what was kept is not the trace of this answer",
} as const;
export type NoMove = (typeof NoMove)[keyof typeof NoMove];

/** What both sides may have to do. */
type SharedMove =
  /** The other side's clock ran out. */
  | { kind: "claimTimeout" }
  /** It is the other side's turn, until then (Unix seconds). */
  | { kind: "wait"; until: number }
  | { kind: "none"; reason: NoMove };

export type ChallengerMove =
  | SharedMove
  | { kind: "choose"; tensor: number; trace: Trace }
  | { kind: "pick"; children: string[]; child: number }
  /** Ends the game and the answer; counts whoever's turn it is. */
  | { kind: "prove"; fault: ProvableFault }
  /** The answer was overturned: the bond is free. */
  | { kind: "withdrawBond" };

export type OperatorMove =
  | SharedMove
  | { kind: "publishRoots"; roots: string[] }
  | { kind: "revealChildren"; children: string[] }
  /** 1,024 bytes in hex. */
  | { kind: "revealLeaf"; leaf: string };

/** What a challenger knows of an answer beside what is shown in the game. */
export type ChallengerKnowledge = {
  readonly model: ReplayModel;
  readonly claim: Claim;
  /** Tensors that the operator showed outside the game, if any. */
  readonly shown?: ShownTrace["tensors"];
  /** Of the claim, if it was run before. */
  readonly replay?: Replay;
};

/**
 * What the challenger of a game should do now. A proof comes before any move, as soon as there is one, and has no clock;
 * a move after its deadline is never proposed.
 * @param now Time of the block that the move would be in, at the earliest: Unix seconds.
 */
export function challengerMove(game: Game, knowledge: ChallengerKnowledge, now: number): ChallengerMove {
  const { phase, deadline, isOverturned } = game;
  if (phase === GamePhase.None) return { kind: "none", reason: NoMove.Unknown };
  if (phase === GamePhase.Over) return { kind: "none", reason: NoMove.Over };
  if (isOverturned) return { kind: "withdrawBond" };
  const isLate = now >= deadline;
  if (isLate && isOperatorsTurn(phase)) return { kind: "claimTimeout" };
  const { model, claim, shown } = knowledge;
  const replay = knowledge.replay ?? replayClaim(model, claim);
  const fault = findFault(model, claim, { roots: game.roots, tensors: shown ?? [] }, replay);
  if (fault !== undefined && isProvable(fault)) return { kind: "prove", fault };
  // Request and output are tensors: otherwise that was the fault.
  const played = turnOf(game, { model, replay: replay! }, fault);
  return isLate && played.kind !== "prove" ? { kind: "none", reason: NoMove.Late } : played;
}

function isProvable(fault: Fault): fault is ProvableFault {
  return fault.kind !== "withheld" && fault.kind !== "preprocessing";
}

type Known = { model: ReplayModel; replay: Replay };

function turnOf(game: Game, known: Known, fault: Fault | undefined): ChallengerMove {
  if (game.phase === GamePhase.Choose) return choiceOf(game, known, fault);
  if (game.phase === GamePhase.Pick) return pickOf(game, known);
  if (game.phase === GamePhase.Prove) return proofOf(game, known);
  return { kind: "wait", until: game.deadline };
}

function choiceOf({ roots }: Game, { model }: Known, fault: Fault | undefined): ChallengerMove {
  if (fault === undefined) return { kind: "none", reason: NoMove.NothingWrong };
  if (fault.kind === "preprocessing") return { kind: "none", reason: NoMove.Preprocessing };
  if (fault.kind !== "withheld" || fault.tensor === undefined || roots === undefined) {
    return { kind: "none", reason: NoMove.RootsUnread };
  }
  return { kind: "choose", tensor: fault.tensor, trace: traceOf(model.spec, roots) };
}

/** The first child that is not the replay's. Those without leaves are the same: the contract saw to it. */
function pickOf({ openings, tensor, level, position }: Game, { replay }: Known): ChallengerMove {
  const children = openings.at(-1)!.children;
  const own = replay.trees[tensor]!.children(level, position);
  const child = children.findIndex((word, i) => word !== own[i]);
  if (child < 0) return { kind: "none", reason: NoMove.NothingWrong };
  return { kind: "pick", children, child };
}

function proofOf(game: Game, { model, replay }: Known): ChallengerMove {
  const { roots, openings, leaf, tensor, position: index } = game;
  if (roots === undefined || leaf === undefined) return { kind: "none", reason: NoMove.RootsUnread };
  const path = openings.map(({ position, children }, i) => {
    const picked = openings[i + 1]?.position ?? index;
    return { children, child: picked - position * children.length };
  });
  const shown = { tensor, index, leaf, proof: proofOfOpenings(path) };
  const fault = findFaultInLeaf(model, replay, roots, shown);
  return fault === undefined ? { kind: "none", reason: NoMove.NothingWrong } : { kind: "prove", fault };
}

/**
 * What the operator of an answer should do now in a game on it, out of what it kept; also anybody who has the same. A
 * move after its deadline is never proposed.
 * @param record As it was kept; the model is not run again.
 * @param now Time of the block that the move would be in, at the earliest: Unix seconds.
 */
export function operatorMove(game: Game, record: TraceRecord, now: number): OperatorMove {
  const { phase, deadline, isOverturned } = game;
  if (phase === GamePhase.None) return { kind: "none", reason: NoMove.Unknown };
  if (phase === GamePhase.Over || isOverturned) return { kind: "none", reason: NoMove.Over };
  const isLate = now >= deadline;
  if (!isOperatorsTurn(phase)) return isLate ? { kind: "claimTimeout" } : { kind: "wait", until: deadline };
  if (isLate) return { kind: "none", reason: NoMove.Late };
  const { receipt, roots } = record;
  if (hashTensorRoots(roots) !== receipt.traceRoot.toLowerCase()) return { kind: "none", reason: NoMove.OtherTrace };
  return phase === GamePhase.Roots ? { kind: "publishRoots", roots } : reveal(game, record);
}

function reveal({ tensor: number, leaves, level, position, node }: Game, { tensors }: TraceRecord): OperatorMove {
  const bytes = getBytes(tensors[number] ?? "0x");
  const tree = new TensorTree({ dtype: Dtype.I8, length: bytes.length }, number, bytes); // by bytes, whatever they mean
  if (tree.leaves !== leaves || tree.node(level, position) !== node) return { kind: "none", reason: NoMove.OtherTrace };
  const children = tree.children(level, position);
  if (children.length > 0) return { kind: "revealChildren", children };
  return { kind: "revealLeaf", leaf: hexlify(tree.leaf(position)) };
}

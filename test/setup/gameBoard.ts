import { ZeroHash, dataLength, id } from "ethers";

import type { GameMove } from "../../src/actions/playMove.ts";
import type { Claim, ProvableFault } from "../../src/inference/faults.ts";
import { GamePhase, isOperatorsTurn, type Game } from "../../src/protocol/games.ts";
import { parseId } from "../../src/protocol/ids.ts";
import { depthOf, leavesOf, refusalOfProof, rootOf, tensorLeafOf, traceRootOf, type KnownModel } from "./referee.ts";

/** Seconds for each move. */
export const MOVE_WINDOW = 100;
const LEAF = 1_024;

/** A move that the rules do not allow. */
export class IllegalMoveError extends Error {}

/** The rules of ReplayGame over one game, written apart from src, without a chain. */
export class GameBoard {
  readonly #model: KnownModel;
  readonly #claim: Claim;
  /** Seconds; a test sets it. */
  now = 1_000;
  game: Game;

  constructor(model: KnownModel, claim: Claim) {
    this.#model = model;
    this.#claim = claim;
    this.game = {
      gameId: 1n,
      receiptId: parseId(id("receipt")),
      challenger: "0x",
      phase: GamePhase.Roots,
      deadline: this.now + MOVE_WINDOW,
      tensor: 0,
      leaves: 0,
      level: 0,
      position: 0,
      node: ZeroHash,
      roots: undefined,
      openings: [],
      leaf: undefined,
      operatorLost: undefined,
      bond: 50n,
      isOverturned: false,
    };
  }

  /** @throws IllegalMoveError */
  play(move: GameMove): void {
    switch (move.kind) {
      case "publishRoots": {
        this.#publishRoots(move.roots);
        return;
      }
      case "choose": {
        this.#choose(move.tensor, move.trace.roots);
        return;
      }
      case "revealChildren": {
        this.#revealChildren(move.children);
        return;
      }
      case "pick": {
        this.#pick(move.children, move.child);
        return;
      }
      case "revealLeaf": {
        this.#revealLeaf(move.leaf);
        return;
      }
      case "prove": {
        this.#prove(move.fault);
        return;
      }
      case "claimTimeout": {
        this.#claimTimeout();
        return;
      }
      case "withdrawBond":
        require(this.game.isOverturned && this.game.phase !== GamePhase.Over, "no bond");
        {
          this.#change({ phase: GamePhase.Over, bond: 0n });
          return;
        }
      case "wait":
      case "none":
        throw new IllegalMoveError(`${move.kind} is no move`);
    }
  }

  #publishRoots(roots: string[]): void {
    this.#expect(GamePhase.Roots);
    this.#requireTrace(roots);
    this.#turn(GamePhase.Choose, { roots });
  }

  #choose(tensor: number, roots: string[]): void {
    const { spec } = this.#model;
    this.#expect(GamePhase.Choose);
    this.#requireTrace(roots);
    require(roots.length === spec.tensors.length, "root count");
    require(tensor > 0 && tensor < roots.length, "tensor");
    this.#turn(GamePhase.Reveal, { tensor, leaves: leavesOf(spec, tensor), node: roots[tensor]! });
  }

  #revealChildren(children: string[]): void {
    this.#expect(GamePhase.Reveal);
    const { height, steps } = this.#heights();
    require(height > 0 && children.length === 2 ** steps, "height");
    require(rootOf(children) === this.game.node, "children");
    require(this.#isEmptyBehind(children, height - steps), "missing child filled");
    const { openings, level, position } = this.game;
    this.#turn(GamePhase.Pick, { openings: [...openings, { level, position, children }] });
  }

  #pick(children: string[], child: number): void {
    this.#expect(GamePhase.Pick);
    const { height, steps } = this.#heights();
    require(rootOf(children) === this.game.node && children.length === 2 ** steps, "children");
    require(child < this.#present(children.length, height - steps), "child");
    const position = this.game.position * 2 ** steps + child;
    this.#turn(GamePhase.Reveal, { level: this.game.level + steps, position, node: children[child]! });
  }

  #revealLeaf(leaf: string): void {
    this.#expect(GamePhase.Reveal);
    const { tensor, position, node } = this.game;
    require(this.#heights().height === 0 && dataLength(leaf) === LEAF, "height");
    require(tensorLeafOf(tensor, position, leaf) === node, "leaf");
    this.#turn(GamePhase.Prove, { leaf });
  }

  #prove(fault: ProvableFault): void {
    const refusal = refusalOfProof(this.#model, this.#claim, fault);
    require(refusal === undefined && !this.game.isOverturned, `not proven: ${refusal}`);
    this.#change({ isOverturned: true });
  }

  #claimTimeout(): void {
    const { phase, deadline } = this.game;
    require(phase !== GamePhase.Over && this.now >= deadline, "clock");
    const operatorLost = isOperatorsTurn(phase);
    this.#change({ phase: GamePhase.Over, operatorLost, isOverturned: operatorLost, bond: 0n });
  }

  #expect(phase: GamePhase): void {
    require(this.game.phase === phase, `phase is ${this.game.phase}, expected ${phase}`);
    require(this.now < this.game.deadline, "clock");
  }

  #requireTrace(roots: string[]): void {
    require(traceRootOf(roots) === this.#claim.traceRoot, "roots");
  }

  #turn(phase: GamePhase, changes: Partial<Game>): void {
    this.#change({ ...changes, phase, deadline: this.now + MOVE_WINDOW });
  }

  #change(changes: Partial<Game>): void {
    this.game = { ...this.game, ...changes };
  }

  /** Levels between the node and the leaves, and how many the next move opens. */
  #heights(): { height: number; steps: number } {
    const height = depthOf(this.game.leaves) - this.game.level;
    return { height, steps: Math.min(height, 4) };
  }

  /** Children of the node that have leaves. */
  #present(count: number, height: number): number {
    let present = 0;
    while (present < count && (this.game.position * count + present) * 2 ** height < this.game.leaves) present++;
    return present;
  }

  #isEmptyBehind(children: readonly string[], height: number): boolean {
    const empty = rootOf(Array<string>(2 ** height).fill(ZeroHash));
    return children.slice(this.#present(children.length, height)).every((child) => child === empty);
  }
}

function require(condition: boolean, rule: string): void {
  if (!condition) throw new IllegalMoveError(rule);
}

import { expect } from "chai";
import { ZeroHash, hexlify, id } from "ethers";
import fc from "fast-check";

import { evaluate } from "../../../src/inference/evaluate.ts";
import { replayClaim, type ReplayModel } from "../../../src/inference/faults.ts";
import { TensorTree, WeightsTree } from "../../../src/inference/proofs.ts";
import {
  NoMove,
  challengerMove,
  operatorMove,
  type ChallengerKnowledge,
  type OperatorMove,
} from "../../../src/protocol/gamePlayer.ts";
import { GamePhase, isOperatorsTurn, type Game } from "../../../src/protocol/games.ts";
import type { JobId, ModelId, SignerId } from "../../../src/protocol/ids.ts";
import type { Receipt } from "../../../src/protocol/receipts.ts";
import {
  encodeTraceRecord,
  parseTraceRecord,
  recordTrace,
  type TraceRecord,
} from "../../../src/protocol/traceRecord.ts";
import { commit, corrupt, type Commitment } from "../../setup/corruption.ts";
import { GameBoard, IllegalMoveError, MOVE_WINDOW } from "../../setup/gameBoard.ts";
import { SMALL, WIDE, type SmallGraph } from "../../setup/graphs.ts";
import { traceRootOf } from "../../setup/referee.ts";

const modelOf = ({ spec, weights }: SmallGraph): ReplayModel & { weightsTree: WeightsTree } => ({
  spec,
  weights,
  preprocessHash: ZeroHash,
  weightsTree: new WeightsTree(spec, weights),
});
const SMALL_MODEL = modelOf(SMALL);
const WIDE_MODEL = modelOf(WIDE);
const SMALL_TRACE = evaluate(SMALL.spec, SMALL.weights, SMALL.input);
const WIDE_TRACE = evaluate(WIDE.spec, WIDE.weights, WIDE.input);
const WIDE_REPLAY = replayClaim(WIDE_MODEL, commit(WIDE, WIDE_TRACE))!;

const RECEIPT: Receipt = {
  operator: `0x${"11".repeat(20)}`,
  signerId: id("signer") as SignerId,
  modelId: id("model") as ModelId,
  jobId: id("job") as JobId,
  inputHash: id("input"),
  outputHash: id("output"),
  traceRoot: ZeroHash,
  beneficiary: `0x${"22".repeat(20)}`,
  coverage: 10n ** 19n,
  issuedAt: 1_800_000_000,
  anchorBy: 1_800_086_400,
};
const recordOf = ({ traceRoot, roots, tensors }: Commitment): TraceRecord => ({
  receipt: { ...RECEIPT, traceRoot },
  roots,
  tensors,
});
const boardOf = (model: typeof SMALL_MODEL, claim: Commitment): GameBoard =>
  new GameBoard({ ...model, weightsRoot: model.weightsTree.root }, claim);

/** Plays until neither side has a move. @returns the kinds of all moves. */
function playOut(
  board: GameBoard,
  knowledge: ChallengerKnowledge,
  operator: (game: Game, now: number) => OperatorMove,
): string[] {
  const kinds: string[] = [];
  for (let turn = 0; turn < 30; turn++) {
    const ours = challengerMove(board.game, knowledge, board.now);
    const move = ours.kind === "wait" || ours.kind === "none" ? operator(board.game, board.now) : ours;
    if (move.kind === "wait" || move.kind === "none") return kinds;
    board.play(move);
    kinds.push(move.kind);
    board.now += 1;
  }
  throw new Error("the game does not end");
}

describe("protocol/gamePlayer", () => {
  it("a challenger wins against every altered byte, in as many moves as the tree has levels by four", () => {
    const places = WIDE.spec.tensors.flatMap(({ dtype, length }, tensor) =>
      tensor === 0 ? [] : fc.record({ tensor: fc.constant(tensor), byte: fc.nat((length << dtype) - 1) }),
    );
    const corruptions = fc.tuple(fc.oneof(...places), fc.integer({ min: 1, max: 255 }), fc.boolean());
    fc.assert(
      fc.property(corruptions, ([place, flip, isCarried]) => {
        const claim = corrupt(WIDE, WIDE_TRACE, { ...place, flip, isCarried });
        const record = parseTraceRecord(encodeTraceRecord(recordOf(claim)));
        const board = boardOf(WIDE_MODEL, claim);
        const knowledge = { model: WIDE_MODEL, claim, replay: WIDE_REPLAY };
        const kinds = playOut(board, knowledge, (game, now) => operatorMove(game, record, now));
        const steps = ["revealChildren", "pick", "revealChildren", "pick"];
        const game = ["publishRoots", "choose", ...(place.tensor === 1 ? steps : []), "revealLeaf", "prove"];
        // An altered output says by itself what it is.
        expect(kinds).to.deep.equal([...(place.tensor === 3 ? ["prove"] : game), "withdrawBond"]);
        expect(board.game).to.include({ phase: GamePhase.Over, isOverturned: true, operatorLost: undefined });
      }),
      { numRuns: 60 },
    );
  });

  it("nothing is proposed against a right answer but waiting, and the clock decides for its operator", () => {
    const claim = commit(SMALL, SMALL_TRACE);
    const record = recordTrace(SMALL.spec, { ...RECEIPT, traceRoot: claim.traceRoot }, SMALL_TRACE);
    expect(record).to.deep.equal(recordOf(claim));
    const board = boardOf(SMALL_MODEL, claim);
    const knowledge = { model: SMALL_MODEL, claim };
    expect(challengerMove(board.game, knowledge, board.now)).to.deep.equal({
      kind: "wait",
      until: board.game.deadline,
    });
    board.play(operatorMove(board.game, record, board.now));
    const nothing = { kind: "none", reason: NoMove.NothingWrong };
    expect(challengerMove(board.game, knowledge, board.now)).to.deep.equal(nothing);
    const { deadline } = board.game;
    expect(operatorMove(board.game, record, deadline - 1)).to.deep.equal({ kind: "wait", until: deadline });
    board.now = deadline;
    expect(challengerMove(board.game, knowledge, board.now)).to.deep.equal({ kind: "none", reason: NoMove.Late });
    board.play(operatorMove(board.game, record, board.now));
    expect(board.game).to.include({ phase: GamePhase.Over, operatorLost: false, isOverturned: false });
    const over = { kind: "none", reason: NoMove.Over };
    expect(operatorMove(board.game, record, board.now)).to.deep.equal(over);
    expect(challengerMove(board.game, knowledge, board.now)).to.deep.equal(over);
  });

  it("a right answer cannot be chosen wrongly: its operator opens whatever is asked, and nothing is proven", () => {
    const claim = commit(WIDE, WIDE_TRACE);
    const record = recordOf(claim);
    const knowledge = { model: WIDE_MODEL, claim, replay: WIDE_REPLAY };
    const board = boardOf(WIDE_MODEL, claim);
    const answer = (): void => {
      board.play(operatorMove(board.game, record, board.now));
    };
    answer();
    board.play({ kind: "choose", tensor: 1, trace: { tensors: [], ops: [], roots: claim.roots } });
    for (const child of [1, 1]) {
      answer();
      const { children } = board.game.openings.at(-1)!;
      const nothing = { kind: "none", reason: NoMove.NothingWrong };
      expect(challengerMove(board.game, knowledge, board.now)).to.deep.equal(nothing);
      board.play({ kind: "pick", children, child: Math.min(child, children.length - 1) });
    }
    answer();
    expect(board.game).to.include({ phase: GamePhase.Prove, level: 5, position: 3 });
    const nothing = { kind: "none", reason: NoMove.NothingWrong };
    expect(challengerMove(board.game, knowledge, board.now)).to.deep.equal(nothing);
  });

  describe("clocks", () => {
    const claim = corrupt(WIDE, WIDE_TRACE, { tensor: 1, byte: 7_777, flip: 1, isCarried: true });
    const record = recordOf(claim);
    const knowledge = { model: WIDE_MODEL, claim, replay: WIDE_REPLAY };

    it("silence at any turn of the operator is claimed at its deadline, not before", () => {
      for (let silentFrom = 0; silentFrom < 4; silentFrom++) {
        const board = boardOf(WIDE_MODEL, claim);
        let moves = 0;
        const kinds = playOut(board, knowledge, (game, now) =>
          moves++ < silentFrom ? operatorMove(game, record, now) : { kind: "none", reason: NoMove.OtherTrace },
        );
        const { phase, deadline } = board.game;
        expect([kinds.length, isOperatorsTurn(phase)]).to.deep.equal([2 * silentFrom, true]);
        const wait = { kind: "wait", until: deadline };
        expect(challengerMove(board.game, knowledge, deadline - 1)).to.deep.equal(wait);
        expect(operatorMove(board.game, record, deadline - 1).kind).to.match(/^(publish|reveal)/);
        expect(operatorMove(board.game, record, deadline)).to.deep.equal({ kind: "none", reason: NoMove.Late });
        board.now = deadline;
        board.play(challengerMove(board.game, knowledge, board.now));
        expect(board.game).to.include({ operatorLost: true, isOverturned: true });
      }
    });

    it("at any turn of the challenger it moves until its deadline, and the operator claims then", () => {
      const board = boardOf(WIDE_MODEL, claim);
      const seen: GamePhase[] = [];
      for (let turn = 0; turn < 4; turn++) {
        board.play(operatorMove(board.game, record, board.now));
        const { game } = board;
        seen.push(game.phase);
        expect(game.deadline).to.equal(board.now + MOVE_WINDOW);
        expect(operatorMove(game, record, game.deadline - 1)).to.deep.equal({ kind: "wait", until: game.deadline });
        expect(operatorMove(game, record, game.deadline)).to.deep.equal({ kind: "claimTimeout" });
        const move = challengerMove(game, knowledge, game.deadline - 1);
        expect(move.kind).to.equal(["choose", "pick", "pick", "prove"][turn]);
        // A proof has no clock.
        const late = turn === 3 ? move : { kind: "none", reason: NoMove.Late };
        expect(challengerMove(game, knowledge, game.deadline)).to.deep.equal(late);
        board.play(move);
      }
      expect(seen).to.deep.equal([GamePhase.Choose, GamePhase.Pick, GamePhase.Pick, GamePhase.Prove]);
    });
  });

  it("what the operator showed elsewhere is proven at once, whoever's turn it is", () => {
    const claim = corrupt(SMALL, SMALL_TRACE, { tensor: 1, byte: 3, flip: 1, isCarried: true });
    const board = boardOf(SMALL_MODEL, claim);
    const shown = claim.tensors.map((bytes) => ({ bytes }));
    const move = challengerMove(board.game, { model: SMALL_MODEL, claim, shown }, board.now);
    expect(move.kind).to.equal("prove");
    board.play(move);
    expect(board.game.isOverturned).to.equal(true);
    expect(operatorMove(board.game, recordOf(claim), board.now)).to.deep.equal({ kind: "none", reason: NoMove.Over });
    // Even after the deadline: the bond is not at stake any more.
    const late = board.game.deadline + 1;
    expect(challengerMove(board.game, { model: SMALL_MODEL, claim }, late)).to.deep.equal({ kind: "withdrawBond" });
  });

  it("another request is proven as soon as the roots are published", () => {
    const claim = corrupt(SMALL, SMALL_TRACE, { tensor: 0, byte: 3, flip: 1, isCarried: true });
    const board = boardOf(SMALL_MODEL, claim);
    const knowledge = { model: SMALL_MODEL, claim };
    const record = recordOf(claim);
    expect(playOut(board, knowledge, (game, now) => operatorMove(game, record, now))).to.deep.equal([
      "publishRoots",
      "prove",
      "withdrawBond",
    ]);
  });

  it("so is a number of roots that is not the graph's", () => {
    const right = commit(SMALL, SMALL_TRACE);
    const roots = [...right.roots, ZeroHash];
    const claim = { ...right, roots, traceRoot: traceRootOf(roots) };
    const board = boardOf(SMALL_MODEL, claim);
    const record = recordOf(claim);
    const kinds = playOut(board, { model: SMALL_MODEL, claim }, (game, now) => operatorMove(game, record, now));
    expect(kinds).to.deep.equal(["publishRoots", "prove", "withdrawBond"]);
  });

  it("padding that is shown at the end of a game is proven", () => {
    const right = commit(WIDE, WIDE_TRACE);
    const bytes = new Uint8Array(20 * 1_024);
    bytes.set(Buffer.from(right.tensors[1]!.slice(2), "hex"));
    bytes[bytes.length - 1] = 1;
    const tree = new TensorTree(WIDE.spec.tensors[1]!, 1, bytes);
    const roots = right.roots.with(1, tree.root);
    const claim = { ...right, roots, traceRoot: traceRootOf(roots) };
    const board = boardOf(WIDE_MODEL, claim);
    const liar = ({ phase, level, position }: Game): OperatorMove => {
      if (phase === GamePhase.Roots) return { kind: "publishRoots", roots };
      if (phase !== GamePhase.Reveal) return { kind: "none", reason: NoMove.Over };
      const children = tree.children(level, position);
      if (children.length > 0) return { kind: "revealChildren", children };
      return { kind: "revealLeaf", leaf: hexlify(tree.leaf(position)) };
    };
    const kinds = playOut(board, { model: WIDE_MODEL, claim, replay: WIDE_REPLAY }, liar);
    expect(kinds.slice(-3)).to.deep.equal(["revealLeaf", "prove", "withdrawBond"]);
    expect(board.game.position).to.equal(19);
  });

  it("a leaf that a tensor does not have cannot be opened, and loses by the clock", () => {
    const right = commit(WIDE, WIDE_TRACE);
    const elements = Buffer.from(right.tensors[1]!.slice(2), "hex");
    const tree = new TensorTree(WIDE.spec.tensors[1]!, 1, elements, [id("leaf")]);
    const roots = right.roots.with(1, tree.root);
    const claim = { ...right, roots, traceRoot: traceRootOf(roots) };
    const board = boardOf(WIDE_MODEL, claim);
    const knowledge = { model: WIDE_MODEL, claim, replay: WIDE_REPLAY };
    board.play({ kind: "publishRoots", roots });
    board.play(challengerMove(board.game, knowledge, board.now));
    // Leaf 20, the first that is missing, is below child 10, which has none.
    const children = tree.children(0, 0);
    expect(() => {
      board.play({ kind: "revealChildren", children });
    }).to.throw(IllegalMoveError, "missing child filled");
    board.now = board.game.deadline;
    board.play(challengerMove(board.game, knowledge, board.now));
    expect(board.game).to.include({ operatorLost: true, isOverturned: true });
  });

  it("a tensor 0 that was made otherwise of the request is left to token holders", () => {
    const model = { ...SMALL_MODEL, preprocessHash: id("rule") };
    const other = corrupt(SMALL, SMALL_TRACE, { tensor: 0, byte: 3, flip: 1, isCarried: true });
    const claim = { ...other, request: "0x1234", tensor0: SMALL.input };
    const board = boardOf(model, other);
    const knowledge = { model, claim };
    expect(challengerMove(board.game, knowledge, board.now).kind).to.equal("wait");
    board.play(operatorMove(board.game, recordOf(other), board.now));
    const move = challengerMove(board.game, knowledge, board.now);
    expect(move).to.deep.equal({ kind: "none", reason: NoMove.Preprocessing });
  });

  it("no game, a record of another answer, roots that were not read", () => {
    const claim = corrupt(SMALL, SMALL_TRACE, { tensor: 1, byte: 3, flip: 1, isCarried: true });
    const board = boardOf(SMALL_MODEL, claim);
    const knowledge = { model: SMALL_MODEL, claim };
    const record = recordOf(claim);
    const none = { ...board.game, phase: GamePhase.None };
    const unknown = { kind: "none", reason: NoMove.Unknown };
    expect(challengerMove(none, knowledge, 0)).to.deep.equal(unknown);
    expect(operatorMove(none, record, 0)).to.deep.equal(unknown);

    const foreign = { kind: "none", reason: NoMove.OtherTrace };
    const other = recordOf(commit(SMALL, SMALL_TRACE));
    expect(operatorMove(board.game, { ...record, roots: other.roots }, board.now)).to.deep.equal(foreign);
    board.play(operatorMove(board.game, record, board.now));
    const unread = { ...board.game, roots: undefined };
    expect(challengerMove(unread, knowledge, board.now)).to.deep.equal({ kind: "none", reason: NoMove.RootsUnread });
    board.play(challengerMove(board.game, knowledge, board.now));
    for (const tensors of [other.tensors, [], record.tensors.slice(1)]) {
      expect(operatorMove(board.game, { ...record, tensors }, board.now)).to.deep.equal(foreign);
    }
    board.play(operatorMove(board.game, record, board.now));
    const blind = { ...board.game, leaf: undefined };
    expect(challengerMove(blind, knowledge, board.now)).to.deep.equal({ kind: "none", reason: NoMove.RootsUnread });
  });
});

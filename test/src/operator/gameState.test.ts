import { expect } from "chai";
import { ZeroHash, id } from "ethers";

import type { Details, Fact } from "../../../src/operator/chainEvents.ts";
import { answerState } from "../../../src/operator/answerState.ts";
import { gameState } from "../../../src/operator/gameState.ts";
import { LockState } from "../../../src/protocol/answers.ts";
import { GamePhase } from "../../../src/protocol/games.ts";

const RECEIPT = id("receipt");
const MOVE_WINDOW = 100;

/** Facts in their order, each in a block of its own whose time is ten times its number. */
function facts(...events: [name: string, details: Details, gameId?: string][]): Fact[] {
  return events.map(([name, details, gameId], i) => ({
    ...{ block: i + 1, blockHash: `${i + 1}`, index: 0, transactionHash: "0x", name, details },
    ...{ operator: undefined, receiptId: RECEIPT, gameId, batchId: undefined },
  }));
}
const times = { timeOf: (hash: string) => Number(hash) * 10, moveWindow: MOVE_WINDOW };
const opened: [string, Details, string] = ["GameOpened", { challenger: "0xc", bond: "50" }, "7"];
const started = (phase: GamePhase, deadline: number): [string, Details, string] => [
  ...(["GameStarted", { phase, deadline }, "7"] as const),
];

describe("src/operator/gameState", () => {
  it("gives the challenger a whole window from the roots on, in games that wait for them in time", () => {
    const roots: [string, Details] = ["TensorRootsPublished", {}];
    const inTime = gameState("7", facts(opened, started(GamePhase.Roots, 31), roots), times)!;
    expect([inTime.phase, inTime.deadline]).to.deep.equal([GamePhase.Choose, 30 + MOVE_WINDOW]);
    const late = gameState("7", facts(opened, started(GamePhase.Roots, 30), roots), times)!;
    expect([late.phase, late.deadline]).to.deep.equal([GamePhase.Roots, 30]);
    const before = gameState("7", facts(roots, opened, started(GamePhase.Choose, 99)), times)!;
    expect([before.phase, before.deadline]).to.deep.equal([GamePhase.Choose, 99]);
    const unknown = { ...times, timeOf: () => undefined };
    const unread = gameState("7", facts(opened, started(GamePhase.Roots, 31), roots), unknown)!;
    expect([unread.phase, unread.deadline]).to.deep.equal([GamePhase.Choose, undefined]);
  });

  it("leaves out what belongs to another game on the answer", () => {
    const other: [string, Details, string] = [
      "TensorChosen",
      { tensor: 3, leaves: 2, root: id("x"), deadline: 5 },
      "8",
    ];
    const game = gameState("7", facts(opened, started(GamePhase.Choose, 99), other), times)!;
    expect([game.phase, game.tensor]).to.deep.equal([GamePhase.Choose, 0]);
    expect(gameState("9", facts(opened).slice(1), times)).to.equal(undefined);
  });

  it("is over when the clock was claimed or the bond withdrawn", () => {
    for (const end of ["ClockClaimed", "GameBondReturned", "GameBondForfeited"]) {
      const game = gameState("7", facts(opened, started(GamePhase.Choose, 99), [end, {}, "7"]), times)!;
      expect(game.phase, end).to.equal(GamePhase.Over);
    }
  });
});

describe("src/operator/answerState", () => {
  const published: [string, Details] = ["AnswerPublished", { batchId: ZeroHash, locked: "4", finalAt: 500 }];

  it("adds up what was locked, filled, merged", () => {
    const state = answerState(facts(published, ["LockFilled", { added: "3" }]), 20n)!;
    expect([state.locked, state.missing, state.missingAtFirst, state.isAlone]).to.deep.equal([7n, 13n, 16n, true]);
    const merged = answerState(facts(published, ["ReceiptMerged", { filled: "16", freed: "4" }]), 20n)!;
    expect([merged.locked, merged.missing, merged.isMerged]).to.deep.equal([20n, 0n, true]);
  });

  it("is held as long as a case or game is open, and is final later after that", () => {
    const held: [string, Details] = ["AnswerHeld", { openCases: 2 }];
    const first: [string, Details] = ["AnswerReleased", { openCases: 1, finalAt: 500 }];
    const last: [string, Details] = ["AnswerReleased", { openCases: 0, finalAt: 700 }];
    const stateOf = (...more: [string, Details][]) => answerState(facts(published, ...more), 20n)!;
    expect(stateOf(held).state).to.equal(LockState.Held);
    expect(stateOf(held, first).state).to.equal(LockState.Held);
    const released = stateOf(held, first, last);
    expect([released.state, released.openCases, released.finalAt]).to.deep.equal([LockState.InBucket, 0, 700]);
    expect(stateOf(held, ["AnswerSeized", { taken: "4" }]).state).to.equal(LockState.Seized);
    expect(stateOf(["AnswerDishonoured", { missingCoverage: "8" }]).isDishonoured).to.equal(true);
  });

  it("is nothing before it is published", () => {
    expect(answerState(facts(["TensorRootsPublished", {}]), 20n)).to.equal(undefined);
  });
});

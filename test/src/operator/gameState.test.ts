import { expect } from "chai";
import { id } from "ethers";

import type { Details } from "../../../src/operator/chainEvents.ts";
import { gameState } from "../../../src/operator/gameState.ts";
import { GamePhase } from "../../../src/protocol/games.ts";
import { factsOf } from "../../setup/facts.ts";

const MOVE_WINDOW = 100;

const times = { timeOf: (hash: string) => Number(hash) * 10, moveWindow: MOVE_WINDOW };
const opened: [string, Details, string] = ["GameOpened", { challenger: "0xc", bond: "50" }, "7"];
const started = (phase: GamePhase, deadline: number): [string, Details, string] => [
  ...(["GameStarted", { phase, deadline }, "7"] as const),
];

describe("src/operator/gameState", () => {
  it("gives the challenger a whole window from the roots on, in games that wait for them in time", () => {
    const roots: [string, Details] = ["TensorRootsPublished", {}];
    const inTime = gameState("7", factsOf(opened, started(GamePhase.Roots, 31), roots), times)!;
    expect([inTime.phase, inTime.deadline]).to.deep.equal([GamePhase.Choose, 30 + MOVE_WINDOW]);
    const late = gameState("7", factsOf(opened, started(GamePhase.Roots, 30), roots), times)!;
    expect([late.phase, late.deadline]).to.deep.equal([GamePhase.Roots, 30]);
    const before = gameState("7", factsOf(roots, opened, started(GamePhase.Choose, 99)), times)!;
    expect([before.phase, before.deadline]).to.deep.equal([GamePhase.Choose, 99]);
    const unknown = { ...times, timeOf: () => undefined };
    const unread = gameState("7", factsOf(opened, started(GamePhase.Roots, 31), roots), unknown)!;
    expect([unread.phase, unread.deadline]).to.deep.equal([GamePhase.Choose, undefined]);
  });

  it("leaves out what belongs to another game on the answer", () => {
    const other: [string, Details, string] = [
      "TensorChosen",
      { tensor: 3, leaves: 2, root: id("x"), deadline: 5 },
      "8",
    ];
    const game = gameState("7", factsOf(opened, started(GamePhase.Choose, 99), other), times)!;
    expect([game.phase, game.tensor]).to.deep.equal([GamePhase.Choose, 0]);
    expect(gameState("9", factsOf(opened).slice(1), times)).to.equal(undefined);
  });

  it("is over when the clock was claimed or the bond withdrawn", () => {
    for (const end of ["ClockClaimed", "GameBondReturned", "GameBondForfeited"]) {
      const game = gameState("7", factsOf(opened, started(GamePhase.Choose, 99), [end, {}, "7"]), times)!;
      expect(game.phase, end).to.equal(GamePhase.Over);
    }
  });
});

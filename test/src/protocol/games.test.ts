import { readFile } from "node:fs/promises";

import { expect } from "chai";
import { ZeroHash, id } from "ethers";

import {
  End,
  GamePhase,
  TraceFault,
  isOperatorsTurn,
  readGameClock,
  readGameRecord,
  type GameEvents,
} from "../../../src/protocol/games.ts";

const NOTHING: GameEvents = {
  rootsPublished: [],
  childrenRevealed: [],
  childPicked: [],
  leafRevealed: [],
  clockClaimed: [],
};
const words = (count: number, seed: string): string[] => Array.from({ length: count }, (_, i) => id(`${seed} ${i}`));

describe("protocol/games", () => {
  it("has the contract's enums, in its order", async () => {
    const source = await readFile(new URL("../../../contracts/replay/IReplayGame.sol", import.meta.url), "utf8");
    for (const [name, members] of Object.entries({ Phase: GamePhase, Fault: TraceFault, End })) {
      const [, body] = new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(source)!;
      const expected = body!
        .replace(/\/\/.*/g, "")
        .split(",")
        .map((member) => member.trim());
      expect(Object.keys(members)).to.deep.equal(expected);
      expect(Object.values(members)).to.deep.equal(expected.map((_, i) => i));
    }
  });

  it("knows whose turn it is", () => {
    const operators = Object.values(GamePhase).filter((phase) => isOperatorsTurn(phase));
    expect(operators).to.deep.equal([GamePhase.Roots, GamePhase.Reveal]);
  });

  it("reads a contract's game", () => {
    const output = {
      receiptId: id("receipt").toUpperCase().replace("0X", "0x"),
      challenger: "0x0000000000000000000000000000000000000001",
      phase: 4n,
      deadline: 1_800_000_000n,
      tensor: 2n,
      leaves: 300n,
      level: 4n,
      position: 11n,
      node: id("node"),
    };
    expect(readGameClock(7n, output as never)).to.deep.equal({
      gameId: 7n,
      receiptId: id("receipt"),
      challenger: output.challenger,
      phase: GamePhase.Pick,
      deadline: 1_800_000_000,
      tensor: 2,
      leaves: 300,
      level: 4,
      position: 11,
      node: output.node,
    });
  });

  describe("readGameRecord", () => {
    it("is empty before anything is shown", () => {
      const nothing = { roots: undefined, openings: [], leaf: undefined, operatorLost: undefined };
      expect(readGameRecord(NOTHING)).to.deep.equal(nothing);
    });

    it("places each opening below the child that was picked before", () => {
      const [first, second, third] = [words(16, "a"), words(16, "b"), words(2, "c")];
      const events = {
        rootsPublished: [{ roots: [id("r"), ZeroHash] }],
        childrenRevealed: [{ children: first }, { children: second }, { children: third }],
        childPicked: [{ position: 5n }, { position: 83n }, { position: 167n }],
        leafRevealed: [{ leaf: "0x0102" }],
        clockClaimed: [{ operatorLost: false }],
      };
      const openings = [
        { level: 0, position: 0, children: first },
        { level: 4, position: 5, children: second },
        { level: 8, position: 83, children: third },
      ];
      const record = { roots: [id("r"), ZeroHash], openings, leaf: "0x0102", operatorLost: false };
      expect(readGameRecord(events)).to.deep.equal(record);
      const waiting = { ...events, childPicked: events.childPicked.slice(0, 2), leafRevealed: [], clockClaimed: [] };
      expect(readGameRecord(waiting)).to.deep.equal({ ...record, leaf: undefined, operatorLost: undefined });
    });
  });
});

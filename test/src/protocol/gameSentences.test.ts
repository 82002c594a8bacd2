import { expect } from "chai";

import { describeGame, type DescribableGame } from "../../../src/protocol/gameSentences.ts";
import { GamePhase } from "../../../src/protocol/games.ts";

const TIME = "2027-01-15T08:00:00Z";
const GAME: DescribableGame = {
  phase: GamePhase.Roots,
  deadline: 1_800_000_000,
  tensor: 2,
  leaves: 300,
  level: 0,
  position: 0,
  operatorLost: undefined,
  isOverturned: false,
};
const OPERATOR =
  "or anybody may end the game: the answer is overturned, and the bounty and the bond are the challenger's.";
const CHALLENGER = "or anybody may end the game, and the challenger's bond is lost.";
const BOND_BACK = "The answer was overturned: anybody may end the game, and the challenger has its bond back.";

describe("protocol/gameSentences", () => {
  const cases: [string, Partial<DescribableGame>, string][] = [
    ["none", { phase: GamePhase.None, deadline: 0 }, "There is no such game."],
    ["roots", {}, `The operator must publish the roots of its tensors before ${TIME}, ${OPERATOR}`],
    [
      "choose",
      { phase: GamePhase.Choose },
      `The challenger must name the first tensor that differs from its replay before ${TIME}, ${CHALLENGER}`,
    ],
    [
      "reveal, root",
      { phase: GamePhase.Reveal },
      `The operator must show what is below the root of tensor 2 before ${TIME}, ${OPERATOR}`,
    ],
    [
      "reveal, node",
      { phase: GamePhase.Reveal, level: 4, position: 5 },
      `The operator must show what is below node 5 in level 4 of tensor 2 before ${TIME}, ${OPERATOR}`,
    ],
    [
      "reveal, leaf",
      { phase: GamePhase.Reveal, level: 9, position: 167 },
      `The operator must show leaf 167 of tensor 2 before ${TIME}, ${OPERATOR}`,
    ],
    [
      "reveal, the only leaf",
      { phase: GamePhase.Reveal, leaves: 1 },
      `The operator must show leaf 0 of tensor 2 before ${TIME}, ${OPERATOR}`,
    ],
    [
      "pick",
      { phase: GamePhase.Pick, level: 4, position: 5 },
      `The challenger must pick what differs below node 5 in level 4 of tensor 2 before ${TIME}, ${CHALLENGER}`,
    ],
    [
      "prove",
      { phase: GamePhase.Prove, level: 9, position: 167 },
      `Leaf 167 of tensor 2 is shown: the challenger must prove what is wrong in it before ${TIME}, ${CHALLENGER}`,
    ],
    ["overturned meanwhile", { phase: GamePhase.Pick, isOverturned: true }, BOND_BACK],
    [
      "over, operator's clock",
      { phase: GamePhase.Over, operatorLost: true, isOverturned: true },
      "The game is over: the operator did not answer in time, and the answer is overturned.",
    ],
    [
      "over, challenger's clock",
      { phase: GamePhase.Over, operatorLost: false },
      "The game is over: the challenger did not move in time, and its bond is lost.",
    ],
    [
      "over, challenger's clock, then overturned by another",
      { phase: GamePhase.Over, operatorLost: false, isOverturned: true },
      "The game is over: the challenger did not move in time, and its bond is lost.",
    ],
    [
      "over, proof",
      { phase: GamePhase.Over, isOverturned: true },
      "The game is over: the answer was overturned, and the challenger has its bond back.",
    ],
  ];
  for (const [title, changes, sentence] of cases) {
    it(title, () => {
      expect(describeGame({ ...GAME, ...changes })).to.equal(sentence);
    });
  }
});

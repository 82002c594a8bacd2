import { formatTime } from "./errors.ts";
import { GamePhase, type Game } from "./games.ts";

/** What is said of a game; `readGame` gives it. */
export type DescribableGame = Pick<
  Game,
  "phase" | "deadline" | "tensor" | "leaves" | "level" | "position" | "operatorLost" | "isOverturned"
>;

const OPERATOR_OR =
  "or anybody may end the game: the answer is overturned, and the bounty and the bond are the challenger's";
const CHALLENGER_OR = "or anybody may end the game, and the challenger's bond is lost";

/** One sentence for each phase, of a game and the end of its clock. */
const PHASES: Record<GamePhase, (subject: DescribableGame, until: string) => string> = {
  [GamePhase.None]: () => "There is no such game.",
  [GamePhase.Roots]: (_, until) =>
    `The operator must publish the roots of its tensors before ${until}, ${OPERATOR_OR}.`,
  [GamePhase.Choose]: (_, until) =>
    `The challenger must name the first tensor that differs from its replay before ${until}, ${CHALLENGER_OR}.`,
  [GamePhase.Reveal]: (subject, until) =>
    `The operator must show ${describeNode(subject)} before ${until}, ${OPERATOR_OR}.`,
  [GamePhase.Pick]: (subject, until) =>
    `The challenger must pick what differs below ${describePlace(subject)} before ${until}, ${CHALLENGER_OR}.`,
  [GamePhase.Prove]: (subject, until) =>
    `Leaf ${subject.position} of tensor ${subject.tensor} is shown: the challenger must prove what is wrong in it before ${until}, ${CHALLENGER_OR}.`,
  [GamePhase.Over]: ({ operatorLost }) => {
    if (operatorLost === undefined) {
      return "The game is over: the answer was overturned, and the challenger has its bond back.";
    }
    return operatorLost
      ? "The game is over: the operator did not answer in time, and the answer is overturned."
      : "The game is over: the challenger did not move in time, and its bond is lost.";
  },
};

/** Whose turn it is in a game, for what, until when, and what happens otherwise, in one sentence. */
export function describeGame(subject: DescribableGame): string {
  const { phase, deadline, isOverturned } = subject;
  if (isOverturned && phase !== GamePhase.None && phase !== GamePhase.Over) {
    return "The answer was overturned: anybody may end the game, and the challenger has its bond back.";
  }
  return PHASES[phase](subject, formatTime(deadline));
}

function describeNode(subject: DescribableGame): string {
  const isLeaf = subject.level === Math.ceil(Math.log2(subject.leaves));
  return isLeaf ? `leaf ${subject.position} of tensor ${subject.tensor}` : `what is below ${describePlace(subject)}`;
}

function describePlace({ tensor, level, position }: DescribableGame): string {
  return level === 0 ? `the root of tensor ${tensor}` : `node ${position} in level ${level} of tensor ${tensor}`;
}

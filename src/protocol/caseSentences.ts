import { ZeroHash } from "ethers";

import { Choice, Phase, type Ballot, type CaseClock, type CourtConfig, type RoundTally } from "./court.ts";
import { formatAmount, formatTime, type TokenUnit } from "./errors.ts";
import { CaseState, Ruling } from "./rulings.ts";
import { VOTE_PARTS } from "./sortition.ts";

/** What is said of a case; `readCase` gives it. */
export type DescribableCase = Pick<CaseClock, "phase" | "deadline" | "round"> & {
  terms: CourtConfig;
  /** One for each round up to the current one. */
  rounds: RoundTally[];
  /** Undefined while no round has decided. */
  ruling: Ruling | undefined;
  state: CaseState;
};

/** Which round a ballot is of, from 0, and the case. */
export type DescribableBallot = { case: DescribableCase; round: number; ballot: Ballot };

const RULINGS: Record<Ruling, string> = {
  [Ruling.Undecided]: "nobody could say",
  [Ruling.Overturned]: "the operator is at fault",
  [Ruling.Upheld]: "the operator is not at fault",
};

const CHOICES: Record<Choice, string> = {
  [Choice.None]: "no choice",
  [Choice.AtFault]: "the operator is at fault",
  [Choice.NotAtFault]: "the operator is not at fault",
  [Choice.CannotDecide]: "this cannot be decided",
};

/** The choice that a final ruling finds right; none is wrong where nobody could say. */
const COHERENT: Partial<Record<Ruling, Choice>> = {
  [Ruling.Overturned]: Choice.AtFault,
  [Ruling.Upheld]: Choice.NotAtFault,
};

/** A ruling in words, as the end of a sentence. */
export function describeRuling(ruling: Ruling): string {
  return RULINGS[ruling];
}

/** One sentence for each phase, of a case, when the phase ends and the round's name. */
const PHASES: Record<Phase, (subject: DescribableCase, until: string, name: string) => string> = {
  [Phase.None]: () => "There is no such case.",
  [Phase.Evidence]: (_, until) => `Anybody may submit evidence until ${until}; what comes later is marked as late.`,
  [Phase.Seeding]: ({ round, rounds }, until, name) => {
    const [state, next] =
      rounds[round]?.ticket === 0
        ? ["has no seed", "may ask for one"]
        : ["has asked for its seed", "may fix it a block later"];
    return `The panel of ${name} ${state}: anybody ${next}, and somebody must before ${until}, or nobody has a seat.`;
  },
  [Phase.Commit]: ({ round, rounds, terms }, until, name) => {
    const seats = terms.rounds[round]?.seats ?? 0;
    if (seats === 0) return `Everybody who was enrolled may vote in ${name} until ${until}.`;
    return rounds[round]?.seededAt === 0
      ? `Nobody has a seat in ${name}, because no seed was fixed in time; its time to vote runs until ${until}.`
      : `Whoever drew one of about ${seats} seats in ${name} may vote until ${until}.`;
  },
  [Phase.Reveal]: (_, until, name) =>
    `The ballots of ${name} must be opened before ${until}; one that is not loses all it has locked.`,
  [Phase.Appeal]: ({ ruling }, until) =>
    `The ruling is that ${describeRuling(ruling!)}, and becomes final at ${until} unless somebody funds an appeal for another one.`,
  [Phase.Final]: ({ ruling, state }) =>
    state === CaseState.Settled
      ? `It is decided that ${describeRuling(ruling!)}, and the money is divided: jurors claim, contributors withdraw.`
      : `It is decided that ${describeRuling(ruling!)}: anybody may settle the case, and jurors claim.`,
  [Phase.Ended]: () =>
    "A proof overturned the answer before the court had decided: jurors claim, contributors withdraw.",
};

/** Where a case stands, until when, and what can be done, in one sentence. */
export function describeCase(subject: DescribableCase): string {
  const name = `round ${subject.round + 1} of ${subject.terms.rounds.length}`;
  return PHASES[subject.phase](subject, formatTime(subject.deadline), name);
}

/**
 * What became of a ballot, and what its voter must do, in one sentence.
 * @param unit Of the stake token; without it, amounts are in its smallest unit.
 */
export function describeBallot({ case: subject, round, ballot }: DescribableBallot, unit?: TokenUnit): string {
  const risk = formatAmount(ballot.risk, unit);
  if (ballot.weight === 0) return "There is no ballot, or it was settled.";
  const name = `The ballot of ${describeWeight(ballot.weight, subject.terms.rounds[round]?.seats ?? 0)}`;
  if (subject.phase === Phase.Ended) return `${name} loses nothing, for a proof ended the case: claim its ${risk}.`;
  return ballot.commitHash === ZeroHash
    ? describeOpened(subject, ballot.choice, name, risk)
    : describeClosed(subject, round, name, risk);
}

function describeClosed({ phase, deadline, round }: DescribableCase, of: number, name: string, risk: string): string {
  const until = formatTime(deadline);
  if (of === round && phase === Phase.Commit) {
    return `${name} is cast and can be replaced until ${until}; then it must be opened.`;
  }
  return of === round && phase === Phase.Reveal
    ? `${name} must be opened before ${until}, or the ${risk} it has locked are lost.`
    : `${name} was not opened in time: the ${risk} it has locked are lost.`;
}

function describeOpened({ phase, ruling }: DescribableCase, choice: Choice, name: string, risk: string): string {
  const said = `${name} says that ${CHOICES[choice]}`;
  if (phase !== Phase.Final) return `${said}; what it earns or loses shows when the case is final.`;
  const coherent = COHERENT[ruling!];
  if (coherent === undefined) return `${said}; nobody could say, so it loses nothing: claim its ${risk}.`;
  return choice === coherent
    ? `${said}, as the ruling does: claim its ${risk} and its share of the fee.`
    : `${said}, which is not the ruling: half of the ${risk} it has locked are lost.`;
}

/** A ballot's weight in words. */
export function describeWeight(weight: number, expectedSeats: number): string {
  if (expectedSeats > 0) return weight === 1 ? "1 seat" : `${weight} seats`;
  return `${(Number((BigInt(weight) * 1_000_000n) / VOTE_PARTS) / 10_000).toString()} % of the votes`;
}

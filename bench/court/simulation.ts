import { id, parseEther } from "ethers";

import { seats as seatsOf, type SeatsParameters } from "../../src/protocol/sortition.ts";

/** Expected seats of the two panels of the standard config; after them everybody votes. */
const PANELS = [15, 61] as const;
/** Shares of the stake, in per cent, that vote for the liar together, every time. */
const ATTACKERS = [20, 33, 45] as const;
/** Per cent of the honest stake that votes at all. */
const TURNOUTS = [100, 70] as const;
/** A hundred holders of each of these stakes, whole tokens. */
const STAKES = [500n, 1_000n, 2_000n, 5_000n];
const HOLDERS_OF_EACH = 100;
/** All seeds follow from it: the same cases in every run. */
const SEED = "Credence.Simulation";

/** One panel against one attacker. Rates are per case; the truth has to be more than half for it to be right. */
export type PanelResult = {
  readonly seats: number;
  /** Per cent of the stake. */
  readonly attacker: number;
  /** Per cent of the honest holders. */
  readonly turnout: number;
  /** Cases in which the attackers had more seats than the honest who came, and a quorum. */
  readonly wrong: number;
  /** Cases without a quorum, or tied. */
  readonly undecided: number;
  /** The probability of `wrong` for these holders: the distribution of the seats, convolved. */
  readonly exact: number;
  /** The same for holders without number, each of next to nothing: the largest it gets, and the figure of the design. */
  readonly limit: number;
};

/** What becomes of cases that are appealed. */
export type AppealResult = {
  readonly attacker: number;
  readonly turnout: number;
  /** Final rulings that are wrong if an outsider appeals whatever is not right. */
  readonly wrong: number;
  /** Of these cases, how many came before the second panel and before everybody. */
  readonly rounds: readonly [second: number, all: number];
  /** Final rulings that are wrong if the attackers appeal too whatever is right: all are decided by everybody. */
  readonly wrongIfBothAppeal: number;
};

export type SimulationReport = {
  readonly cases: number;
  readonly holders: number;
  /** Mean of the seats that were drawn for a panel, by panel. */
  readonly meanSeats: readonly number[];
  readonly panels: readonly PanelResult[];
  readonly appeals: readonly AppealResult[];
};

type Holder = { readonly stake: bigint; readonly rank: number; readonly voter: string };
/** What a panel of one case said to one attacker. */
type Word = "right" | "wrong" | "undecided";

/**
 * Panels of the court against attackers, drawn with the contract's arithmetic (contracts/court/Sortition.sol, which the package repeats) for as many cases.
 * @param cases How many; 500 take a second or two.
 */
export function simulate(cases: number): SimulationReport {
  const holders = STAKES.flatMap((stake) =>
    Array.from({ length: HOLDERS_OF_EACH }, (_, rank) => ({ stake, rank })),
  ).map(({ stake, rank }, index): Holder => ({
    stake: parseEther(stake.toString()),
    rank,
    voter: id(`holder ${String(index)}`).slice(0, 42),
  }));
  const total = holders.reduce((sum, { stake }) => sum + stake, 0n);
  const settings = ATTACKERS.flatMap((attacker) => TURNOUTS.map((turnout) => ({ attacker, turnout })));
  const words = settings.map((): Word[][] => []);
  const drawn = PANELS.map(() => 0);
  for (let number = 0; number < cases; number++) {
    const panels = PANELS.map((expected, round) => {
      const seed = id(`${SEED} seed ${String(number)} ${String(round)}`);
      return byRank(holders, { seed, caseId: caseIdOf(number), round, total, expected });
    });
    for (const [round, seats] of panels.entries()) drawn[round]! += seats.reduce((a, b) => a + b, 0);
    for (const [i, { attacker, turnout }] of settings.entries()) {
      words[i]!.push(panels.map((seats, round) => wordOf(seats, PANELS[round]!, attacker, turnout)));
    }
  }
  return {
    cases,
    holders: holders.length,
    meanSeats: drawn.map((sum) => sum / cases),
    panels: settings.flatMap((setting, i) =>
      PANELS.map((seats, round) => ({
        seats,
        ...setting,
        wrong: words[i]!.filter((said) => said[round] === "wrong").length,
        undecided: words[i]!.filter((said) => said[round] === "undecided").length,
        exact: exactError(seats, setting, holders, total),
        limit: limitError(seats, setting),
      })),
    ),
    appeals: settings.map((setting, i) => appealed(words[i]!, setting)),
  };
}

const caseIdOf = (number: number): string => id(`${SEED} case ${String(number)}`);

/** Who attacks, and who of the honest comes, goes by rank: the same share of each stake. */
const honestThatCome = (attacker: number, turnout: number): number =>
  Math.round(((HOLDERS_OF_EACH - attacker) * turnout) / 100);

/** Seats on one panel, summed by rank. */
function byRank(holders: readonly Holder[], panel: Omit<SeatsParameters, "voter" | "votes">): number[] {
  const seats = Array.from({ length: HOLDERS_OF_EACH }, () => 0);
  for (const { stake, rank, voter } of holders) {
    seats[rank]! += seatsOf({ ...panel, voter, votes: stake });
  }
  return seats;
}

/** What the panel says: a third of the expected seats revealed, and more for one side than for the other. */
function wordOf(seats: readonly number[], expected: number, attacker: number, turnout: number): Word {
  const sum = (from: number, to: number): number => seats.slice(from, to).reduce((a, b) => a + b, 0);
  const [liars, honest] = [sum(0, attacker), sum(attacker, attacker + honestThatCome(attacker, turnout))];
  if (3 * (liars + honest) < expected || liars === honest) return "undecided";
  return liars > honest ? "wrong" : "right";
}

/** The ruling before everybody: more than a fifth is behind each side here, so the larger one decides. */
function appealed(
  words: readonly Word[][],
  { attacker, turnout }: { attacker: number; turnout: number },
): AppealResult {
  const isWrongBeforeAll = attacker > honestThatCome(attacker, turnout);
  const second = words.filter(([first]) => first !== "right");
  const all = second.filter(([, next]) => next !== "right").length;
  return {
    attacker,
    turnout,
    wrong: isWrongBeforeAll ? all : 0,
    rounds: [second.length, all],
    wrongIfBothAppeal: isWrongBeforeAll ? words.length : 0,
  };
}

/* PROBABILITIES */

/** Probability that the liars have more seats than the honest, and that there is a quorum. */
function errorOf(liars: readonly number[], honest: readonly number[], expected: number): number {
  let error = 0;
  for (const [a, p] of liars.entries()) {
    for (const [h, q] of honest.slice(0, a).entries()) if (3 * (a + h) >= expected) error += p * q;
  }
  return error;
}

type Setting = { attacker: number; turnout: number };

function exactError(
  expected: number,
  { attacker, turnout }: Setting,
  holders: readonly Holder[],
  total: bigint,
): number {
  const come = attacker + honestThatCome(attacker, turnout);
  const spread = (from: number, to: number): number[] =>
    seatsSpread(
      holders
        .filter(({ rank }) => rank >= from && rank < to)
        .map(({ stake }) => (Number(stake) * expected) / Number(total)),
    );
  return errorOf(spread(0, attacker), spread(attacker, come), expected);
}

/** Distribution of the sum of independent seats, each with its own chance, all below one. */
function seatsSpread(chances: readonly number[]): number[] {
  let spread = [1];
  for (const chance of chances) {
    spread = [...spread, 0].map((p, seats) => p * (1 - chance) + (spread[seats - 1] ?? 0) * chance);
  }
  return spread;
}

/** Of ever more and ever smaller holders the seats are Poisson's. */
function limitError(expected: number, { attacker, turnout }: Setting): number {
  const share = ((100 - attacker) * turnout) / 100;
  return errorOf(poisson((expected * attacker) / 100), poisson((expected * share) / 100), expected);
}

function poisson(mean: number): number[] {
  const spread = [Math.exp(-mean)];
  for (let seats = 1; seats < 200; seats++) spread.push((spread[seats - 1]! * mean) / seats);
  return spread;
}

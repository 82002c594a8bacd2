/** The rules that court configs keep to, as contracts/court/ConfigRules.sol has them: refused here before anything is sent. */
import { inDays } from "./inDays.ts";

/** A config as in the parameter file: seconds, and whole tokens as text. */
type Config = {
  readonly name: string;
  readonly evidence: number;
  readonly rounds: readonly {
    readonly seats: number;
    readonly seeding: number;
    readonly commit: number;
    readonly reveal: number;
    readonly appeal: number;
    readonly fee: string;
    readonly seatRiskFees: number;
    readonly voteRiskBps: number;
  }[];
};

/** What configs nest into, seconds. */
type Frame = {
  readonly minWindow: number;
  readonly maturity: number;
  readonly unbondingPeriod: number;
  readonly moduleDelay: number;
};

const DAY = 86_400;
const MAX_ROUNDS = 3;
const MAX_SEATS = 1_000;
/** The opener's bond pays the second fee, and is at most this many first fees. */
const MAX_FEE_STEP = 20n;
/** Bounds of what a seat risks, in fees of a seat. */
const MIN_RISK_IN_FEES = 2;
const MAX_RISK_IN_FEES = 10;
const MAX_VOTE_RISK_BPS = 1_000;
/** Two windows of 7 d: what was signed before slashing code was announced is contested within them. */
const TWO_WINDOWS = 14 * DAY;

/** When the last commit of a case under a config, and the case itself, can be over at latest, seconds from its opening. */
function courtTimes({ evidence, rounds }: Config): { lastCommit: number; end: number } {
  let end = evidence;
  let lastCommit = 0;
  for (const { seeding, commit, reveal, appeal } of rounds) {
    lastCommit = end + seeding + commit;
    end = lastCommit + reveal + appeal;
  }
  return { lastCommit, end };
}

function windowProblems(key: string, { evidence, rounds }: Config, minWindow: number): string[] {
  const problems: string[] = [];
  const long = (name: string, actual: number): void => {
    if (actual < minWindow) {
      problems.push(
        `${key}.${name} is ${inDays(actual)}, expected at least minWindow, ${inDays(minWindow)}: missing it costs money`,
      );
    }
  };
  const none = (name: string, actual: number, reason: string): void => {
    if (actual !== 0) problems.push(`${key}.${name} is ${inDays(actual)}, expected 0 s: ${reason}`);
  };
  long("evidence", evidence);
  for (const [index, { seats, seeding, reveal, appeal }] of rounds.entries()) {
    const round = `rounds.${String(index)}`;
    if (seats > 0) long(`${round}.seeding`, seeding);
    else none(`${round}.seeding`, seeding, "everybody votes, nobody is drawn");
    long(`${round}.reveal`, reveal);
    if (index + 1 < rounds.length) long(`${round}.appeal`, appeal);
    else none(`${round}.appeal`, appeal, "the last round is final");
  }
  return problems;
}

/** Amounts of whole tokens as numbers that compare exactly, and back. */
function exactly(amounts: readonly string[]): { of: (amount: string) => bigint; text: (value: bigint) => string } {
  const digits = Math.max(...amounts.map((amount) => amount.split(".")[1]?.length ?? 0));
  return {
    of: (amount) => {
      const [whole = "", fraction = ""] = amount.split(".");
      return BigInt(whole + fraction.padEnd(digits, "0"));
    },
    text: (value) => {
      const all = value.toString().padStart(digits + 1, "0");
      const fraction = all.slice(all.length - digits).replace(/0+$/, "");
      return digits === 0 || fraction === ""
        ? all.slice(0, all.length - digits)
        : `${all.slice(0, -digits)}.${fraction}`;
    },
  };
}

function feeProblems(key: string, { rounds }: Config): string[] {
  const problems: string[] = [];
  const { of, text } = exactly(rounds.map(({ fee }) => fee));
  for (const [index, { fee }] of rounds.entries()) {
    const before = rounds[index - 1]?.fee;
    if (before === undefined) continue;
    const name = `${key}.rounds.${String(index)}.fee`;
    const highest = of(before) * MAX_FEE_STEP;
    if (of(fee) < of(before)) {
      problems.push(`${name} is ${fee}, expected at least ${before}: fees do not fall from round to round`);
    }
    if (index === 1 && of(fee) > highest) {
      problems.push(
        `${name} is ${fee}, expected at most ${text(highest)}: the opener's bond, at most 20 first fees, pays it`,
      );
    }
  }
  return problems;
}

/** Seats and risks; `seats: 0` in the last round is everybody enrolled. */
function panelProblems(key: string, { rounds }: Config): string[] {
  const problems: string[] = [];
  for (const [index, { seats, seatRiskFees, voteRiskBps }] of rounds.entries()) {
    const name = `${key}.rounds.${String(index)}`;
    const within = (field: string, actual: number, lowest: number, highest: number, reason: string): void => {
      if (actual >= lowest && actual <= highest) return;
      const expected = lowest === highest ? String(lowest) : `${String(lowest)} to ${String(highest)}`;
      problems.push(`${name}.${field} is ${String(actual)}, expected ${expected}: ${reason}`);
    };
    const isFull = seats === 0;
    if (!isFull || index + 1 < rounds.length) {
      const fewest = (rounds[index - 1]?.seats ?? 0) + 1;
      within(
        "seats",
        seats,
        fewest,
        MAX_SEATS,
        "each panel is larger than the one before, only the last round may be for all (0)",
      );
    }
    const [least, most] = isFull ? [0, 0] : [MIN_RISK_IN_FEES, MAX_RISK_IN_FEES];
    within(
      "seatRiskFees",
      seatRiskFees,
      least,
      most,
      "a seat risks 2 to 10 of its fees, a full vote nothing by the seat",
    );
    const [low, high] = isFull ? [1, MAX_VOTE_RISK_BPS] : [0, 0];
    within("voteRiskBps", voteRiskBps, low, high, "a full vote risks up to 10 % of the votes, a panel nothing of them");
  }
  return problems;
}

function nestingProblems(key: string, config: Config, p: Frame): string[] {
  const problems: string[] = [];
  const { lastCommit, end } = courtTimes(config);
  const latestCommit = p.unbondingPeriod - p.maturity;
  if (lastCommit > latestCommit) {
    problems.push(
      `${key} has its last commit after ${inDays(lastCommit)}, expected at most ${inDays(latestCommit)} (unbondingPeriod ` +
        "less maturity): who has votes in a case must not be gone before",
    );
  }
  const latestEnd = p.moduleDelay - TWO_WINDOWS;
  if (end > latestEnd) {
    problems.push(
      `${key} ends after ${inDays(end)}, expected at most ${inDays(latestEnd)} (moduleDelay less two windows of 7 d): new ` +
        "slashing code must not arrive before",
    );
  }
  return problems;
}

/** What is wrong with the court configs of a deployment: one sentence each, with the actual and the expected value. */
export function courtConfigProblems(p: Frame & { readonly courtConfigs: readonly Config[] }): string[] {
  if (p.courtConfigs.length === 0) return ["courtConfigs has none, expected at least one: models name one"];
  const names = p.courtConfigs.map(({ name }) => name);
  return p.courtConfigs.flatMap((config, index) => {
    const key = `courtConfigs.${config.name}`;
    const first = names.indexOf(config.name);
    const twice =
      first === index
        ? []
        : [
            `courtConfigs.${String(index)} is named ${config.name}, expected another name than number ${String(first)} has`,
          ];
    const count = config.rounds.length;
    if (count === 0 || count > MAX_ROUNDS) {
      return [...twice, `${key}.rounds are ${String(count)}, expected 1 to ${String(MAX_ROUNDS)}`];
    }
    return [
      ...twice,
      ...windowProblems(key, config, p.minWindow),
      ...feeProblems(key, config),
      ...panelProblems(key, config),
      ...nestingProblems(key, config, p),
    ];
  });
}

/** The rules that court configs keep to, as contracts/court/ConfigRules.sol has them: refused here before anything is sent. */
import { inDays } from "./inDays.ts";

/** A config as in the parameter file: seconds, and whole tokens as text. */
type Config = {
  readonly name: string;
  readonly evidence: number;
  readonly seeding: number;
  readonly seatRisk: string;
  readonly voteRiskBps: number;
  readonly rounds: readonly {
    readonly seats: number;
    readonly commit: number;
    readonly reveal: number;
    readonly appeal: number;
    readonly fee: string;
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
/** Bounds of a panel's risk, in fees of its round. */
const MIN_RISK_IN_FEES = 2n;
const MAX_RISK_IN_FEES = 10n;
const MAX_VOTE_RISK_BPS = 1_000;
/** Two windows of 7 d: what was signed before slashing code was announced is contested within them. */
const TWO_WINDOWS = 14 * DAY;

/** When the last commit of a case under a config, and the case itself, can be over at latest, seconds from its opening. */
function courtTimes({ evidence, seeding, rounds }: Config): { lastCommit: number; end: number } {
  let end = evidence;
  let lastCommit = 0;
  for (const { seats, commit, reveal, appeal } of rounds) {
    lastCommit = end + (seats > 0 ? seeding : 0) + commit;
    end = lastCommit + reveal + appeal;
  }
  return { lastCommit, end };
}

function windowProblems(key: string, { evidence, seeding, rounds }: Config, minWindow: number): string[] {
  const problems: string[] = [];
  const long = (name: string, actual: number): void => {
    if (actual < minWindow) {
      problems.push(
        `${key}.${name} is ${inDays(actual)}, expected at least minWindow, ${inDays(minWindow)}: missing it costs money`,
      );
    }
  };
  long("evidence", evidence);
  if (rounds.some(({ seats }) => seats > 0)) long("seeding", seeding);
  for (const [index, { reveal, appeal }] of rounds.entries()) {
    long(`rounds.${String(index)}.reveal`, reveal);
    if (index + 1 < rounds.length) long(`rounds.${String(index)}.appeal`, appeal);
    else if (appeal !== 0) {
      problems.push(
        `${key}.rounds.${String(index)}.appeal is ${inDays(appeal)}, expected 0 s: the last round is final`,
      );
    }
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

/** Seats and risks; `seats: 0` in the last round is everybody enrolled, whose risk `voteRiskBps` says. */
function panelProblems(key: string, { seatRisk, voteRiskBps, rounds }: Config): string[] {
  const problems: string[] = [];
  if (voteRiskBps > MAX_VOTE_RISK_BPS) {
    problems.push(`${key}.voteRiskBps is ${String(voteRiskBps)}, expected 1 to ${String(MAX_VOTE_RISK_BPS)} (10 %)`);
  }
  const { of, text } = exactly([seatRisk, ...rounds.map(({ fee }) => fee)]);
  const panels = rounds.at(-1)?.seats === 0 ? rounds.slice(0, -1) : rounds;
  for (const [index, { seats, fee }] of panels.entries()) {
    const name = `${key}.rounds.${String(index)}`;
    const fewest = (rounds[index - 1]?.seats ?? 0) + 1;
    const risk = BigInt(seats) * of(seatRisk);
    const [lowest, highest] = [of(fee) * MIN_RISK_IN_FEES, of(fee) * MAX_RISK_IN_FEES];
    if (seats < fewest || seats > MAX_SEATS) {
      problems.push(
        `${name}.seats is ${String(seats)}, expected ${String(fewest)} to ${String(MAX_SEATS)}: each panel is larger than ` +
          "the one before, and only the last round may be for all (0)",
      );
    } else if (risk < lowest || risk > highest) {
      problems.push(
        `${name}: seats times seatRisk are ${text(risk)}, expected ${text(lowest)} to ${text(highest)}: a panel risks 2 to ` +
          "10 times its fee",
      );
    }
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

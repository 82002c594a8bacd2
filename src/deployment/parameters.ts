/** Reads, checks and scales the numbers of a deployment (ignition/parameters/<network>.json5). Sends and reads nothing. */
import { getAddress, isAddress, parseUnits, ZeroAddress } from "ethers";
import JSON5 from "json5";
import { z } from "zod";

import type { CourtConfig } from "../../ignition/modules/Court.ts";
import { FatalError } from "../errors.ts";
import { courtConfigProblems } from "./courtConfigs.ts";
import { inDays } from "./inDays.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** Longest challenge window of a model (ModelRegistry). */
const MAX_WINDOW = 7 * DAY;
/** How long after its signature a receipt can be anchored, and what opting out takes (OperatorRegistry, StakeVault). */
const RECEIPT_LIFE = DAY;
/** Time to make a short lock whole, beyond `minWindow` (ModelRegistry). */
const HONOUR_BASE = 12 * HOUR;
/** Smallest `moduleDelay` (Modules). */
const MIN_MODULE_DELAY = 29.5 * DAY;
/** Largest `minWindow` (ModelRegistry). */
const MAX_MIN_WINDOW = DAY;
/** Smallest `minWindow` by kind of chain, as Hardhat names it: its forced-inclusion delay. Of an unknown kind, the longest. */
const FORCED_INCLUSION = { l1: HOUR, op: DAY, generic: DAY } as const;
/** Share of a lock that opening a case puts down (DisputeManager). */
const MIN_BOND_BPS = 100;
const MAX_BOND_BPS = 5_000;
/** Longest of each phase of a governor's proposal. */
const MAX_GOVERNOR_TIME = 30 * DAY;
/** Bits of what the vault can hold, and of the fee of a court's round (ICourt.RoundTerms). */
const AMOUNT_BITS = 96;
const FEE_BITS = 80;

/** Kind of chain, as in the network's `chainType` in hardhat.config.ts. */
export type ChainType = keyof typeof FORCED_INCLUSION;

const address = z
  .string()
  .refine(isAddress, { error: (issue) => `${String(issue.input)} is not an address (or its checksum is wrong)` })
  .transform((value) => getAddress(value));
const seconds = z.int().positive();
const notTokens = (value: unknown): string =>
  `expected whole tokens as text, such as "1000" or "0.5", got ${value === undefined ? "nothing" : JSON.stringify(value)}`;
const tokens = z
  .string({ error: ({ input }) => notTokens(input) })
  .regex(/^\d+(\.\d+)?$/, { error: ({ input }) => notTokens(input) })
  .refine((value) => /[1-9]/.test(value), { error: "expected an amount above 0, got 0" });

const courtConfig = z.strictObject({
  name: z.string().min(1),
  evidence: seconds,
  rounds: z.array(
    z.strictObject({
      seats: z.int().nonnegative(),
      seeding: z.int().nonnegative(),
      commit: seconds,
      reveal: seconds,
      appeal: z.int().nonnegative(),
      fee: tokens,
      seatRiskFees: z.int().nonnegative(),
      voteRiskBps: z.int().nonnegative(),
    }),
  ),
});

const governor = z.strictObject({
  votingDelay: seconds,
  votingPeriod: seconds,
  timelockDelay: seconds,
  threshold: tokens,
  quorumPercent: z.int().min(1).max(100),
});

const fileSchema = z.strictObject({
  token: address.nullable(),
  newToken: z.strictObject({ treasury: address.nullable(), supply: tokens }),
  reserve: address,
  owner: address.nullable(),
  guardian: address.nullable(),
  governor,
  minWindow: seconds,
  unbondingPeriod: seconds,
  moduleDelay: seconds,
  minEnroll: tokens,
  minOperatorStake: tokens,
  protocolMinCoverage: tokens,
  maturity: seconds,
  totalFloor: tokens,
  bondBps: z.int().positive(),
  replayBond: tokens,
  courtConfigs: z.array(courtConfig),
});

type ParameterFile = z.infer<typeof fileSchema>;

/**
 * A parameter file with what it left open filled in. `token` is null if a new one is deployed, `owner` if it is the timelock
 * of a governor that is deployed too.
 */
export const parametersSchema = fileSchema.extend({
  guardian: address,
  newToken: z.strictObject({ treasury: address, supply: tokens }),
});

/** The numbers of a deployment: times in seconds, amounts in whole tokens as text. */
export type Parameters = Readonly<z.infer<typeof parametersSchema>>;

/** What the command line says instead of the file. */
export type Overrides = { readonly token?: string | undefined; readonly owner?: string | undefined };

/** The parameters cannot be used. Each problem is one sentence with the actual and the expected value. */
export class InvalidParametersError extends FatalError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(
      "INVALID_PARAMETERS",
      `the deployment's parameters are refused:\n${problems.map((p) => `  - ${p}`).join("\n")}`,
    );
    this.problems = problems;
  }
}

function validate(content: unknown): ParameterFile {
  const result = fileSchema.safeParse(content);
  if (result.success) return result.data;
  throw new InvalidParametersError(result.error.issues.map((i) => `${i.path.join(".") || "file"}: ${i.message}`));
}

/** Who must be named if the owner is a timelock of this deployment: what would be its own otherwise is of no use to it. */
function unnamed({ owner, token, guardian, newToken }: ParameterFile): string[] {
  if (owner !== null) return [];
  const problems: string[] = [];
  if (guardian === null) {
    problems.push(
      "guardian: nobody; expected an address in the file: the owner is the governor's timelock, which cannot act within hours",
    );
  }
  if (token === null && newToken.treasury === null) {
    problems.push(
      "newToken.treasury: nobody; expected an address in the file: the owner is the governor's timelock, and while that has " +
        "all tokens nobody has a vote",
    );
  }
  return problems;
}

/**
 * Parses a parameter file and fills in what it leaves to the command line and to the owner.
 * @param text - JSON5, as in ignition/parameters.
 * @throws InvalidParametersError naming every key that is missing, unknown or malformed, and who must be named.
 */
export function parseParameters(text: string, overrides: Overrides = {}): Parameters {
  let content: unknown;
  try {
    content = JSON5.parse(text);
  } catch (cause) {
    throw new InvalidParametersError([`not JSON5: ${cause instanceof Error ? cause.message : String(cause)}`]);
  }
  const written = validate(content);
  const file = validate({
    ...written,
    token: overrides.token ?? written.token,
    owner: overrides.owner ?? written.owner,
  });
  const problems = unnamed(file);
  if (problems.length > 0) throw new InvalidParametersError(problems);
  // Zero is left only where it stands for nobody: no new token is made, or `unnamed` has refused.
  const { owner, guardian, newToken } = file;
  return {
    ...file,
    guardian: guardian ?? owner ?? ZeroAddress,
    newToken: { ...newToken, treasury: newToken.treasury ?? owner ?? ZeroAddress },
  };
}

function numberProblems(p: Parameters, chainType: ChainType): string[] {
  const problems: string[] = [];
  const atLeast = (name: string, actual: number, minimum: number, reason: string): void => {
    if (actual < minimum)
      problems.push(`${name} is ${inDays(actual)}, expected at least ${inDays(minimum)}: ${reason}`);
  };
  atLeast(
    "minWindow",
    p.minWindow,
    FORCED_INCLUSION[chainType],
    `a transaction censored on a chain of type ${chainType} gets in within that time`,
  );
  if (p.minWindow > MAX_MIN_WINDOW) {
    problems.push(
      `minWindow is ${inDays(p.minWindow)}, expected at most ${inDays(MAX_MIN_WINDOW)}: more does not nest into ` +
        `challenge windows, which end at ${inDays(MAX_WINDOW)}`,
    );
  }
  atLeast(
    "unbondingPeriod",
    p.unbondingPeriod,
    RECEIPT_LIFE + 2 * MAX_WINDOW + HONOUR_BASE + p.minWindow,
    "a receipt's day, two windows of 7 d and the honour time (12 h + minWindow) must fit into it",
  );
  atLeast(
    "moduleDelay",
    p.moduleDelay,
    MIN_MODULE_DELAY,
    "the vault accepts no less (two windows of 7 d and a case of 15.5 d)",
  );
  atLeast(
    "moduleDelay",
    p.moduleDelay,
    p.unbondingPeriod + 1,
    "new slashing code must not reach an account before it can leave (unbondingPeriod)",
  );
  if (p.bondBps < MIN_BOND_BPS || p.bondBps > MAX_BOND_BPS) {
    problems.push(
      `bondBps is ${String(p.bondBps)}, expected ${String(MIN_BOND_BPS)} (1 %) to ${String(MAX_BOND_BPS)} (50 %)`,
    );
  }
  return problems;
}

/** The governor's, if it is deployed: a vote that a censored holder can take part in, and a decision within months. */
function governorProblems({ owner, minWindow, governor: g }: Parameters): string[] {
  if (owner !== null) return [];
  const problems: string[] = [];
  for (const name of ["votingDelay", "votingPeriod", "timelockDelay"] as const) {
    if (g[name] > MAX_GOVERNOR_TIME) {
      problems.push(`governor.${name} is ${inDays(g[name])}, expected at most ${inDays(MAX_GOVERNOR_TIME)}`);
    }
  }
  if (g.votingPeriod < minWindow) {
    problems.push(
      `governor.votingPeriod is ${inDays(g.votingPeriod)}, expected at least minWindow, ${inDays(minWindow)}: a vote that is ` +
        "censored gets in within that time",
    );
  }
  return problems;
}

function addressProblems(p: Parameters, deployer: string): string[] {
  const problems: string[] = [];
  const differ = (name: string, value: string | null, others: Record<string, string | null>, reason: string): void => {
    for (const [other, taken] of Object.entries(others)) {
      if (value !== null && value === taken)
        problems.push(`${name} is ${value}, expected another address than ${other}: ${reason}`);
    }
  };
  const zero = { "the zero address": ZeroAddress };
  differ(
    "reserve",
    p.reserve,
    { ...zero, "the owner (timelock or governor)": p.owner, "the guardian": p.guardian, "the deployer": deployer },
    "who decides must not profit from what is forfeited",
  );
  differ("reserve", p.reserve, { "the stake token": p.token }, "a token cannot claim what it is credited with");
  const handedOver = { ...zero, "the deployer": deployer };
  differ("owner", p.owner, handedOver, "the deployment ends with a hand-over to a timelock or Safe");
  differ("guardian", p.guardian, handedOver, "no role is left with the deployer");
  if (p.token === null) differ("newToken.treasury", p.newToken.treasury, zero, "it receives the supply");
  else differ("token", p.token, zero, "it must be a contract");
  return problems;
}

/**
 * Refuses parameters that break the protocol's nested windows or let one address hold two roles that must be apart.
 * @throws InvalidParametersError with every problem at once.
 */
export function checkParameters(parameters: Parameters, deployer: string, chainType: ChainType): void {
  const problems = [
    ...numberProblems(parameters, chainType),
    ...courtConfigProblems(parameters),
    ...governorProblems(parameters),
    ...addressProblems(parameters, getAddress(deployer)),
  ];
  if (problems.length > 0) throw new InvalidParametersError(problems);
}

/**
 * Refuses a reserve that is a contract of this deployment, the timelock and the governor among them.
 * @param created - addresses of what the deployment created before, and of what the deployer's next transactions create.
 * @throws InvalidParametersError.
 */
export function checkReserve(reserve: string, created: readonly string[]): void {
  if (!created.includes(reserve)) return;
  throw new InvalidParametersError([
    `reserve is ${reserve}, expected another address than those of the deployment's own contracts, the timelock and the ` +
      "governor among them: who decides must not profit from what is forfeited",
  ]);
}

/** The same numbers as contracts take them: seconds, and amounts in the token's smallest unit. */
export type ScaledParameters = {
  readonly reserve: string;
  readonly guardian: string;
  readonly minWindow: bigint;
  readonly unbondingPeriod: bigint;
  readonly moduleDelay: bigint;
  readonly minEnroll: bigint;
  readonly minOperatorStake: bigint;
  readonly protocolMinCoverage: bigint;
  readonly maturity: bigint;
  readonly totalFloor: bigint;
  readonly bondBps: bigint;
  readonly replayBond: bigint;
  readonly courtConfigs: CourtConfig[];
  readonly governor: {
    readonly votingDelay: bigint;
    readonly votingPeriod: bigint;
    readonly timelockDelay: bigint;
    readonly threshold: bigint;
    readonly quorumPercent: bigint;
  };
};

/**
 * Scales one amount of whole tokens.
 * @param bits - of its type on the chain; those of what the vault can hold if not said.
 * @throws InvalidParametersError if it has more digits than the token, or exceeds its type.
 */
export function scaleAmount(name: string, amount: string, decimals: number, bits = AMOUNT_BITS): bigint {
  const digits = amount.split(".")[1]?.replace(/0+$/, "").length ?? 0;
  if (digits > decimals) {
    const problem = `${name} is ${amount}: ${String(digits)} digits after the point, expected at most ${String(decimals)}`;
    throw new InvalidParametersError([`${problem}, the token's decimals`]);
  }
  const [whole = "", fraction = ""] = amount.split(".");
  const scaled = parseUnits(`${whole}.${fraction.slice(0, decimals) || "0"}`, decimals);
  const largest = 2n ** BigInt(bits) - 1n;
  if (scaled > largest) {
    throw new InvalidParametersError([
      `${name} is ${scaled} of the smallest unit, expected at most ${largest} (uint${String(bits)})`,
    ]);
  }
  return scaled;
}

function scaleConfig(config: Parameters["courtConfigs"][number], decimals: number): CourtConfig {
  return {
    evidence: BigInt(config.evidence),
    rounds: config.rounds.map((round, index) => ({
      seats: BigInt(round.seats),
      seeding: BigInt(round.seeding),
      commit: BigInt(round.commit),
      reveal: BigInt(round.reveal),
      appeal: BigInt(round.appeal),
      fee: scaleAmount(`courtConfigs.${config.name}.rounds.${String(index)}.fee`, round.fee, decimals, FEE_BITS),
      seatRiskFees: BigInt(round.seatRiskFees),
      voteRiskBps: BigInt(round.voteRiskBps),
    })),
  };
}

/** Scales the amounts of a deployment by the decimals of its stake token. @throws as scaleAmount. */
export function scaleParameters(parameters: Parameters, decimals: number): ScaledParameters {
  const { reserve, guardian, governor: g } = parameters;
  const scaled = (
    name: "minEnroll" | "minOperatorStake" | "protocolMinCoverage" | "totalFloor" | "replayBond",
  ): bigint => scaleAmount(name, parameters[name], decimals);
  return {
    ...{ reserve, guardian },
    minWindow: BigInt(parameters.minWindow),
    unbondingPeriod: BigInt(parameters.unbondingPeriod),
    moduleDelay: BigInt(parameters.moduleDelay),
    minEnroll: scaled("minEnroll"),
    minOperatorStake: scaled("minOperatorStake"),
    protocolMinCoverage: scaled("protocolMinCoverage"),
    maturity: BigInt(parameters.maturity),
    totalFloor: scaled("totalFloor"),
    bondBps: BigInt(parameters.bondBps),
    replayBond: scaled("replayBond"),
    courtConfigs: parameters.courtConfigs.map((config) => scaleConfig(config, decimals)),
    governor: {
      votingDelay: BigInt(g.votingDelay),
      votingPeriod: BigInt(g.votingPeriod),
      timelockDelay: BigInt(g.timelockDelay),
      threshold: scaleAmount("governor.threshold", g.threshold, decimals),
      quorumPercent: BigInt(g.quorumPercent),
    },
  };
}

/** Parameters of ignition/modules/Protocol.ts, by module. */
export function protocolModuleParameters(
  token: string,
  owner: string,
  p: ScaledParameters,
): Record<string, Record<string, string | bigint | CourtConfig[]>> {
  return {
    Staking: {
      token,
      reserve: p.reserve,
      unbondingPeriod: p.unbondingPeriod,
      moduleDelay: p.moduleDelay,
      minEnroll: p.minEnroll,
    },
    Operators: { minOperatorStake: p.minOperatorStake },
    Models: {
      minWindow: p.minWindow,
      protocolMinCoverage: p.protocolMinCoverage,
    },
    Court: { maturity: p.maturity, minWindow: p.minWindow, totalFloor: p.totalFloor, configs: p.courtConfigs },
    Disputes: { bondBps: p.bondBps, replayBond: p.replayBond },
    Protocol: { owner, guardian: p.guardian },
  };
}

/** Parameters of ignition/modules/Timelock.ts, by module. */
export function timelockModuleParameters({ governor: g }: ScaledParameters): Record<string, Record<string, bigint>> {
  return { Timelock: { delay: g.timelockDelay } };
}

/** Parameters of ignition/modules/Governor.ts, by module. */
export function governorModuleParameters(
  vault: string,
  timelock: string,
  { governor: { timelockDelay: _delay, ...terms } }: ScaledParameters,
): Record<string, Record<string, string | bigint>> {
  return { Governor: { vault, timelock, ...terms } };
}

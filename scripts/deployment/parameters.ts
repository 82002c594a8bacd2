/** Reads, checks and scales the numbers of a deployment (ignition/parameters/<network>.json5). Sends and reads nothing. */
import { getAddress, isAddress, parseUnits, ZeroAddress } from "ethers";
import JSON5 from "json5";
import { z } from "zod";

import type { CourtConfig } from "../../ignition/modules/Court.ts";
import { FatalError } from "../../src/errors.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** Longest challenge window of a model (ModelRegistry). */
const MAX_WINDOW = 7 * DAY;
/** How long after its signature a receipt can be anchored, and what opting out takes (OperatorRegistry, StakeVault). */
const RECEIPT_LIFE = DAY;
/** Time to make a short lock whole, beyond `minWindow` (ModelRegistry). */
const HONOUR_BASE = 12 * HOUR;
/** Last commit, and end, of the longest case before token holders, from its opening. */
const LAST_COMMIT = 13.5 * DAY;
const LONGEST_CASE = 15.5 * DAY;
/** Largest `minWindow` (ModelRegistry). */
const MAX_MIN_WINDOW = DAY;
/** Smallest `minWindow` by kind of chain, as Hardhat names it: its forced-inclusion delay. Of an unknown kind, the longest. */
const FORCED_INCLUSION = { l1: HOUR, op: DAY, generic: DAY } as const;
const MAX_UINT96 = 2n ** 96n - 1n;

/** Kind of chain, as in the network's `chainType` in hardhat.config.ts. */
export type ChainType = keyof typeof FORCED_INCLUSION;

const address = z
  .string()
  .refine(isAddress, { error: (issue) => `${String(issue.input)} is not an address (or its checksum is wrong)` })
  .transform((value) => getAddress(value));
const seconds = z.int().positive();
const tokens = z
  .string()
  .regex(/^\d+(\.\d+)?$/, { error: 'expected whole tokens as text, such as "1000" or "0.5"' })
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

const fileSchema = z.strictObject({
  token: address.nullable(),
  newToken: z.strictObject({ treasury: address.nullable(), supply: tokens }),
  reserve: address,
  owner: address.nullable(),
  guardian: address.nullable(),
  replay: address,
  minWindow: seconds,
  unbondingPeriod: seconds,
  moduleDelay: seconds,
  minEnroll: tokens,
  minOperatorStake: tokens,
  protocolMinCoverage: tokens,
  maturity: seconds,
  totalFloor: tokens,
  bondBps: z.int().positive(),
  courtConfigs: z.array(courtConfig),
});

type ParameterFile = z.infer<typeof fileSchema>;

/** A parameter file with what it left open filled in. `token` is null if a new one is deployed. */
export const parametersSchema = fileSchema.extend({
  owner: address,
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

/**
 * Parses a parameter file and fills in what it leaves to the command line and to the owner.
 * @param text - JSON5, as in ignition/parameters.
 * @throws InvalidParametersError naming every key that is missing, unknown or malformed, or if nobody is the owner.
 */
export function parseParameters(text: string, overrides: Overrides = {}): Parameters {
  let content: unknown;
  try {
    content = JSON5.parse(text);
  } catch (cause) {
    throw new InvalidParametersError([`not JSON5: ${cause instanceof Error ? cause.message : String(cause)}`]);
  }
  const file = validate(content);
  const { owner, guardian, newToken, ...rest } = validate({
    ...file,
    token: overrides.token ?? file.token,
    owner: overrides.owner ?? file.owner,
  });
  if (owner === null)
    throw new InvalidParametersError(["owner: nobody; expected an address in the file or by --owner"]);
  return {
    ...rest,
    owner,
    guardian: guardian ?? owner,
    newToken: { ...newToken, treasury: newToken.treasury ?? owner },
  };
}

const inDays = (value: number): string => `${String(value)} s (${String(Math.round((value / DAY) * 100) / 100)} d)`;

function timeProblems(p: Parameters, chainType: ChainType): string[] {
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
    "unbondingPeriod",
    p.unbondingPeriod,
    MAX_WINDOW + LAST_COMMIT,
    "a window of 7 d and the last commit of the longest case (13.5 d) must fit into it",
  );
  atLeast(
    "moduleDelay",
    p.moduleDelay,
    p.unbondingPeriod + 1,
    "new slashing code must not reach an account before it can leave (unbondingPeriod)",
  );
  atLeast(
    "moduleDelay",
    p.moduleDelay,
    2 * MAX_WINDOW + LONGEST_CASE + 1,
    "what was signed before an announcement is settled first (two windows of 7 d and the longest case, 15.5 d)",
  );
  return problems;
}

function addressProblems(p: Parameters, deployer: string): string[] {
  const problems: string[] = [];
  const differ = (name: string, value: string, others: Record<string, string | null>, reason: string): void => {
    for (const [other, taken] of Object.entries(others)) {
      if (value === taken) problems.push(`${name} is ${value}, expected another address than ${other}: ${reason}`);
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
  const problems = [...timeProblems(parameters, chainType), ...addressProblems(parameters, getAddress(deployer))];
  if (problems.length > 0) throw new InvalidParametersError(problems);
}

/** The same numbers as contracts take them: seconds, and amounts in the token's smallest unit. */
export type ScaledParameters = {
  readonly reserve: string;
  readonly owner: string;
  readonly guardian: string;
  readonly replay: string;
  readonly minWindow: bigint;
  readonly unbondingPeriod: bigint;
  readonly moduleDelay: bigint;
  readonly minEnroll: bigint;
  readonly minOperatorStake: bigint;
  readonly protocolMinCoverage: bigint;
  readonly maturity: bigint;
  readonly totalFloor: bigint;
  readonly bondBps: bigint;
  readonly courtConfigs: CourtConfig[];
};

/**
 * Scales one amount of whole tokens.
 * @throws InvalidParametersError if it has more digits than the token, or exceeds what the vault can hold (uint96).
 */
export function scaleAmount(name: string, amount: string, decimals: number): bigint {
  const digits = amount.split(".")[1]?.replace(/0+$/, "").length ?? 0;
  if (digits > decimals) {
    const problem = `${name} is ${amount}: ${String(digits)} digits after the point, expected at most ${String(decimals)}`;
    throw new InvalidParametersError([`${problem}, the token's decimals`]);
  }
  const [whole = "", fraction = ""] = amount.split(".");
  const scaled = parseUnits(`${whole}.${fraction.slice(0, decimals) || "0"}`, decimals);
  if (scaled > MAX_UINT96) {
    throw new InvalidParametersError([
      `${name} is ${scaled} of the smallest unit, expected at most ${MAX_UINT96} (uint96)`,
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
      fee: scaleAmount(`courtConfigs.${config.name}.rounds.${String(index)}.fee`, round.fee, decimals),
      seatRiskFees: BigInt(round.seatRiskFees),
      voteRiskBps: BigInt(round.voteRiskBps),
    })),
  };
}

/** Scales the amounts of a deployment by the decimals of its stake token. @throws as scaleAmount. */
export function scaleParameters(parameters: Parameters, decimals: number): ScaledParameters {
  const { reserve, owner, guardian, replay } = parameters;
  const scaled = (name: "minEnroll" | "minOperatorStake" | "protocolMinCoverage" | "totalFloor"): bigint =>
    scaleAmount(name, parameters[name], decimals);
  return {
    ...{ reserve, owner, guardian, replay },
    minWindow: BigInt(parameters.minWindow),
    unbondingPeriod: BigInt(parameters.unbondingPeriod),
    moduleDelay: BigInt(parameters.moduleDelay),
    minEnroll: scaled("minEnroll"),
    minOperatorStake: scaled("minOperatorStake"),
    protocolMinCoverage: scaled("protocolMinCoverage"),
    maturity: BigInt(parameters.maturity),
    totalFloor: scaled("totalFloor"),
    bondBps: BigInt(parameters.bondBps),
    courtConfigs: parameters.courtConfigs.map((config) => scaleConfig(config, decimals)),
  };
}

/** Parameters of ignition/modules/Protocol.ts, by module. */
export function protocolModuleParameters(
  token: string,
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
    Disputes: { bondBps: p.bondBps },
    Protocol: { owner: p.owner, guardian: p.guardian, replay: p.replay },
  };
}

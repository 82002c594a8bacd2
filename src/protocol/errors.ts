import {
  AbiCoder,
  Interface,
  dataSlice,
  formatUnits,
  isHexString,
  toBeHex,
  type ErrorDescription,
  type JsonFragment,
} from "ethers";

import { abis } from "../../typechain-types/abis.ts";
import { CredenceError, FatalError } from "../errors.ts";
import { ENUMS, SENTENCES, type EnumTable, type Sentences } from "./errorSentences.ts";
import { OPEN_ENDED } from "./operators.ts";

/** How amounts of the stake token read. */
export type TokenUnit = { decimals: number; symbol: string };

/** A contract refused a call. `code` is the name of the custom error, the message its sentence. */
export class ContractError extends FatalError {
  /** The error's parameters by name, as ethers decodes them. */
  readonly parameters: Readonly<Record<string, unknown>>;

  constructor(description: ErrorDescription, unit?: TokenUnit, options?: ErrorOptions) {
    super(description.name, sentenceOf(description, unit), options);
    this.parameters = parametersOf(description);
  }
}

const ERROR_STRING = "0x08c379a0";
const ERROR_PANIC = "0x4e487b71";
/** Where libraries keep what led to an error, outermost first. */
const NESTED = ["data", "error", "info", "cause"] as const;
const MAX_NESTING = 8;

const knownErrors = new Interface(distinctErrors(Object.values(abis).flat()));

/**
 * Says in one sentence why a contract refused.
 * @param thrown What a call or transaction threw, or the revert data itself.
 * @param unit Of the stake token; without it, amounts are in its smallest unit.
 * @example
 * try {
 *   await vault.unstake(amount);
 * } catch (error) {
 *   console.error(describeError(error, { decimals: 18, symbol: "CRED" })); // Only 5.0 CRED is active, 7.0 CRED was asked for.
 * }
 */
export function describeError(thrown: unknown, unit?: TokenUnit): string {
  if (thrown instanceof CredenceError) return thrown.message;
  const data = revertData(thrown);
  if (data === undefined) return messageOf(thrown);
  const description = decodeError(data);
  return description === undefined ? describeForeign(data) : sentenceOf(description, unit);
}

/** The custom error of our contracts, or of those they are built from, that revert data holds. */
export function decodeError(data: string): ErrorDescription | undefined {
  try {
    const description = knownErrors.parseError(data);
    return description !== null && description.name in SENTENCES ? description : undefined; // ethers knows Error and Panic
  } catch {
    return undefined; // the selector is known, what follows is not its encoding
  }
}

/** The revert data inside what a call threw, whichever library wrapped it; `0x` if the contract gave no reason. */
export function revertData(thrown: unknown, depth = 0): string | undefined {
  if (isHexString(thrown)) return thrown;
  if (typeof thrown !== "object" || thrown === null || depth > MAX_NESTING) return undefined;
  let found: string | undefined;
  for (const key of NESTED) {
    const nested = revertData((thrown as Record<string, unknown>)[key], depth + 1);
    if (nested !== undefined && (found === undefined || found === "0x")) found = nested;
  }
  return found;
}

function describeForeign(data: string): string {
  if (data === "0x") return "The contract refused without a reason.";
  try {
    const selector = dataSlice(data, 0, 4);
    const decode = (type: string) => String(AbiCoder.defaultAbiCoder().decode([type], dataSlice(data, 4))[0]);
    if (selector === ERROR_STRING) return `The contract refused: ${decode("string")}.`;
    if (selector === ERROR_PANIC) return `The contract failed with panic code ${decode("uint256")}.`;
  } catch {
    // not the encoding it begins like
  }
  return `The contract refused with an error that is not of these contracts: ${data}.`;
}

function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return "shortMessage" in thrown ? String(thrown.shortMessage) : thrown.message; // ethers' own, without the request
}

function sentenceOf(description: ErrorDescription, unit?: TokenUnit): string {
  const parameters = parametersOf(description);
  const entry = SENTENCES[description.name]!;
  const sentence = typeof entry === "string" ? entry : entry.sentences[memberName(entry, parameters[entry.by])];
  if (sentence === undefined) return `The contract refused with ${description.name}(${description.args.join(", ")}).`;
  return sentence.replace(/\{(\w+):([\w.]+)\}/g, (_, name: string, form: string) =>
    formatValue(form, parameters[name], unit),
  );
}

function memberName({ members }: Sentences, value: unknown): string {
  return members === undefined ? String(value) : enumName(members, value);
}

function enumName(members: EnumTable, value: unknown): string {
  return Object.keys(members).find((name) => BigInt(members[name]!) === value) ?? String(value);
}

function parametersOf({ fragment, args }: ErrorDescription): Record<string, unknown> {
  return Object.fromEntries(fragment.inputs.map(({ name }, i) => [name, args[i]]));
}

/** Puts a parameter into words; `form` as in `Sentence`. */
function formatValue(form: string, value: unknown, unit?: TokenUnit): string {
  switch (form) {
    case "address":
    case "hash":
      return shorten(String(value));
    case "asAddress":
      return shorten(toBeHex(value as bigint, 20));
    case "asHash":
      return shorten(toBeHex(value as bigint, 32));
    case "amount":
      return formatAmount(value as bigint, unit);
    case "time":
      return formatTime(value as bigint);
    case "duration":
      return formatDuration(value as bigint);
    case "percent":
      return `${formatUnits(value as bigint, 2).replace(/\.0$/, "")} %`;
    case "number":
    case "text":
      return String(value);
    default:
      return enumName(ENUMS[form]!, value);
  }
}

/** An amount of the stake token for a person; without a unit, the smallest. */
export function formatAmount(amount: bigint, unit?: TokenUnit): string {
  return unit === undefined ? `${amount}` : `${formatUnits(amount, unit.decimals).replace(/\.0$/, "")} ${unit.symbol}`;
}

/** A time in seconds as ISO 8601 in UTC; zero reads as `never`, the maximum of uint40 and what is later as `no end`. */
export function formatTime(seconds: bigint | number): string {
  if (BigInt(seconds) === 0n) return "never";
  if (seconds >= OPEN_ENDED - 1) return "no end";
  return new Date(Number(seconds) * 1_000).toISOString().replace(".000Z", "Z");
}

const DURATIONS: readonly [bigint, string][] = [
  [86_400n, "d"],
  [3_600n, "h"],
  [60n, "min"],
  [1n, "s"],
];

function formatDuration(seconds: bigint): string {
  let rest = seconds;
  const parts: string[] = [];
  for (const [size, name] of DURATIONS) {
    if (rest >= size) parts.push(`${rest / size} ${name}`);
    rest %= size;
  }
  return parts.join(" ") || "0 s";
}

/** Addresses and hashes, by their beginning and end; selectors as they are. */
export function shorten(hex: string): string {
  return hex.length <= 18 ? hex : `${hex.slice(0, 8)}…${hex.slice(-4)}`;
}

/** Contracts share errors: each signature once. */
function distinctErrors(fragments: readonly JsonFragment[]): JsonFragment[] {
  const bySignature = new Map<string, JsonFragment>();
  for (const fragment of fragments) {
    if (fragment.type !== "error") continue;
    bySignature.set(`${fragment.name}(${fragment.inputs?.map(({ type }) => type).join(",")})`, fragment);
  }
  return [...bySignature.values()];
}

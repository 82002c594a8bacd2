import { isError, type ContractRunner, type ParamType } from "ethers";

import { FatalError } from "../errors.ts";

const ADDRESS = "an address (0x and 40 hex digits), or a name that this chain resolves";

/**
 * The same runner, but that it says which address it could not read: ethers takes everything else for a name.
 * @param runner Provider or signer.
 */
export function namingRunner(runner: ContractRunner): ContractRunner {
  const naming: ContractRunner = {
    get provider() {
      return runner.provider;
    },
    resolveName: async (name) => {
      const address = await resolve(runner, name);
      if (address === null) throw invalidInput(ADDRESS, name);
      return address;
    },
  };
  // Only what it has: ethers asks by looking.
  if (runner.call) naming.call = (transaction) => runner.call!(transaction);
  if (runner.estimateGas) naming.estimateGas = (transaction) => runner.estimateGas!(transaction);
  if (runner.sendTransaction) naming.sendTransaction = (transaction) => runner.sendTransaction!(transaction);
  return naming;
}

async function resolve(runner: ContractRunner, name: string): Promise<string | null> {
  if (!/^[^.\s]+(\.[^.\s]+)+$/.test(name)) return null; // no name: nobody needs to be asked
  try {
    return (await (runner.resolveName ? runner.resolveName(name) : runner.provider?.resolveName(name))) ?? null;
  } catch {
    return null; // the chain has no names
  }
}

function invalidInput(expected: string, actual: unknown, path: readonly string[] = [], cause?: unknown): FatalError {
  const names = path.map((name) => name.replace(/_$/, "")); // contracts spell some with an underscore
  const where = names.length === 0 ? "" : `${names.join(".")}: `;
  return new FatalError("INVALID_INPUT", `${where}expected ${expected}, got ${show(actual)}`, { cause });
}

const LONGEST = 80;

function show(value: unknown): string {
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/** What ethers finds wrong with an argument, and what it expects instead. */
const EXPECTED: readonly [RegExp, string][] = [
  [/out-of-bounds|^overflow/, "a number within its type's range"],
  [/BigNumberish|^underflow/, "a whole number"],
  [/^incorrect data length/, "32 bytes in hex"], // no other length is fixed in these contracts
  [/BytesLike/, "bytes in hex"],
  [/checksum/, "an address with its checksum, or all in lower case"],
  [/addressable/, ADDRESS],
  [/string value/, "text"],
];

/** How ethers calls arguments of its own functions. */
const NO_NAMES: ReadonlySet<string> = new Set(["", "value", "str", "target"]);

/** An argument that cannot be encoded, in words; undefined if that is not what was thrown. */
export function readInvalidInput(thrown: unknown): FatalError | undefined {
  if (!isError(thrown, "INVALID_ARGUMENT")) return undefined;
  const { shortMessage, argument } = thrown;
  const value: unknown = thrown.value;
  const expected = EXPECTED.find(([reason]) => reason.test(shortMessage))?.[1] ?? `something else (${shortMessage})`;
  return invalidInput(expected, value, NO_NAMES.has(argument) ? [] : [argument], thrown);
}

/**
 * Ethers says nothing sensible of arguments that are not there.
 * @throws FatalError `INVALID_INPUT` naming the first that is missing.
 */
export function requireAll(parameters: readonly ParamType[], values: unknown, path: readonly string[] = []): void {
  parameters.forEach(({ name, components, baseType }, i) => {
    const value = (values as Record<PropertyKey, unknown>)[Array.isArray(values) ? i : name];
    const here = [...path, name];
    if (value === undefined || value === null) throw invalidInput("a value", value, here);
    if (baseType === "tuple" && components !== null) requireAll(components, value, here);
  });
}

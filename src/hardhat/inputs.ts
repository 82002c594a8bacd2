/** Reads what is typed after a task. Every error says what was got and what is expected. */
import { readFile } from "node:fs/promises";

import { getAddress, isAddress, isHexString, parseUnits } from "ethers";

import { FatalError } from "../errors.ts";
import { type Id, parseId } from "../protocol/ids.ts";
import type { TokenUnit } from "../protocol/errors.ts";

/** What was typed cannot be used. */
export class InputError extends FatalError {
  constructor(name: string, actual: string | undefined, expected: string) {
    const got = actual === undefined || actual === "" ? "nothing" : JSON.stringify(actual);
    super("INPUT", `${name}: got ${got}, expected ${expected}`);
  }
}

/** An amount of whole tokens, in the smallest unit. */
export function amountInput(name: string, text: string | undefined, { decimals, symbol }: TokenUnit): bigint {
  const expected = `whole ${symbol}, such as 1000 or 0.5, with at most ${decimals} digits after the point`;
  if (text === undefined || !/^\d+(\.\d+)?$/.test(text)) throw new InputError(name, text, expected);
  if ((text.split(".")[1]?.length ?? 0) > decimals) throw new InputError(name, text, expected);
  return parseUnits(text, decimals);
}

/** An address with its checksum. */
export function addressInput(name: string, text: string | undefined): string {
  if (!isAddress(text)) throw new InputError(name, text, "an address (0x and 40 hex digits)");
  return getAddress(text);
}

/** A 32-byte identifier. */
export function idInput<Kind extends Id<string>>(name: string, text: string | undefined): Kind {
  if (!isHexString(text, 32)) throw new InputError(name, text, "an id (0x and 64 hex digits)");
  return parseId<Kind>(text);
}

/** A whole number, as `number`. */
export function countInput(name: string, text: string | undefined): number {
  if (text === undefined || !/^\d{1,15}$/.test(text)) throw new InputError(name, text, "a whole number");
  return Number(text);
}

/** One of a few words. */
export function wordInput<Value>(
  name: string,
  text: string | undefined,
  words: Readonly<Record<string, Value>>,
): Value {
  if (text === undefined || !Object.hasOwn(words, text)) {
    throw new InputError(name, text, `one of: ${Object.keys(words).join(", ")}`);
  }
  return words[text]!;
}

/** A point in time, in Unix seconds: typed as such, or as ISO 8601. */
export function timeInput(name: string, text: string | undefined): number {
  if (text !== undefined && /^\d{1,12}$/.test(text)) return Number(text);
  const milliseconds = /^\d{4}-\d{2}-\d{2}/.test(text ?? "") ? Date.parse(text!) : Number.NaN;
  if (Number.isNaN(milliseconds))
    throw new InputError(name, text, "Unix seconds or ISO 8601, such as 2030-01-31T12:00:00Z");
  return Math.floor(milliseconds / 1_000);
}

/** The text of a file. */
export async function fileInput(name: string, path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    const reason = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new InputError(name, path, `a file that can be read (${reason})`);
  }
}

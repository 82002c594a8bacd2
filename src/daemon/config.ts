import { readFile } from "node:fs/promises";
import { dirname } from "node:path";

import JSON5 from "json5";
import type { z } from "zod";

import { FatalError } from "../errors.ts";
import { configPieces, type ConfigPieces } from "./configPieces.ts";

/** Environment variables, as `process.env` holds them. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** As `T`, but nothing inside it can be changed. */
export type Frozen<T> = T extends object ? { readonly [K in keyof T]: Frozen<T[K]> } : T;

/**
 * Reads a program's JSON5 configuration file. Fields that the schema does not know are refused; paths in the file are
 * relative to its folder and come out absolute; the result is frozen through and through.
 * @param schemaOf - makes the program's schema from the pieces that all programs share.
 * @param variables - where secrets are that the file names and does not hold.
 * @throws FatalError `CONFIG_UNREADABLE` if there is no such file, `CONFIG_INVALID` with every field that is wrong.
 * @example
 * const config = await loadConfig("juror.json5", jurorSchema, process.env);
 */
export async function loadConfig<Schema extends z.ZodType>(
  path: string,
  schemaOf: (pieces: ConfigPieces) => Schema,
  variables: Variables,
): Promise<Frozen<z.output<Schema>>> {
  const value = parse(path, await read(path));
  const result = schemaOf(configPieces({ folder: dirname(path), variables })).safeParse(value);
  if (result.success) return freeze(result.data);
  const faults = result.error.issues.flatMap((issue) => sentencesOf(issue, value));
  throw new FatalError("CONFIG_INVALID", faults.map((fault) => `${path}: ${fault}`).join("\n"));
}

async function read(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new FatalError("CONFIG_UNREADABLE", `${path}: the configuration file cannot be read: ${reason}`, { cause });
  }
}

function parse(path: string, text: string): unknown {
  try {
    return JSON5.parse(text);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.replace(/^JSON5: /u, "") : String(cause);
    throw new FatalError("CONFIG_INVALID", `${path}: not JSON5: ${reason}`, { cause });
  }
}

function freeze<T>(value: T): Frozen<T> {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const inner of Object.values(value)) freeze(inner);
  }
  return value as Frozen<T>;
}

const LONGEST_SHOWN = 60;

type Issue = z.core.$ZodIssue;

/** One sentence for each field that an issue is about: field, expected, actual. */
function sentencesOf(issue: Issue, root: unknown, prefix: readonly PropertyKey[] = []): string[] {
  const path = [...prefix, ...issue.path];
  const field = nameOf(path);
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${nameOf([...path, key])}: there is no such field`);
  }
  if (issue.code === "invalid_union") return unionSentences(issue.errors, root, path);
  const expected = issue.code === "invalid_type" ? `expected ${issue.expected}` : lowerFirst(issue.message);
  return [`${field}: ${expected}, got ${actualOf(root, path)}`];
}

/** The alternative that fits best is what was meant. */
function unionSentences(alternatives: readonly Issue[][], root: unknown, path: readonly PropertyKey[]): string[] {
  const isOtherKind = (issues: readonly Issue[]): boolean =>
    issues.some(({ path: inner, code }) => inner.length === 0 && code === "invalid_type");
  const fitting = alternatives.filter((issues) => !isOtherKind(issues));
  const meant = [...fitting].sort((a, b) => strangeness(a) - strangeness(b) || a.length - b.length)[0];
  if (meant !== undefined) return meant.flatMap((issue) => sentencesOf(issue, root, path));
  return [`${nameOf(path)}: expected ${expectedOf(alternatives.flat())}, got ${actualOf(root, path)}`];
}

/** How many of the fields belong to something else. */
function strangeness(issues: readonly Issue[]): number {
  const keys = issues.flatMap((issue) =>
    issue.code === "unrecognized_keys" && issue.path.length === 0 ? issue.keys : [],
  );
  return keys.length;
}

function expectedOf(issues: readonly Issue[]): string {
  const kinds = issues.flatMap((issue) => (issue.code === "invalid_type" ? [issue.expected] : []));
  return [...new Set(kinds)].join(" or ") || "something else";
}

function nameOf(path: readonly PropertyKey[]): string {
  const text = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return text === "" ? "the file" : text.replace(/^\./u, "");
}

/** What stands in the file, short; of a URL no more than where it leads, because the rest may be a secret. */
function actualOf(root: unknown, path: readonly PropertyKey[]): string {
  let value = root;
  for (const part of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[part];
  if (value === undefined) return "nothing";
  if (typeof value === "object" && value !== null) return Array.isArray(value) ? "a list" : "an object";
  const host = typeof value === "string" ? /:\/\/(?:[^/?#]*@)?([^/?#]*)/u.exec(value)?.[1] : undefined;
  if (host !== undefined) return `a URL of ${host}`;
  const text = JSON.stringify(value);
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}…` : text;
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);

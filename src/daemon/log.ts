import { pino, type DestinationStream, type Logger, type LevelWithSilent } from "pino";

import { CredenceError } from "../errors.ts";
import { describeError } from "../protocol/errors.ts";

export type LogOptions = {
  /** Of the program, in every line. */
  program: string;
  level: LevelWithSilent;
  /** Lines for people, not JSON; true if standard output is a terminal, unless given. */
  isReadable?: boolean;
  /** Texts that no line may hold, such as a URL with a password in it. */
  secrets?: readonly string[];
  /** Standard output unless given. */
  destination?: DestinationStream;
};

const HIDDEN = "[hidden]";
/** Fields that are never written, at the top and one level down. */
const SECRET_FIELDS = ["password", "privateKey", "mnemonic", "salt", "secret", "token", "rpcUrl", "privateRpcUrl"];

/**
 * The log of a program: one JSON object in each line, or readable lines on a terminal. Errors are written as code and
 * sentence, amounts as decimal text, and secrets not at all.
 */
export function createLog({ program, level, isReadable, secrets = [], destination }: LogOptions): Logger {
  const out = destination ?? process.stdout;
  const readable = isReadable ?? (destination === undefined && process.stdout.isTTY);
  const hidden = secrets.filter((secret) => secret !== "").map((secret) => JSON.stringify(secret).slice(1, -1));
  const stream: DestinationStream = {
    write(line) {
      const safe = hidden.reduce((text, secret) => text.replaceAll(secret, HIDDEN), line);
      out.write(readable ? readableLine(safe) : safe);
    },
  };
  return pino(
    {
      level,
      base: { program },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_FIELDS.flatMap((field) => [field, `*.${field}`]), censor: HIDDEN },
      serializers: { err: (error: unknown) => error },
      formatters: { level: (label) => ({ level: label }), log: writable },
    },
    stream,
  );
}

/** What JSON does not have, as text. */
function writable(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => {
      if (typeof value === "bigint") return [name, value.toString()];
      return [name, value instanceof Error ? errorFields(value) : value];
    }),
  );
}

/** Our own errors say all in one sentence; what is unexpected needs its stack. */
function errorFields(error: Error): Record<string, unknown> {
  if (error instanceof CredenceError) return { code: error.code, message: error.message };
  return { message: describeError(error), stack: error.stack };
}

type Line = { time: string; level: string; program: string; msg?: string } & Record<string, unknown>;

function readableLine(json: string): string {
  const { time, level, program: _, msg = "", ...fields } = JSON.parse(json) as Line;
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${shown(value)}`);
  return `${time.slice(11, 19)} ${level.toUpperCase().padEnd(5)} ${msg}${rest.join("")}\n`;
}

function shown(value: unknown): string {
  if (typeof value === "string") return /^[^\s"=]+$/u.test(value) ? value : JSON.stringify(value);
  return JSON.stringify(value);
}

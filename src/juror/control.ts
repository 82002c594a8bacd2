import { chmod, lstat, mkdir, rm } from "node:fs/promises";
import { createServer, request, type IncomingMessage, type ServerResponse } from "node:http";
import { join } from "node:path";

import { z } from "zod";

import { CredenceError, FatalError, RetryableError } from "../errors.ts";
import { parseId } from "../protocol/ids.ts";
import type { CastVote, CastVoteParameters } from "./castVote.ts";
import { choiceOf } from "./choices.ts";
import type { Vote } from "./voteTable.ts";

/** What a running program can be asked from its own machine, by its own user. */
export type ControlHandler = {
  vote: (parameters: CastVoteParameters) => Promise<CastVote>;
  votes: () => Vote[];
};

/** A vote without its salt. */
export type ListedVote = Omit<Vote, "salt" | "cipher">;

const MAX_BODY_BYTES = 4_096;
const MAX_REPLY_BYTES = 64 * 1024 * 1024;
/** A vote is in a block by then, or the program goes on sending it without anybody waiting. */
const VOTE_MS = 150_000;
/** For who is still asking when the program ends. */
const CLOSE_MS = 5_000;
/** Of a socket's path, what every system takes, bytes. */
const MAX_PATH = 103;
const OWNER_ONLY = 0o700;

const voteSchema = z.strictObject({ caseId: z.string(), choice: z.string(), change: z.boolean() });

/** Beside the journal, in a folder that only the program's user can open. */
const folderOf = (journal: string): string => `${journal}.control`;
const socketOf = (journal: string): string => join(folderOf(journal), "socket");

/**
 * Listens for the commands of the person whose program this is. The journal's lock must be held: what an earlier run left
 * there is removed.
 * @returns Stops listening.
 * @throws FatalError `CONTROL_UNUSABLE` if the folder belongs to somebody else or the path is too long for a socket.
 */
export async function serveControl(journal: string, handler: ControlHandler): Promise<() => Promise<void>> {
  await prepareFolder(folderOf(journal));
  const server = createServer({ requestTimeout: 10_000 }, (message, response) => {
    answer(message, handler).then(
      (body) => {
        reply(response, 200, body);
      },
      (error: unknown) => {
        reply(response, 400, faultOf(error));
      },
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      reject(
        new FatalError("CONTROL_UNUSABLE", `${socketOf(journal)}: no socket can be made: ${cause.message}`, { cause }),
      );
    });
    server.listen(socketOf(journal), resolve);
  });
  return () =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      server.closeIdleConnections();
      setTimeout(() => {
        server.closeAllConnections();
      }, CLOSE_MS).unref();
    });
}

/**
 * Asks the program that has the journal open for a vote.
 * @returns undefined if no program runs.
 * @throws what the program throws; RetryableError `PROGRAM_SILENT` if it does not answer.
 */
export async function askForVote(
  journal: string,
  vote: { caseId: string; choice: string; change: boolean },
): Promise<CastVote | undefined> {
  return (await ask(journal, "POST", "/votes", vote)) as CastVote | undefined;
}

/** The votes that the running program knows; undefined if none runs. */
export async function askForVotes(journal: string): Promise<ListedVote[] | undefined> {
  return (await ask(journal, "GET", "/votes")) as ListedVote[] | undefined;
}

/** For people: salts stay where they are needed. */
export function listedVote({ salt: _salt, cipher: _cipher, ...rest }: Vote): ListedVote {
  return rest;
}

async function prepareFolder(path: string): Promise<void> {
  const length = Buffer.byteLength(join(path, "socket"));
  if (length > MAX_PATH) {
    const sentence = `${path}: ${length} bytes are too long for a socket, expected at most ${MAX_PATH}: give the journal a shorter path`;
    throw new FatalError("CONTROL_UNUSABLE", sentence);
  }
  await mkdir(path, { recursive: true, mode: OWNER_ONLY });
  const found = await lstat(path);
  const isOwn = process.getuid === undefined || found.uid === process.getuid();
  if (!found.isDirectory() || !isOwn) {
    throw new FatalError("CONTROL_UNUSABLE", `${path}: expected a folder of the program's own user`);
  }
  await chmod(path, OWNER_ONLY);
  await rm(join(path, "socket"), { force: true });
}

async function answer(message: IncomingMessage, handler: ControlHandler): Promise<unknown> {
  if (message.method === "GET" && message.url === "/votes") return handler.votes().map(listedVote);
  if (message.method !== "POST" || message.url !== "/votes") {
    throw new FatalError("NOT_FOUND", "there are GET /votes and POST /votes");
  }
  const { caseId, choice, change } = voteSchema.parse(JSON.parse(await textOf(message, MAX_BODY_BYTES)));
  return handler.vote({ caseId: parseId(caseId), choice: choiceOf(choice), mayChange: change });
}

async function textOf(message: IncomingMessage, limit: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of message as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > limit) throw new FatalError("BODY_TOO_LARGE", `expected at most ${limit} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}

function reply(response: ServerResponse, status: number, body: unknown): void {
  if (!response.writableEnded) {
    response.writeHead(status, { "content-type": "application/json", connection: "close" }).end(JSON.stringify(body));
  }
}

type Fault = { code: string; message: string; isRetryable: boolean };

function faultOf(error: unknown): Fault {
  const isRetryable = error instanceof RetryableError;
  if (error instanceof CredenceError) return { code: error.code, message: error.message, isRetryable };
  return { code: "UNEXPECTED", message: error instanceof Error ? error.message : String(error), isRetryable };
}

async function ask(journal: string, method: string, path: string, body?: object): Promise<unknown> {
  const answered = await exchange(socketOf(journal), method, path, body);
  if (answered === undefined) return undefined;
  const value: unknown = JSON.parse(answered.text);
  if (answered.status === 200) return value;
  const { code, message, isRetryable } = value as Fault;
  throw isRetryable ? new RetryableError(code, message) : new FatalError(code, message);
}

function exchange(
  socketPath: string,
  method: string,
  path: string,
  body?: object,
): Promise<{ status: number; text: string } | undefined> {
  return new Promise((resolve, reject) => {
    const silent = (cause: unknown): void => {
      reject(new RetryableError("PROGRAM_SILENT", `the running program does not answer at ${socketPath}`, { cause }));
    };
    const message = request({ socketPath, method, path, signal: AbortSignal.timeout(VOTE_MS) }, (response) => {
      textOf(response, MAX_REPLY_BYTES).then((text) => {
        resolve({ status: response.statusCode ?? 0, text });
      }, silent);
    });
    message.on("error", (error: NodeJS.ErrnoException) => {
      // Nobody listens, or a program that was killed has left its socket.
      if (error.code === "ENOENT" || error.code === "ECONNREFUSED") resolve(undefined);
      else silent(error);
    });
    message.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

import { Agent, request, type Dispatcher } from "undici";
import type { z } from "zod";

import { CredenceError } from "../errors.ts";
import { isApiErrorCode } from "./errorCodes.ts";
import { OperatorRefusedError, OperatorUnavailableError } from "./operatorErrors.ts";
import { publicAgent, requirePublicHost } from "./publicAddresses.ts";
import { errorSchema } from "./schemas.ts";

export type FetcherOptions = {
  /** Of one request, from connecting to the last byte, milliseconds. */
  timeoutMs?: number;
  /** Of one response's body. */
  maxBytes?: number;
  /** Whether addresses of this host and of private networks may be fetched: only where the URL is not a stranger's. */
  allowPrivateAddresses?: boolean;
};

export type FetchJsonParameters<Value> = {
  url: URL | string;
  schema: z.ZodType<Value>;
  /** Sent as JSON by POST. */
  body?: string;
  signal?: AbortSignal | undefined;
};

const TIMEOUT_MS = 15_000;
/** A page of a batch whose answers are as long as can be published has less than half of that. */
const MAX_BYTES = 8 * 1024 * 1024;
const MAX_HEADER_BYTES = 16_384;
const LONGEST_MESSAGE = 300;
const LONGEST_WAIT_S = 3_600;

/**
 * Fetches JSON from strangers. Nothing that comes is trusted: time and size are limited, redirects are not followed, an
 * encoded (compressed) body is refused, and what comes must be of the form that was asked for.
 */
export class JsonFetcher {
  readonly #agent: Agent;
  readonly #options: Required<FetcherOptions>;

  constructor({ timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES, allowPrivateAddresses = false }: FetcherOptions = {}) {
    this.#options = { timeoutMs, maxBytes, allowPrivateAddresses };
    const limits = { connect: { timeout: timeoutMs }, maxHeaderSize: MAX_HEADER_BYTES, keepAliveTimeout: 4_000 };
    this.#agent = allowPrivateAddresses ? new Agent(limits) : publicAgent(limits);
  }

  /**
   * @throws OperatorUnavailableError, OperatorRefusedError. An aborted `signal` throws its reason.
   */
  async fetch<Value>({ url, schema, body, signal }: FetchJsonParameters<Value>): Promise<Value> {
    const target = this.#parse(url);
    const { status, headers, text } = await this.#exchange(target, body, signal);
    if (status === 200) return read(target, schema, text);
    throw refusalOf(target, status, headers, text);
  }

  /** Ends its connections. */
  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  #parse(text: URL | string): URL {
    let url: URL;
    try {
      url = new URL(text);
    } catch {
      throw new OperatorRefusedError("ADDRESS_REFUSED", `${JSON.stringify(String(text).slice(0, 80))} is not a URL`);
    }
    if (url.protocol !== "http:" && url.protocol !== "https:") {
      throw new OperatorRefusedError("ADDRESS_REFUSED", `only http and https are fetched, got ${url.protocol}`);
    }
    if (url.username !== "" || url.password !== "") {
      throw new OperatorRefusedError("ADDRESS_REFUSED", "a URL with a user name or a password is not fetched");
    }
    if (!this.#options.allowPrivateAddresses) requirePublicHost(url);
    return url;
  }

  async #exchange(url: URL, body: string | undefined, signal: AbortSignal | undefined): Promise<Exchange> {
    const { timeoutMs, maxBytes } = this.#options;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      const response = await request(url, {
        dispatcher: this.#agent,
        method: body === undefined ? "GET" : "POST",
        headers: { accept: "application/json", ...(body === undefined ? {} : { "content-type": "application/json" }) },
        signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
        ...(body === undefined ? {} : { body }),
      });
      const text = await readText(url, response, maxBytes);
      return { status: response.statusCode, headers: response.headers, text };
    } catch (error) {
      signal?.throwIfAborted();
      throw failureOf(url, error, timeout.aborted, timeoutMs);
    }
  }
}

type Headers = Dispatcher.ResponseData["headers"];
type Exchange = { status: number; headers: Headers; text: string };

async function readText(url: URL, { headers, body }: Dispatcher.ResponseData, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) {
      throw new OperatorRefusedError("RESPONSE_TOO_LARGE", `${url.host} sent more than ${maxBytes} bytes`);
    }
    chunks.push(chunk);
  }
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    throw new OperatorRefusedError("OPERATOR_RESPONSE", `${url.host} sent an encoded body, which was not asked for`);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function failureOf(url: URL, error: unknown, isTimeout: boolean, timeoutMs: number): CredenceError {
  if (isTimeout) {
    const sentence = `${url.host} did not answer within ${timeoutMs} ms`;
    return new OperatorUnavailableError("OPERATOR_TIMEOUT", sentence, undefined, { cause: error });
  }
  const own = [error, error instanceof Error ? error.cause : undefined].find((e) => e instanceof CredenceError);
  if (own !== undefined) return own;
  const sentence = `${url.host} cannot be reached: ${error instanceof Error ? error.message : String(error)}`;
  return new OperatorUnavailableError("OPERATOR_UNREACHABLE", sentence, undefined, { cause: error });
}

function read<Value>(url: URL, schema: z.ZodType<Value>, text: string): Value {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new OperatorRefusedError("OPERATOR_RESPONSE", `${url.host} sent something else than JSON`, { cause });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue!.path.map(String).join(".") || "it";
  const sentence = `${url.host} sent JSON of another form: ${shorten(`${place}: ${issue!.message}`)}`;
  throw new OperatorRefusedError("OPERATOR_RESPONSE", sentence);
}

/** What a status other than 200 means. */
function refusalOf(url: URL, status: number, headers: Headers, text: string): CredenceError {
  const said = saidBy(text);
  const mayPass = status === 408 || status === 429 || status >= 500;
  // A code that the API does not have could be mistaken for one of this program's own.
  const code = said && isApiErrorCode(said.code) ? said.code : mayPass ? "OPERATOR_FAILED" : "OPERATOR_REFUSED";
  const sentence = `${url.host} says ${status}${said ? `: ${shorten(said.message)}` : ""}`;
  return mayPass
    ? new OperatorUnavailableError(code, sentence, retryAfterMs(headers["retry-after"]))
    : new OperatorRefusedError(code, sentence);
}

function saidBy(text: string): { code: string; message: string } | undefined {
  try {
    return errorSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined; // not JSON
  }
}

/** @param header Seconds; dates would be of a clock that is not ours. */
function retryAfterMs(header: string | string[] | undefined): number | undefined {
  if (typeof header !== "string" || !/^\d{1,9}$/u.test(header)) return undefined;
  return Math.min(Number(header), LONGEST_WAIT_S) * 1_000;
}

/** Text of a stranger that can stand in a log: one line, of bounded length. */
function shorten(text: string): string {
  const line = text.slice(0, 2 * LONGEST_MESSAGE).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/gu, " ");
  return line.length > LONGEST_MESSAGE ? `${line.slice(0, LONGEST_MESSAGE)}…` : line;
}

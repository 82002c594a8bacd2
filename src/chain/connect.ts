import {
  FetchRequest,
  JsonRpcProvider,
  Network,
  type FetchGetUrlFunc,
  type JsonRpcError,
  type JsonRpcPayload,
  type JsonRpcResult,
} from "ethers";

import { FatalError, RetryableError } from "../errors.ts";

/** How to reach a chain. */
export type ChainOptions = {
  url: string;
  /** What the node must say it serves. */
  chainId: bigint;
  /** For one request from its first to its last byte, milliseconds. */
  timeoutMs: number;
  /** Between two looks for a new block, milliseconds. */
  pollMs: number;
};

/** More than the logs of 10,000 blocks; a body beyond it is refused while it arrives. */
const MAX_BODY_BYTES = 128 * 1024 * 1024;
/** Of one request, besides the first. */
const RETRIES = 2;
const RETRY_MS = 150;
const METHOD_NOT_FOUND = -32_601;
/** Requests whose refusal says something about what was asked. */
const JUDGED: ReadonlySet<string> = new Set(["eth_call", "eth_estimateGas", "eth_sendRawTransaction"]);
const BUSY = /header not found|unknown block|rate limit|limit exceeded|too many requests|timed? ?out|overload/i;

/**
 * A provider with a time limit for each request, that tries twice more when a connection breaks or the node is busy, and
 * checks once, before anything else, that the node serves the chain that is meant. Nothing is batched or remembered.
 * @throws RetryableError of each call: `CHAIN_UNREACHABLE` if the node does not answer in time, or not in JSON; `CHAIN_REFUSED` if it
 * says that it cannot tell now.
 * @throws FatalError of each call: `CHAIN_OTHER` if it serves another chain.
 */
export function connect(options: ChainOptions): JsonRpcProvider {
  return new CheckedProvider(options);
}

class CheckedProvider extends JsonRpcProvider {
  readonly #options: ChainOptions;
  #checked: Promise<void> | undefined;

  constructor(options: ChainOptions) {
    const request = new FetchRequest(options.url);
    request.getUrlFunc = fetchWithin(options.timeoutMs);
    request.setThrottleParams({ maxAttempts: 1 }); // this class retries
    const network = Network.from(options.chainId);
    super(request, network, { staticNetwork: network, batchMaxCount: 1, cacheTimeout: -1 });
    this.pollingInterval = options.pollMs;
    this.#options = options;
  }

  override async send(method: string, params: unknown[] | Record<string, unknown>): Promise<unknown> {
    this.#checked ??= this.#check().catch((error: unknown) => {
      this.#checked = undefined;
      throw error;
    });
    await this.#checked;
    return super.send(method, params);
  }

  override async _send(payload: JsonRpcPayload | JsonRpcPayload[]): Promise<(JsonRpcResult & JsonRpcError)[]> {
    for (let attempt = 0; ; attempt++) {
      try {
        return (await super._send(payload)) as (JsonRpcResult & JsonRpcError)[];
      } catch (error) {
        const { isTransient, message } = describe(error);
        if (isTransient && attempt < RETRIES) {
          await new Promise((resolve) => setTimeout(resolve, RETRY_MS * 2 ** attempt));
          continue;
        }
        const text = `the node at ${hostOf(this.#options.url)} did not answer: ${message}`;
        throw new RetryableError("CHAIN_UNREACHABLE", text, { cause: error });
      }
    }
  }

  /** A node that cannot say now what it was asked may do so later; calls and transactions are refused for good reasons. */
  override getRpcError(payload: JsonRpcPayload, reply: JsonRpcError): Error {
    const { code, message = "" } = reply.error;
    const isPlainRead = !JUDGED.has(payload.method) && code !== METHOD_NOT_FOUND;
    if (!isPlainRead && (payload.method === "eth_sendRawTransaction" || !BUSY.test(message))) {
      return super.getRpcError(payload, reply);
    }
    const text = `the node at ${hostOf(this.#options.url)} refuses ${payload.method}: ${message} (${code})`;
    return new RetryableError("CHAIN_REFUSED", text);
  }

  async #check(): Promise<void> {
    const { chainId, url } = this.#options;
    const answer = BigInt((await super.send("eth_chainId", [])) as string);
    if (answer === chainId) return;
    const text = `the node at ${hostOf(url)} serves chain ${answer}, expected ${chainId}: correct the URL or the chain id`;
    throw new FatalError("CHAIN_OTHER", text);
  }
}

/** Paths and queries hold the keys of node providers. */
function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "an address that is no URL";
}

/** What went wrong with a request, and whether the next one may well succeed; a time-out has cost enough already. */
function describe(error: unknown): { isTransient: boolean; message: string } {
  if (!(error instanceof Error)) return { isTransient: false, message: String(error) };
  const { response } = error as { response?: { statusCode: number; statusMessage: string } };
  if (response !== undefined) {
    const { statusCode, statusMessage } = response;
    return { isTransient: statusCode === 429 || statusCode >= 500, message: `${statusCode} ${statusMessage}`.trim() };
  }
  if (error.name === "TimeoutError") return { isTransient: false, message: "it took too long" };
  const cause = error.cause instanceof Error ? error.cause.message : undefined;
  return { isTransient: error instanceof TypeError, message: cause ?? error.message };
}

/** A request whose whole answer arrives within a time, and within memory. */
function fetchWithin(timeoutMs: number): FetchGetUrlFunc {
  return async (request) => {
    const { url, method, headers, body } = request;
    const signal = AbortSignal.timeout(timeoutMs);
    const response = await fetch(url, { method, headers, body: body && Buffer.from(body), signal, redirect: "error" });
    return {
      statusCode: response.status,
      statusMessage: response.statusText,
      headers: Object.fromEntries(response.headers),
      body: await readBody(response),
    };
  };
}

async function readBody(response: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += part.length;
    if (size > MAX_BODY_BYTES) throw new RetryableError("CHAIN_UNREACHABLE", `an answer of over ${size} bytes`);
    parts.push(part);
  }
  return Buffer.concat(parts, size);
}

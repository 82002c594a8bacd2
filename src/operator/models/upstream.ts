import { ZeroHash } from "ethers";
import { Agent, request as send } from "undici";

import { CredenceError, FatalError, RetryableError } from "../../errors.ts";
import type { ModelRun } from "./runReplayable.ts";

export type UpstreamOptions = {
  url: string;
  /** Of one answer, from connecting to the last byte. Milliseconds. */
  timeoutMs: number;
  /** Of the output. */
  maxBytes: number;
};

/** A model behind an HTTP URL that cannot be replayed: the request's bytes are posted there, what comes back is the output. */
export class Upstream {
  readonly #options: UpstreamOptions;
  readonly #agent: Agent;

  constructor(options: UpstreamOptions) {
    this.#options = options;
    this.#agent = new Agent({ connect: { timeout: options.timeoutMs } });
  }

  /**
   * @throws FatalError `REQUEST_REFUSED` if the service says that the request is wrong (status 400, 413 or 422).
   * @throws RetryableError `MODEL_TIMEOUT`, `MODEL_FAILED`.
   */
  async run(request: Uint8Array): Promise<ModelRun> {
    const { url, timeoutMs } = this.#options;
    const limit = AbortSignal.timeout(timeoutMs);
    try {
      const { statusCode, body } = await send(url, {
        dispatcher: this.#agent,
        method: "POST",
        headers: { "content-type": "application/octet-stream" },
        body: request,
        signal: limit,
      });
      const output = await this.#read(body);
      if (statusCode === 200) return { output, traceRoot: ZeroHash, trace: undefined };
      throw refusalOf(statusCode);
    } catch (cause) {
      if (cause instanceof CredenceError) throw cause;
      if (limit.aborted) {
        throw new RetryableError("MODEL_TIMEOUT", `the model's service did not answer within ${timeoutMs} ms`, { cause });
      }
      throw new RetryableError("MODEL_FAILED", `the model's service cannot be reached: ${String(cause)}`, { cause });
    }
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #read(body: AsyncIterable<Buffer>): Promise<Uint8Array> {
    const { maxBytes } = this.#options;
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of body) {
      length += chunk.length;
      if (length > maxBytes) {
        throw new RetryableError("MODEL_FAILED", `the model's service answered with more than ${maxBytes} bytes`);
      }
      chunks.push(chunk);
    }
    return Buffer.concat(chunks);
  }
}

/** The service's own words stay out: they may be about its secrets. */
function refusalOf(status: number): CredenceError {
  const sentence = `the model's service says ${status}`;
  const isRequests = status === 400 || status === 413 || status === 422;
  return isRequests ? new FatalError("REQUEST_REFUSED", sentence) : new RetryableError("MODEL_FAILED", sentence);
}

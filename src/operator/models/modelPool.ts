import { extname } from "node:path";

import { Piscina } from "piscina";

import { FatalError, RetryableError } from "../../errors.ts";
import type { ModelRun } from "./runReplayable.ts";
import type { ModelResult, ModelTask, TaskModel } from "./worker.ts";

export type ModelPoolOptions = {
  /** How many answers are computed at the same time. */
  workers: number;
  /** Of one answer, without waiting for a thread. Milliseconds. */
  timeoutMs: number;
  /** The threads' program; this package's own unless given. */
  worker?: URL;
};

/** The same file in TypeScript, when run from the repository, and in JavaScript, when run from the package. */
const WORKER = new URL(`./worker${extname(new URL(import.meta.url).pathname)}`, import.meta.url);
/** Of a thread; a model has at most a few hundred kilobytes of tensors. */
const MAX_MEMORY_MB = 512;

/** Threads that run models. One that crashes or takes too long fails the answer it was at, and is replaced. */
export class ModelPool {
  readonly #pool: Piscina<ModelTask, ModelResult>;
  readonly #timeoutMs: number;

  constructor({ workers, timeoutMs, worker = WORKER }: ModelPoolOptions) {
    this.#timeoutMs = timeoutMs;
    this.#pool = new Piscina<ModelTask, ModelResult>({
      filename: worker.href,
      name: "runTask",
      minThreads: workers,
      maxThreads: workers,
      resourceLimits: { maxOldGenerationSizeMb: MAX_MEMORY_MB },
    });
  }

  /**
   * @throws FatalError `REQUEST_REFUSED` if the request's bytes are no input of the model.
   * @throws RetryableError `MODEL_TIMEOUT`, `MODEL_FAILED`.
   */
  async run(model: TaskModel, request: Uint8Array): Promise<ModelRun> {
    const limit = AbortSignal.timeout(this.#timeoutMs);
    let result: ModelResult;
    try {
      result = await this.#pool.run({ ...model, request }, { signal: limit });
    } catch (cause) {
      if (limit.aborted) {
        throw new RetryableError("MODEL_TIMEOUT", `the model did not answer within ${this.#timeoutMs} ms`, { cause });
      }
      throw new RetryableError("MODEL_FAILED", `the model's thread failed: ${String(cause)}`, { cause });
    }
    if (!("refusal" in result)) return result;
    throw new FatalError("REQUEST_REFUSED", `the model does not take the request: ${result.refusal.message}`);
  }

  /** Ends the threads, and what they are at with them. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }
}

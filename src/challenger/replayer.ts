import { ZeroHash } from "ethers";
import { Piscina } from "piscina";

import { FatalError, RetryableError } from "../errors.ts";
import type { ShownTrace } from "../inference/faults.ts";
import type { ChallengerMove } from "../protocol/gamePlayer.ts";
import type { Game } from "../protocol/games.ts";
import type { ReplayedModel } from "./loadModel.ts";
import type { ClaimBytes, Judgement, ReplayResult, ReplayTask } from "./replayWorker.ts";

export type ReplayerOptions = {
  /** Threads. */
  readonly workers: number;
  /** For one replay, milliseconds: a model that takes longer cannot be judged here. */
  readonly timeoutMs: number;
};

/** Whether this file runs as it was written or as it was built. */
const WORKER = new URL(import.meta.url.endsWith(".ts") ? "./replayWorker.ts" : "./replayWorker.js", import.meta.url);

/** Runs models again, in threads of their own. */
export class Replayer {
  readonly #pool: Piscina<ReplayTask, ReplayResult>;
  readonly #timeoutMs: number;
  readonly #models: ReadonlyMap<string, ReplayedModel>;
  /** Threads that have nothing to do, and who waits for one: the time of a replay starts when it does. */
  #free: number;
  readonly #waiting: (() => void)[] = [];

  /** @param models - By model id. */
  constructor(models: readonly ReplayedModel[], { workers, timeoutMs }: ReplayerOptions) {
    this.#models = new Map(models.map((model) => [model.modelId, model]));
    this.#timeoutMs = timeoutMs;
    this.#free = workers;
    // Threads start when they are needed and stay: each has to load its models.
    const threads = { minThreads: 0, maxThreads: workers, idleTimeout: Infinity };
    this.#pool = new Piscina({ filename: WORKER.href, name: "replay", ...threads });
  }

  knows(modelId: string): boolean {
    return this.#models.has(modelId);
  }

  /** Whether tensor 0 of a known model is made from the request by a rule, which only the court judges. */
  hasPreprocessing(modelId: string): boolean {
    return this.#modelOf(modelId).terms.preprocessHash !== ZeroHash;
  }

  /** Loads every model once. @throws FatalError `MODEL_OTHER` and as the importers of models. */
  async load(): Promise<void> {
    for (const model of this.#models.values()) await this.#run({ kind: "load", model });
  }

  /**
   * What the replay says of an answer, with what was shown of its trace.
   * @throws RetryableError `REPLAY_FAILED` if the thread died, or took too long.
   */
  async judge(modelId: string, claim: ClaimBytes, shown?: ShownTrace, signal?: AbortSignal): Promise<Judgement> {
    const model = this.#modelOf(modelId);
    const result = await this.#run({ kind: "judge", model, claim, ...(shown && { shown }) }, signal);
    if (result.kind !== "judged") throw unexpected(result);
    return result.judgement;
  }

  /** What to do in a game. @throws as `judge`. */
  async move(
    modelId: string,
    claim: ClaimBytes,
    game: Game,
    now: number,
    signal?: AbortSignal,
  ): Promise<ChallengerMove> {
    const result = await this.#run({ kind: "move", model: this.#modelOf(modelId), claim, game, now }, signal);
    if (result.kind !== "moved") throw unexpected(result);
    return result.move;
  }

  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  #modelOf(modelId: string): ReplayedModel {
    const model = this.#models.get(modelId);
    if (model === undefined) throw new FatalError("MODEL_UNKNOWN", `model ${modelId} is not configured`);
    return model;
  }

  async #run(task: ReplayTask, signal?: AbortSignal): Promise<ReplayResult> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      signal?.throwIfAborted();
      return await this.#runNow(task, signal);
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free += 1;
      else next();
    }
  }

  async #runNow(task: ReplayTask, signal: AbortSignal | undefined): Promise<ReplayResult> {
    const limit = AbortSignal.timeout(this.#timeoutMs);
    let result: ReplayResult;
    try {
      const either = signal === undefined ? limit : AbortSignal.any([signal, limit]);
      result = await this.#pool.run(task, { name: "replay", signal: either });
    } catch (error) {
      signal?.throwIfAborted();
      const reason = limit.aborted ? `it took longer than ${this.#timeoutMs} ms` : (error as Error).message;
      throw new RetryableError("REPLAY_FAILED", `model ${task.model.modelId} was not replayed: ${reason}`, {
        cause: error,
      });
    }
    if (result.kind === "failed") throw new FatalError(result.code, result.message);
    return result;
  }
}

function unexpected(result: ReplayResult): FatalError {
  return new FatalError("REPLAY_UNEXPECTED", `a worker answered with ${result.kind}`);
}

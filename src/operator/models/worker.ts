/** A thread of `ModelPool`. */
import { CredenceError } from "../../errors.ts";
import type { ModelId } from "../../protocol/ids.ts";
import {
  loadReplayable,
  requireCommitments,
  type Commitments,
  type ReplayableModel,
  type ReplayableSource,
} from "./replayable.ts";
import { runReplayable, type ModelRun } from "./runReplayable.ts";

/** Which model, and what was found of it when it was taken on: its file may have changed since. */
export type TaskModel = { modelId: ModelId; source: ReplayableSource; commitments: Commitments };
/** What a thread is asked. */
export type ModelTask = TaskModel & { request: Uint8Array };
/** What it answers: errors lose their class and code between threads. */
export type ModelResult = ModelRun | { refusal: { code: string; message: string } };

/** Each thread loads a model once. */
const models = new Map<string, Promise<ReplayableModel>>();

/** Runs a model; a request that is none of its inputs is a result, and not a failure of the thread. */
export async function runTask({ request, ...asked }: ModelTask): Promise<ModelResult> {
  const loading = models.get(asked.modelId) ?? load(asked);
  models.set(asked.modelId, loading);
  const model = await loading;
  try {
    return runReplayable(model, request);
  } catch (error) {
    if (error instanceof CredenceError) return { refusal: { code: error.code, message: error.message } };
    throw error;
  }
}

async function load({ modelId, source, commitments }: TaskModel): Promise<ReplayableModel> {
  const model = await loadReplayable(source);
  requireCommitments(modelId, model.commitments, commitments);
  return model;
}

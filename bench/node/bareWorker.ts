/** A thread that runs models and does nothing else: no commitment, no trace. For `ModelPool`. */
import { evaluate } from "../../src/inference/evaluate.ts";
import { encodeTensor } from "../../src/inference/tensor.ts";
import { loadReplayable, type ReplayableModel } from "../../src/operator/models/replayable.ts";
import type { ModelResult, ModelTask } from "../../src/operator/models/worker.ts";
import { ZeroHash } from "ethers";

const models = new Map<string, Promise<ReplayableModel>>();

export async function runTask({ modelId, source, request }: ModelTask): Promise<ModelResult> {
  const loading = models.get(modelId) ?? loadReplayable(source);
  models.set(modelId, loading);
  const model = await loading;
  const tensors = evaluate(model.spec, model.weights, model.tensor0(request));
  const output = encodeTensor(model.spec.tensors.at(-1)!, tensors.at(-1)!);
  return { output, traceRoot: ZeroHash, trace: undefined };
}

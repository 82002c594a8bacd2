import { hexlify } from "ethers";

import { commitTrace } from "../../inference/commitments.ts";
import { evaluate } from "../../inference/evaluate.ts";
import { encodeTensor } from "../../inference/tensor.ts";
import { packTrace } from "./packTrace.ts";
import type { ReplayableModel } from "./replayable.ts";

/** What a model made of a request. */
export type ModelRun = {
  output: Uint8Array;
  /** Zero for models without replay. */
  traceRoot: string;
  /** As `packTrace` makes it; undefined for models without replay. */
  trace: Uint8Array | undefined;
};

/**
 * Runs a model and commits to its trace.
 * @throws FatalError if the request's bytes are no input of the model.
 */
export function runReplayable(model: Omit<ReplayableModel, "commitments">, request: Uint8Array): ModelRun {
  const { spec, weights } = model;
  const tensors = evaluate(spec, weights, model.tensor0(request));
  const { traceRoot, tensorRoots } = commitTrace(spec, tensors);
  const bytes = tensors.map((data, number) => encodeTensor(spec.tensors[number]!, data));
  const trace = packTrace({ roots: [...tensorRoots], tensors: bytes.map((tensor) => hexlify(tensor)) });
  return { output: bytes.at(-1)!, traceRoot, trace };
}

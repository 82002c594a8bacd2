import { ZeroHash } from "ethers";

import { FatalError } from "../../errors.ts";
import { importDenseNetwork } from "../../inference/denseNetwork.ts";
import { importLande } from "../../inference/lande.ts";
import type { GraphSpec } from "../../inference/spec.ts";
import { decodeTensor, type TensorData } from "../../inference/tensor.ts";
import type { DenseWeights } from "../../inference/weights.ts";
import type { ModelId } from "../../protocol/ids.ts";

/** Where a model comes from that this program runs itself. */
export type ReplayableSource =
  /** The package `lande`; whether its request is tensor 0 or a text follows from the model's `preprocessHash` on chain. */
  | { kind: "lande"; preprocessHash: string }
  /** A file in the format of docs/protocol/network-format.md; the request is tensor 0. */
  | { kind: "network"; path: string };

/** What arithmetic decides by, and the artifact that it was made from. */
export type Commitments = { specHash: string; weightsRoot: string; preprocessHash: string; artifactHash: string };

/** A model whose answers can be replayed. */
export type ReplayableModel = {
  readonly spec: GraphSpec;
  readonly weights: readonly DenseWeights[];
  /** Recomputed from the artifact. */
  readonly commitments: Commitments;
  /** Tensor 0 of a request. @throws FatalError if the request's bytes are no input of the model. */
  tensor0(request: Uint8Array): TensorData;
};

/**
 * Loads a model from its artifact.
 * @throws LandeImportError, InvalidNetworkError, also if there is no such file.
 */
export async function loadReplayable(source: ReplayableSource): Promise<ReplayableModel> {
  if (source.kind === "network") {
    const { spec, weights, manifest } = await importDenseNetwork(source.path);
    return { spec, weights, commitments: manifest, tensor0: (request) => decodeTensor(spec.tensors[0]!, request) };
  }
  const lande = await importLande();
  const { spec, weights, manifest, textManifest } = lande;
  const takesText = source.preprocessHash !== ZeroHash;
  return {
    spec,
    weights,
    commitments: takesText ? textManifest : manifest,
    tensor0: (request) => (takesText ? lande.features(new TextDecoder("utf-8", { ignoreBOM: true }).decode(request)) : decodeTensor(spec.tensors[0]!, request)),
  };
}

/**
 * Compares what was recomputed from the artifact with what is expected.
 * @throws FatalError `MODEL_MISMATCH` with actual and expected.
 */
export function requireCommitments(modelId: ModelId, actual: Commitments, expected: Commitments): void {
  for (const name of ["specHash", "weightsRoot", "preprocessHash", "artifactHash"] as const) {
    if (actual[name].toLowerCase() === expected[name].toLowerCase()) continue;
    throw new FatalError("MODEL_MISMATCH", `model ${modelId}: expected ${name} ${expected[name]}, got ${actual[name]}`);
  }
}

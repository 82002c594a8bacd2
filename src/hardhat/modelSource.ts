import { getBytes, toUtf8String, type BytesLike } from "ethers";

import { importDenseNetwork } from "../inference/denseNetwork.ts";
import { evaluate } from "../inference/evaluate.ts";
import type { Claim, ReplayModel } from "../inference/faults.ts";
import { importLande } from "../inference/lande.ts";
import { decodeTensor, type TensorData } from "../inference/tensor.ts";
import type { Receipt } from "../protocol/receipts.ts";
import { recordTrace, type TraceRecord } from "../protocol/traceRecord.ts";

/** What a manifest says of a graph; the rest is the publisher's choice. */
type GraphManifest = {
  readonly artifactHash: string;
  readonly specHash: string;
  readonly weightsRoot: string;
  readonly preprocessHash: string;
};

/** A model that this machine can run. */
export type RunnableModel = {
  readonly model: ReplayModel;
  readonly manifest: GraphManifest;
  /** Tensor 0 as it follows from the bytes of a request. */
  readonly tensor0: (request: BytesLike) => TensorData;
};

/** Bytes of a request and of what was answered. */
type Shown = { readonly request: string; readonly output: string };

/**
 * Reads a model that can be replayed.
 * @param source - `lande` or `lande-text` (the npm package, asked with features or with text), or a file as
 * docs/protocol/network-format.md has it.
 */
export async function modelSource(source: string): Promise<RunnableModel> {
  if (source === "lande" || source === "lande-text") {
    const lande = await importLande();
    const { spec, weights, manifest, textManifest } = lande;
    const isText = source === "lande-text";
    const hashes = isText ? textManifest : manifest;
    return {
      model: { spec, weights, preprocessHash: hashes.preprocessHash },
      manifest: hashesOf(hashes),
      tensor0: (request) =>
        isText ? lande.features(toUtf8String(request)) : decodeTensor(spec.tensors[0]!, getBytes(request)),
    };
  }
  const { spec, weights, manifest } = await importDenseNetwork(source);
  return {
    model: { spec, weights, preprocessHash: manifest.preprocessHash },
    manifest: hashesOf(manifest),
    tensor0: (request) => decodeTensor(spec.tensors[0]!, getBytes(request)),
  };
}

const hashesOf = ({ artifactHash, specHash, weightsRoot, preprocessHash }: GraphManifest): GraphManifest => ({
  ...{ artifactHash, specHash, weightsRoot, preprocessHash },
});

/** What an answer says, as a replay takes it. */
export function claimOf({ model, tensor0 }: RunnableModel, { traceRoot }: Receipt, shown: Shown): Claim {
  const { request, output } = shown;
  // The bytes of other models are tensor 0 themselves, which the replay checks.
  const given = BigInt(model.preprocessHash) === 0n ? {} : { tensor0: tensor0(request) };
  return { request, output, traceRoot, ...given };
}

/** What the operator of an answer would have kept, by running the model again. */
export function recordOf({ model, tensor0 }: RunnableModel, receipt: Receipt, { request }: Shown): TraceRecord {
  return recordTrace(model.spec, receipt, evaluate(model.spec, model.weights, tensor0(request)));
}

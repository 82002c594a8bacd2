import { ZeroHash } from "ethers";

import { FatalError } from "../errors.ts";
import { importDenseNetwork } from "../inference/denseNetwork.ts";
import type { ReplayModel } from "../inference/faults.ts";
import { importLande } from "../inference/lande.ts";
import { WeightsTree } from "../inference/proofs.ts";
import { hashSpec } from "../inference/spec.ts";
import type { TensorData } from "../inference/tensor.ts";

/** Where a model that can be replayed comes from. */
export type ModelSource = { readonly kind: "lande" } | { readonly kind: "network"; readonly path: string };

/** A model as the chain knows it: what arithmetic decides by. */
export type ReplayTerms = {
  readonly specHash: string;
  readonly weightsRoot: string;
  readonly preprocessHash: string;
};

/** A model to be replayed, and who it is. */
export type ReplayedModel = { readonly modelId: string; readonly source: ModelSource; readonly terms: ReplayTerms };

/** A model that is loaded. */
export type LoadedModel = {
  readonly model: ReplayModel & { readonly weightsTree: WeightsTree };
  /** Tensor 0 of a request that is not tensor 0 itself. */
  readonly tensor0Of: ((request: Uint8Array) => TensorData) | undefined;
};

/**
 * Loads a model and makes sure that it is the one that was published: replaying another would waste bonds.
 * @throws FatalError `MODEL_OTHER` if it is another, or follows a rule that its source does not know; and as the importers.
 */
export async function loadModel({ modelId, source, terms }: ReplayedModel): Promise<LoadedModel> {
  const { spec, weights, tensor0Of, preprocessHash } = await importFrom(source, terms);
  const weightsTree = new WeightsTree(spec, weights);
  const actual = { specHash: hashSpec(spec), weightsRoot: weightsTree.root, preprocessHash };
  for (const field of ["specHash", "weightsRoot", "preprocessHash"] as const) {
    if (actual[field] === terms[field]) continue;
    const text = `model ${modelId}: its source has ${field} ${actual[field]}, the chain ${terms[field]}`;
    throw new FatalError("MODEL_OTHER", `${text}: correct the model's source in the configuration`);
  }
  return { model: { spec, weights, preprocessHash, weightsTree }, tensor0Of };
}

type Imported = Pick<ReplayModel, "spec" | "weights" | "preprocessHash"> & Pick<LoadedModel, "tensor0Of">;

async function importFrom(source: ModelSource, terms: ReplayTerms): Promise<Imported> {
  if (source.kind === "network") {
    const { spec, weights, manifest } = await importDenseNetwork(source.path);
    return { spec, weights, preprocessHash: manifest.preprocessHash, tensor0Of: undefined };
  }
  const lande = await importLande();
  const { spec, weights, textManifest } = lande;
  if (terms.preprocessHash === ZeroHash) return { spec, weights, preprocessHash: ZeroHash, tensor0Of: undefined };
  // As the rule says: malformed parts become U+FFFD, a byte order mark is kept.
  const tensor0Of = (request: Uint8Array): TensorData => lande.features(Buffer.from(request).toString("utf8"));
  return { spec, weights, preprocessHash: textManifest.preprocessHash, tensor0Of };
}

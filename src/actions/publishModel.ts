import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { GraphSpec } from "../inference/spec.ts";
import type { Deployment } from "../protocol/deployment.ts";
import { parseId, type ModelId } from "../protocol/ids.ts";
import type { Manifest, Policy } from "../protocol/models.ts";

export type PublishModelParameters = {
  manifest: Manifest;
  policy: Policy;
  /** The graph that the manifest's `specHash` commits to; only for models with ground `Replay`. */
  spec?: GraphSpec;
};

/**
 * Publishes a model of the signer. It can never be changed: a new version is a new model.
 * @throws ContractError for example `ModelExists`, `GraphInvalid`, `SpecHashMismatch`, `WindowOutOfBounds`.
 * @example
 * const modelId = await publishModel(publisher, deployment, { manifest, policy, spec: model.spec });
 */
export async function publishModel(
  signer: Signer,
  deployment: Deployment,
  { manifest, policy, spec = { tensors: [], ops: [] } }: PublishModelParameters,
): Promise<ModelId> {
  const contracts = contractsOf(deployment, signer);
  const { tensors, ops } = spec;
  const receipt = await send(contracts, contracts.models.publishModel, manifest, policy, [...tensors], [...ops]);
  return parseId(eventOf<{ modelId: string }>(receipt, contracts.models, "ModelPublished").modelId);
}

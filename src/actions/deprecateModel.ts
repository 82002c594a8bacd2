import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { ModelId } from "../protocol/ids.ts";

export type DeprecateModelParameters = { modelId: ModelId };

/**
 * Refuses new batches for a model of the signer from now on, for good. Receipts that were handed out are anchored alone
 * all the same.
 * @returns since when, Unix time in seconds.
 * @throws ContractError for example `NotPublisher`, `ModelUnknown`, `ModelDeprecated`.
 * @example
 * const deprecatedAt = await deprecateModel(publisher, deployment, { modelId });
 */
export async function deprecateModel(
  signer: Signer,
  deployment: Deployment,
  { modelId }: DeprecateModelParameters,
): Promise<number> {
  const contracts = contractsOf(deployment, signer);
  const receipt = await send(contracts, contracts.models.deprecate, modelId);
  return Number(eventOf<{ deprecatedAt: bigint }>(receipt, contracts.models, "ModelDeprecation").deprecatedAt);
}

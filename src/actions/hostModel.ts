import type { Signer } from "ethers";

import { send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { ModelId } from "../protocol/ids.ts";

export type HostModelParameters = { modelId: ModelId };

/**
 * Announces that the signer's operator answers for a model.
 * @throws ContractError for example `HostedAlready`, `OperatorInStatus`, `IntakePaused`.
 * @example
 * await hostModel(operator, deployment, { modelId });
 */
export async function hostModel(
  signer: Signer,
  deployment: Deployment,
  { modelId }: HostModelParameters,
): Promise<void> {
  const contracts = contractsOf(deployment, signer);
  await send(contracts, contracts.operators.host, modelId);
}

import type { Signer } from "ethers";

import { send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { ModelId } from "../protocol/ids.ts";

export type UnhostModelParameters = { modelId: ModelId };

/**
 * Announces that the signer's operator answers for a model no more. Receipts that it handed out stay good.
 * @throws ContractError for example `HostedAlready` if it does not host the model.
 * @example
 * await unhostModel(operator, deployment, { modelId });
 */
export async function unhostModel(
  signer: Signer,
  deployment: Deployment,
  { modelId }: UnhostModelParameters,
): Promise<void> {
  const contracts = contractsOf(deployment, signer);
  await send(contracts, contracts.operators.unhost, modelId);
}

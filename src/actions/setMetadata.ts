import type { Signer } from "ethers";

import { send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";

export type SetMetadataParameters = {
  /** Where the operator describes itself and its endpoints; the public address of its API. */
  metadataURI: string;
};

/**
 * Says anew where the signer's operator describes itself.
 * @throws ContractError `OperatorInStatus` unless the operator is registered.
 * @example
 * await setMetadata(operator, deployment, { metadataURI: "https://operator.example" });
 */
export async function setMetadata(
  signer: Signer,
  deployment: Deployment,
  { metadataURI }: SetMetadataParameters,
): Promise<void> {
  const contracts = contractsOf(deployment, signer);
  await send(contracts, contracts.operators.setMetadata, metadataURI);
}

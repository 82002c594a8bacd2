import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";

/**
 * Ends the business of the signer's operator for good: it anchors no batch any more, and what it signed before stays its
 * liability. Its bond stays locked for one unbonding period; then `releaseBond` frees it.
 * @returns from when on the bond is free, Unix time in seconds.
 * @throws ContractError `OperatorInStatus` unless the operator is active or jailed.
 * @example
 * const bondFreeAt = await retireOperator(operator, deployment);
 */
export async function retireOperator(signer: Signer, deployment: Deployment): Promise<number> {
  const contracts = contractsOf(deployment, signer);
  const receipt = await send(contracts, contracts.operators.retire);
  return Number(eventOf<{ bondFreeAt: bigint }>(receipt, contracts.operators, "OperatorRetired").bondFreeAt);
}

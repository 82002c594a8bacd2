import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";

export type ReleaseBondParameters = {
  /** One that retired an unbonding period ago. */
  operator: string;
};

/**
 * Frees the bond of a retired operator, by anybody; the operator can then unstake it.
 * @returns the amount, stake token, smallest unit.
 * @throws ContractError for example `OperatorInStatus`, `BondNotFree`.
 * @example
 * const freed = await releaseBond(signer, deployment, { operator });
 */
export async function releaseBond(
  signer: Signer,
  deployment: Deployment,
  { operator }: ReleaseBondParameters,
): Promise<bigint> {
  const contracts = contractsOf(deployment, signer);
  const receipt = await send(contracts, contracts.operators.releaseBond, operator);
  return eventOf<{ amount: bigint }>(receipt, contracts.operators, "BondReleased").amount;
}

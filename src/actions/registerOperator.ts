import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";

export type RegisterOperatorParameters = {
  /** Where the operator describes itself and its endpoints. */
  metadataURI: string;
  /** The most that answers signed by hot keys may lock, stake token, smallest unit. */
  exposureCap: bigint;
};

/**
 * Registers the signer as an operator, once and for good, and locks its standing bond. It has staked and opted in before;
 * locks reach 90 % of stake, so that a bond of 1,000 needs 1,112.
 * @returns the bond, stake token, smallest unit.
 * @throws ContractError for example `StakeNotLockable`, `NotOptedIn`, `OperatorExists`, `IntakePaused`.
 * @example
 * await optIn(signer, deployment);
 * await registerOperator(signer, deployment, { metadataURI: "https://operator.example", exposureCap: parseUnits("1000", 18) });
 */
export async function registerOperator(
  signer: Signer,
  deployment: Deployment,
  { metadataURI, exposureCap }: RegisterOperatorParameters,
): Promise<bigint> {
  const contracts = contractsOf(deployment, signer);
  const receipt = await send(contracts, contracts.operators.register, metadataURI, exposureCap);
  return eventOf<{ bond: bigint }>(receipt, contracts.operators, "OperatorRegistered").bond;
}

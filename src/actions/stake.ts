import type { Signer } from "ethers";

import { allow } from "../chain/allowance.ts";
import { send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";

export type StakeParameters = {
  /** Stake token, smallest unit. */
  amount: bigint;
};

/**
 * Adds to the signer's active stake. Approves the amount first if the allowance is lower.
 * @throws ContractError for example `AmountTooLarge`, `ERC20InsufficientBalance`.
 * @example
 * await stake(signer, deployment, { amount: parseUnits("5000", 18) });
 */
export async function stake(signer: Signer, deployment: Deployment, { amount }: StakeParameters): Promise<void> {
  const contracts = contractsOf(deployment, signer);
  await allow(contracts, signer, deployment.vault, amount);
  await send(contracts, contracts.vault.stake, amount);
}

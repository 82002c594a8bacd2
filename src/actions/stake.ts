import type { Signer } from "ethers";

import { send, translated } from "../chain/calls.ts";
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
  const { token, vault } = contracts;
  const owner = await signer.getAddress();
  const allowance = await translated(contracts, () => token.allowance(owner, deployment.vault));
  if (allowance < amount) await send(contracts, token.approve, deployment.vault, amount);
  await send(contracts, vault.stake, amount);
}

import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";

export type UnstakeParameters = {
  /** Stake token, smallest unit. */
  amount: bigint;
};

/**
 * Moves active stake of the signer to its unbonding ticket. The clock of what is in the ticket already starts anew.
 * @returns when all of the ticket can be withdrawn, Unix time in seconds.
 * @throws ContractError for example `ActiveTooLow`.
 * @example
 * const maturesAt = await unstake(signer, deployment, { amount: parseUnits("100", 18) });
 */
export async function unstake(signer: Signer, deployment: Deployment, { amount }: UnstakeParameters): Promise<number> {
  const contracts = contractsOf(deployment, signer);
  const receipt = await send(contracts, contracts.vault.unstake, amount);
  return Number(eventOf<{ maturesAt: bigint }>(receipt, contracts.vault, "Unstaked").maturesAt);
}

import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";

/**
 * Pays the signer its matured unbonding ticket, as far as no lock needs it.
 * @returns the amount paid, stake token, smallest unit.
 * @throws ContractError `NothingToWithdraw`.
 * @example
 * const amount = await withdraw(signer, deployment);
 */
export async function withdraw(signer: Signer, deployment: Deployment): Promise<bigint> {
  const contracts = contractsOf(deployment, signer);
  const receipt = await send(contracts, contracts.vault.withdraw);
  return eventOf<{ amount: bigint }>(receipt, contracts.vault, "Withdrawn").amount;
}

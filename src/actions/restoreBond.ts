import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";

/**
 * Locks again what was seized of the bond of the signer's operator. A jail that waits for this ends a day later, or with
 * its term if that is later.
 * @returns what was added, stake token, smallest unit.
 * @throws ContractError for example `BondWhole`, `StakeNotLockable`, `OperatorInStatus`.
 * @example
 * const added = await restoreBond(operator, deployment);
 */
export async function restoreBond(signer: Signer, deployment: Deployment): Promise<bigint> {
  const contracts = contractsOf(deployment, signer);
  const receipt = await send(contracts, contracts.operators.restoreBond);
  return eventOf<{ added: bigint }>(receipt, contracts.operators, "BondRestored").added;
}

import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";

export type ClaimParameters = {
  /** Whose credit is paid out, to itself; a contract for example. */
  account: string;
};

/**
 * Pays an account what was credited to it: coverage of wrong answers, shares of reporters. Anybody may ask for it.
 * @returns the amount paid, stake token, smallest unit.
 * @throws ContractError `NothingToClaim`.
 * @example
 * const amount = await claim(signer, deployment, { account: await signer.getAddress() });
 */
export async function claim(signer: Signer, deployment: Deployment, { account }: ClaimParameters): Promise<bigint> {
  const contracts = contractsOf(deployment, signer);
  const receipt = await send(contracts, contracts.vault.claim, account);
  return eventOf<{ amount: bigint }>(receipt, contracts.vault, "Claimed").amount;
}

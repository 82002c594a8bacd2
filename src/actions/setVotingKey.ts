import type { Signer } from "ethers";

import { send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";

export type SetVotingKeyParameters = {
  /** The zero address: nobody else may vote for the signer any more. */
  key: string;
};

/**
 * Names a key that may commit for the signer in the court, and nothing else: it can move neither stake nor credit.
 * @throws ContractError if the vault refuses.
 * @example
 * await setVotingKey(signer, deployment, { key: hotWallet.address });
 */
export async function setVotingKey(
  signer: Signer,
  deployment: Deployment,
  { key }: SetVotingKeyParameters,
): Promise<void> {
  const contracts = contractsOf(deployment, signer);
  await send(contracts, contracts.vault.setVotingKey, key);
}

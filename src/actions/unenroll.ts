import type { Signer } from "ethers";

import { send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";

/**
 * Takes the votes away from the signer's active stake: it draws no seat in cases that open from now on. What its ballots
 * risk stays locked until those cases are settled. Leave the court itself with `optOut`.
 * @throws ContractError for example `EnrolledAlready` if it has no votes.
 * @example
 * await unenroll(signer, deployment);
 */
export async function unenroll(signer: Signer, deployment: Deployment): Promise<void> {
  const contracts = contractsOf(deployment, signer);
  await send(contracts, contracts.vault.unenroll);
}

import type { Signer } from "ethers";

import { send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { SignerId } from "../protocol/ids.ts";

export type ReportCompromiseParameters = {
  signerId: SignerId;
  /** Unix time in seconds from which the key may have been in other hands; not in the future. */
  since: number;
};

/**
 * Says that a hot key of the signer's operator was stolen, once per key: revokes it, and answers that it signed at or after
 * `since` and that are not final yet read `Recalled`.
 *
 * Warning: liability does not change. What the thief signs with an earlier date still counts as the operator's.
 * @throws ContractError for example `SignerOfOther`, `SignerRevoked`, `TimeOutOfRange`.
 * @example
 * await reportCompromise(operator, deployment, { signerId, since: stolenAt });
 */
export async function reportCompromise(
  signer: Signer,
  deployment: Deployment,
  { signerId, since }: ReportCompromiseParameters,
): Promise<void> {
  const contracts = contractsOf(deployment, signer);
  await send(contracts, contracts.operators.reportCompromise, signerId, since);
}

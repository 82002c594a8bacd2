import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { SignerId } from "../protocol/ids.ts";

export type RevokeSignerParameters = { signerId: SignerId };

/**
 * Ends the validity of a hot key of the signer's operator, now and for good. What it signed before stays the operator's
 * liability and is as good as it was; for a key that was stolen see `reportCompromise`.
 * @returns the end of its validity, exclusive, Unix time in seconds.
 * @throws ContractError for example `SignerOfOther`, `SignerRevoked`.
 * @example
 * await revokeSigner(operator, deployment, { signerId });
 */
export async function revokeSigner(
  signer: Signer,
  deployment: Deployment,
  { signerId }: RevokeSignerParameters,
): Promise<number> {
  const contracts = contractsOf(deployment, signer);
  const receipt = await send(contracts, contracts.operators.revokeSigner, signerId);
  return Number(eventOf<{ validUntil: bigint }>(receipt, contracts.operators, "SignerRevocation").validUntil);
}

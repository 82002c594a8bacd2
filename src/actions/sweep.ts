import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";

export type SweepParameters = { operator: string };

/**
 * Frees the locks of an operator's answers that have run out, by anybody. Anchoring and publishing do it in passing: it is
 * for an operator that leaves.
 * @returns what was freed, stake token, smallest unit; 0 if nothing had run out.
 * @example
 * const freed = await sweep(signer, deployment, { operator });
 */
export async function sweep(signer: Signer, deployment: Deployment, { operator }: SweepParameters): Promise<bigint> {
  const contracts = contractsOf(deployment, signer);
  const receipt = await send(contracts, contracts.attestations.sweep, operator);
  return eventOf<{ freed: bigint }>(receipt, contracts.attestations, "LocksSwept").freed;
}

import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";

export type OptOutParameters = {
  /** Which contract may not lock stake of the signer any more: `deployment.court` for one that will not vote. */
  module: string;
};

/**
 * Takes back what `optIn` or `enroll` allowed, a day from now. Locks in place stay until they run out.
 * @returns when it takes effect, Unix time in seconds.
 * @throws ContractError `NotOptedIn`.
 * @example
 * const effectiveAt = await optOut(signer, deployment, { module: deployment.court });
 */
export async function optOut(signer: Signer, deployment: Deployment, { module }: OptOutParameters): Promise<number> {
  const contracts = contractsOf(deployment, signer);
  const sent = await send(contracts, contracts.vault.optOut, module);
  return Number(eventOf<{ effectiveAt: bigint }>(sent, contracts.vault, "OptedOut").effectiveAt);
}

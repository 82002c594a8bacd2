import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";

export type SetExposureCapParameters = {
  /** The most that answers signed by hot keys may lock, stake token, smallest unit. */
  exposureCap: bigint;
};

/**
 * Sets the exposure cap of the signer's operator anew: raising it works at once, lowering it one day later.
 * @returns when it takes effect, Unix time in seconds.
 * @throws ContractError `OperatorInStatus` unless registered.
 * @example
 * const effectiveAt = await setExposureCap(operator, deployment, { exposureCap: parseUnits("500", 18) });
 */
export async function setExposureCap(
  signer: Signer,
  deployment: Deployment,
  { exposureCap }: SetExposureCapParameters,
): Promise<number> {
  const contracts = contractsOf(deployment, signer);
  const receipt = await send(contracts, contracts.operators.setExposureCap, exposureCap);
  return Number(eventOf<{ effectiveAt: bigint }>(receipt, contracts.operators, "ExposureCapSet").effectiveAt);
}

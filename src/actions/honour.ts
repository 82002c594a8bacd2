import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { Receipt } from "../protocol/receipts.ts";

export type HonourParameters = {
  /** Anchored by itself, and locked short. */
  receipt: Receipt;
};

/**
 * Makes the lock of a receipt whole out of its operator's stake, all or nothing, by anybody, within 12 hours and the
 * deployment's `MIN_WINDOW` of publication.
 * @returns the amount locked in addition, stake token, smallest unit.
 * @throws ContractError for example `LockWhole`, `HonourTime`, `CannotHonour`.
 * @example
 * const added = await honour(operator, deployment, { receipt });
 */
export async function honour(signer: Signer, deployment: Deployment, { receipt }: HonourParameters): Promise<bigint> {
  const contracts = contractsOf(deployment, signer);
  const sent = await send(contracts, contracts.attestations.honour, receipt);
  return eventOf<{ added: bigint }>(sent, contracts.attestations, "LockFilled").added;
}

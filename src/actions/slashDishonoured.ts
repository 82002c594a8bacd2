import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { Receipt } from "../protocol/receipts.ts";

export type SlashDishonouredParameters = {
  /** Anchored by itself, locked short, and not made whole in time. */
  receipt: Receipt;
};

/**
 * Makes an operator's standing bond pay for a promise that was not kept: twice the missing coverage as far as the bond
 * goes, half of it, and at most what is missing, to the beneficiary.
 * @returns the amount taken, stake token, smallest unit.
 * @throws ContractError for example `LockWhole`, `HonourTime`, `DishonouredAlready`.
 * @example
 * const taken = await slashDishonoured(signer, deployment, { receipt });
 */
export async function slashDishonoured(
  signer: Signer,
  deployment: Deployment,
  { receipt }: SlashDishonouredParameters,
): Promise<bigint> {
  const contracts = contractsOf(deployment, signer);
  const sent = await send(contracts, contracts.slashing.slashDishonoured, receipt);
  return eventOf<{ taken: bigint }>(sent, contracts.slashing, "Slashed").taken;
}

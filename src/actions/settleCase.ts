import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { Receipt } from "../protocol/receipts.ts";
import type { Ruling } from "../protocol/rulings.ts";

export type SettleCaseParameters = {
  /** That the case is about. */
  receipt: Receipt;
};

/** How a case ended. Amounts of the stake token, smallest unit, credited in the vault. */
export type SettledCase = {
  ruling: Ruling;
  /** What left the operator. */
  taken: bigint;
  /** The opener's, then each appeal's, by round. */
  payouts: bigint[];
  toOperator: bigint;
  toReserve: bigint;
  /** Part of a payout: what who was right got of the penalty. */
  bounty: bigint;
};

/**
 * Applies the ruling of a case that is final and divides the money, by anybody.
 * @throws ContractError for example `CaseInPhase`, `CaseInState`.
 * @example
 * const { ruling } = await settleCase(signer, deployment, { receipt });
 */
export async function settleCase(
  signer: Signer,
  deployment: Deployment,
  { receipt }: SettleCaseParameters,
): Promise<SettledCase> {
  const contracts = contractsOf(deployment, signer);
  const { disputes } = contracts;
  const sent = await send(contracts, disputes.settle, receipt);
  const applied = eventOf<{ ruling: bigint }>(sent, disputes, "RulingApplied");
  const { taken, payouts, toOperator, toReserve, bounty } = eventOf<SettledCase>(sent, disputes, "CaseSettled");
  const ruling = Number(applied.ruling) as Ruling;
  return { ruling, taken, payouts: [...payouts], toOperator, toReserve, bounty };
}

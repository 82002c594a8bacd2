import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Leaf } from "../protocol/answers.ts";
import type { Deployment } from "../protocol/deployment.ts";

export type MergeReceiptParameters = {
  /** Where a receipt that was anchored by itself stands in a batch too. */
  leaf: Leaf;
};

/** Amounts of the stake token, smallest unit. */
export type MergedReceipt = {
  /** Moved from the leaf's lock to the receipt's. */
  filled: bigint;
  /** The rest of the leaf's lock, which the operator has back. */
  freed: bigint;
};

/**
 * Shows that a receipt that was anchored by itself is also a leaf of a batch, once, by anybody: it was locked twice.
 * @throws ContractError for example `NotAnchoredAlone`, `MergedAlready`, `BatchLockOver`.
 * @example
 * const { filled, freed } = await mergeReceipt(signer, deployment, { leaf });
 */
export async function mergeReceipt(
  signer: Signer,
  deployment: Deployment,
  { leaf }: MergeReceiptParameters,
): Promise<MergedReceipt> {
  const contracts = contractsOf(deployment, signer);
  const sent = await send(contracts, contracts.attestations.merge, leaf);
  const { filled, freed } = eventOf<MergedReceipt>(sent, contracts.attestations, "ReceiptMerged");
  return { filled, freed };
}

import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Batch } from "../protocol/batches.ts";
import type { Deployment } from "../protocol/deployment.ts";
import { parseId, type BatchId } from "../protocol/ids.ts";

export type AnchorBatchParameters = {
  batch: Batch;
  /** Of the batch, as `signBatch` returns it. Not needed if the operator, or the EOA key that signs for it, sends. */
  signature?: string;
};

/**
 * Anchors a batch: locks coverage and penalty for every receipt in it, for one window.
 * @throws ContractError for example `BatchExists`, `ExposureCapExceeded`, `StakeNotLockable`, `OperatorJailed`.
 * @example
 * const batchId = await anchorBatch(operator, deployment, { batch });
 */
export async function anchorBatch(
  signer: Signer,
  deployment: Deployment,
  { batch, signature = "0x" }: AnchorBatchParameters,
): Promise<BatchId> {
  const contracts = contractsOf(deployment, signer);
  const receipt = await send(contracts, contracts.attestations.anchor, batch, signature);
  return parseId(eventOf<{ batchId: string }>(receipt, contracts.attestations, "BatchAnchored").batchId);
}

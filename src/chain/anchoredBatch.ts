import type { Block, Provider } from "ethers";

import { FatalError } from "../errors.ts";
import type { Batch } from "../protocol/batches.ts";
import { parseId, type BatchId } from "../protocol/ids.ts";
import { blocksOf } from "./blocksOf.ts";
import type { Contracts } from "./contracts.ts";

/** A batch as it was anchored. Times are Unix seconds. */
export type AnchoredBatch = {
  batchId: BatchId;
  /** Its header; `dataURI` is where its receipts are to be found. */
  batch: Batch;
  anchoredAt: number;
  /** Until when its leaves can be published, exclusive. */
  lockEnd: number;
};

/**
 * Reads a batch that was anchored, and its header from the event.
 * @throws FatalError `EVENT_MISSING` if the node does not have the event any more.
 */
export async function readAnchoredBatch(
  provider: Provider,
  { attestations }: Contracts,
  newest: Block,
  batchId: BatchId,
): Promise<AnchoredBatch> {
  const { anchoredAt, lockEnd } = await attestations.batch(batchId, { blockTag: newest.number });
  const [from, to] = await blocksOf(provider, newest, Number(anchoredAt));
  const [event] = await attestations.queryFilter(attestations.filters.BatchAnchored(batchId), from, to);
  if (event === undefined) {
    throw new FatalError(
      "EVENT_MISSING",
      `expected event BatchAnchored of ${batchId} in blocks ${from} to ${to}, found none`,
    );
  }
  const { operator, signerId, modelId, root, count, coverage, anchorBy, dataURI } = event.args;
  return {
    batchId,
    batch: {
      operator,
      signerId: parseId(signerId),
      modelId: parseId(modelId),
      root,
      count: Number(count),
      coverage,
      anchorBy: Number(anchorBy),
      dataURI,
    },
    anchoredAt: Number(anchoredAt),
    lockEnd: Number(lockEnd),
  };
}

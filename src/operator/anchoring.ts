import { keccak256 } from "ethers";

import { anchorBatch } from "../actions/anchorBatch.ts";
import { CredenceError } from "../errors.ts";
import { signBatch, type Batch } from "../protocol/batches.ts";
import { closeBatches, releaseLapsed, releaseOvertaken } from "./batching.ts";
import type { DutyContext, DutyView } from "./duty.ts";
import type { StoredBatch } from "./journal.ts";

/** Refusals for want of stake or cap. */
const NO_ROOM: readonly (string | undefined)[] = ["ExposureCapExceeded", "StakeNotLockable"];

/**
 * Closes batches and anchors each until it stands on the followed chain: a reorg that throws it out only means that the
 * same header is sent again, and no header is ever anchored twice.
 */
export function anchor(context: DutyContext, view: DutyView): void {
  const { answers, tasks, metrics } = context;
  releaseLapsed(context, view);
  closeBatches(context, view);
  const due = answers.batchesToAnchor(view.head.timestamp);
  metrics.unanchoredBatches.set(due.length);
  for (const stored of due) {
    const started = tasks.start({ duty: "anchor", subject: stored.batchId, run: () => anchorOne(context, stored) });
    if (started) metrics.anchoringsSent.inc();
  }
}

async function anchorOne(context: DutyContext, stored: StoredBatch): Promise<void> {
  const { batchId, batch } = stored;
  const { signer, deployment, log, metrics } = context;
  try {
    await anchorBatch(signer, deployment, { batch, signature: await signatureOf(context, batch) });
    metrics.anchored.inc();
    log.info({ batchId, count: batch.count }, "batch anchored");
  } catch (error) {
    const code = error instanceof CredenceError ? error.code : undefined;
    if (code === "BatchExists") return; // the journal has not followed that far yet
    metrics.anchoringsRefused.inc({ code: code ?? "UNEXPECTED" });
    if (NO_ROOM.includes(code) && releaseOvertaken(context, stored)) return;
    throw error;
  }
}

/** The operator and the batch's own key need none. */
async function signatureOf({ operator, sender, key, domain }: DutyContext, batch: Batch): Promise<string> {
  const isOwn = sender.toLowerCase() === operator.toLowerCase() || keccak256(sender) === batch.signerId;
  return isOwn ? "0x" : signBatch(key, domain, batch);
}

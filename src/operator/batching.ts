import { BatchTree } from "../protocol/batchTree.ts";
import { batchId } from "../protocol/batches.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import type { DutyContext, DutyView } from "./duty.ts";
import type { StoredBatch } from "./journal.ts";

type Group = { signer_id: string; model_id: string; coverage: string; count: number; oldest: number; first: number };

/**
 * Waits for a batch: signed before a block that lasts, so that it is not from the future of whichever block the batch
 * lands in; not published by itself; and with more time left than the last resort takes.
 */
const WAITING = `batch_root IS NULL AND issued_at <= :safeTime AND anchor_by > :latest
  AND NOT EXISTS (SELECT 1 FROM answer_states s WHERE s.receipt_id = answers.receipt_id)`;

/**
 * Closes batches that are full, or whose oldest receipt has waited long enough, and writes their headers down: each is
 * of one key, one model and one coverage, and can be anchored only while all of its receipts can.
 */
export function closeBatches(context: DutyContext, view: DutyView): void {
  const { chain, settings } = context;
  const { batchSize, batchAgeSeconds, lastResortSeconds } = settings;
  const now = view.head.timestamp;
  const bounds = { safeTime: view.safeTime, latest: now + lastResortSeconds };
  const groups = chain
    .prepare(
      `SELECT signer_id, model_id, coverage, COUNT(*) AS count, MIN(issued_at) AS oldest, MIN(anchor_by) AS first
       FROM answers WHERE ${WAITING} GROUP BY signer_id, model_id, coverage`,
    )
    .all(bounds) as Group[];
  for (const group of groups) {
    const isDue = now - group.oldest >= batchAgeSeconds || group.first - now <= 2 * lastResortSeconds;
    const full = Math.floor(group.count / batchSize);
    const batches = isDue ? Math.ceil(group.count / batchSize) : full;
    for (let i = 0; i < batches; i++) closeOne(context, view, group, bounds);
  }
}

function closeOne(
  context: DutyContext,
  { head }: DutyView,
  { signer_id, model_id, coverage }: Group,
  bounds: { safeTime: number; latest: number },
): void {
  const { answers, chain, domain, settings, log } = context;
  answers.transaction(() => {
    const rows = chain
      .prepare(
        `SELECT receipt_id, anchor_by FROM answers WHERE signer_id = :signer AND model_id = :model AND coverage = :coverage
         AND ${WAITING} ORDER BY issued_at, rowid LIMIT :limit`,
      )
      .all({ ...bounds, signer: signer_id, model: model_id, coverage, limit: settings.batchSize });
    const waiting = rows as { receipt_id: ReceiptId; anchor_by: number }[];
    const receiptIds = waiting.map(({ receipt_id }) => receipt_id);
    const { root, count } = new BatchTree(receiptIds);
    // What it shares with the others is what they were chosen by, and the operator, of whom the journal is.
    const { receipt } = answers.answer(receiptIds[0]!)!.signed;
    const anchorBy = waiting.reduce((first, { anchor_by }) => Math.min(first, anchor_by), receipt.anchorBy);
    const batch = {
      ...{
        operator: receipt.operator,
        signerId: receipt.signerId,
        modelId: receipt.modelId,
        coverage: receipt.coverage,
      },
      ...{ root, count, anchorBy, dataURI: `${settings.publicUrl}/v1/batches/${root}` },
    };
    const id = batchId(domain, batch);
    answers.addBatch(id, batch, receiptIds, head.timestamp);
    log.info({ batchId: id, root, count, modelId: model_id, anchorBy }, "batch closed");
  });
}

/** Takes receipts out of batches that can never be anchored any more: what is left of their time serves another batch. */
export function releaseLapsed({ answers, chain, log, metrics }: DutyContext, { safeTime }: DutyView): void {
  for (const { root, batchId: id } of chain.lapsedBatches(safeTime)) {
    const released = answers.transaction(() => chain.releaseLeaves(root));
    metrics.lapsed.inc();
    log.error({ batchId: id, released }, "the batch was not anchored in time: its receipts are left to others");
  }
}

/**
 * Takes receipts out of a batch that was refused for want of stake or cap, if somebody has anchored some of them alone
 * meanwhile: those have their lock already, and without them the others may fit. Else whoever anchors one receipt ahead of
 * a batch keeps all the others off the chain. Should the old header land all the same, its lock runs out with its window.
 * @returns whether it did.
 */
export function releaseOvertaken(
  { answers, chain, log }: DutyContext,
  { batch: { root }, batchId: id }: StoredBatch,
): boolean {
  const overtaken = chain.countPublishedLeaves(root);
  if (overtaken === 0 || answers.batch(root)?.anchored !== undefined) return false;
  const released = answers.transaction(() => chain.releaseLeaves(root));
  log.warn(
    { batchId: id, overtaken, released },
    "receipts of a batch that does not fit were anchored alone: the others are left to another",
  );
  return true;
}

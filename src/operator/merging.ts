import { mergeReceipt } from "../actions/mergeReceipt.ts";
import { CredenceError } from "../errors.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import type { DutyContext, DutyView } from "./duty.ts";

/**
 * Shows that a receipt that was anchored alone is also a leaf of a batch: the leaf's lock fills what is missing, and the
 * rest of it is free again. Possible until the full hour after the batch's lock ends.
 */
export function mergeLeaves(context: DutyContext, { head }: DutyView): void {
  const { chain, tasks } = context;
  const rows = chain
    .prepare(
      `SELECT receipt_id FROM answer_states s JOIN answers USING (receipt_id) JOIN batches ON root = batch_root
       WHERE s.is_alone = 1 AND s.is_merged = 0 AND issued_at <= anchored_at AND (lock_end / 3600 + 1) * 3600 > ?
       ORDER BY lock_end`,
    )
    .all(head.timestamp) as { receipt_id: ReceiptId }[];
  for (const { receipt_id: receiptId } of rows) {
    tasks.start({ duty: "merge", subject: receiptId, isUrgent: true, run: () => mergeOne(context, receiptId) });
  }
}

async function mergeOne(context: DutyContext, receiptId: ReceiptId): Promise<void> {
  const { answers, trees, signer, deployment, log, metrics } = context;
  const answer = answers.answer(receiptId);
  const leaf = answer && trees.leafOf(answer);
  if (leaf === undefined) return;
  try {
    const { filled, freed } = await mergeReceipt(signer, deployment, { leaf });
    metrics.merged.inc();
    log.info({ receiptId, filled, freed }, "receipt merged with its leaf");
  } catch (error) {
    if (error instanceof CredenceError && error.code === "MergedAlready") return;
    throw error;
  }
}

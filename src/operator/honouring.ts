import { honour } from "../actions/honour.ts";
import { translated } from "../chain/calls.ts";
import { CredenceError } from "../errors.ts";
import { LockState } from "../protocol/answers.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import type { DutyContext, DutyView } from "./duty.ts";

/** So shortly before its time is over a receipt is honoured even if one that is due earlier does not fit, seconds. */
const HURRY_SECONDS = 3_600;

type Row = { receipt_id: ReceiptId; missing: string; honour_by: number };

/**
 * Makes short locks whole before the time to honour is over, the most urgent first: what is missing later is taken twice
 * from the standing bond. Each is honoured whole or not at all, so a large one that does not fit yet keeps smaller ones
 * that have more time waiting. Leaves of open batches fill what they can first, see `mergeLeaves`.
 */
export async function honourShort(context: DutyContext, { head }: DutyView): Promise<void> {
  const { chain, contracts, operator, tasks, metrics, log } = context;
  const now = head.timestamp;
  const rows = chain
    .prepare(
      `SELECT receipt_id, p.missing, honour_by FROM published p JOIN answer_states s USING (receipt_id)
       WHERE honour_by > ? AND p.missing <> '0' AND s.state <> ${LockState.Seized} ORDER BY honour_by`,
    )
    .all(now) as Row[];
  metrics.short.set(rows.length);
  if (rows.length === 0) return;
  let room = await translated(contracts, () => contracts.attestations.lockable(operator));
  let isBlocked = false;
  for (const { receipt_id: receiptId, missing: text, honour_by: honourBy } of rows) {
    const missing = BigInt(text);
    const fits = missing <= room && (!isBlocked || honourBy - now <= HURRY_SECONDS);
    if (!fits) {
      isBlocked = true;
      const level = honourBy - now <= HURRY_SECONDS ? "error" : "warn";
      log[level]({ receiptId, missing, room, left: honourBy - now }, "too little stake is free to honour a receipt");
      continue;
    }
    room -= missing;
    const run = (): Promise<void> => honourOne(context, receiptId);
    tasks.start({ duty: "honour", subject: receiptId, isUrgent: true, maxRetryMs: 60_000, run });
  }
}

async function honourOne(context: DutyContext, receiptId: ReceiptId): Promise<void> {
  const { answers, signer, deployment, log, metrics } = context;
  const answer = answers.answer(receiptId);
  if (answer === undefined) return;
  try {
    const added = await honour(signer, deployment, { receipt: answer.signed.receipt });
    metrics.honoured.inc();
    log.info({ receiptId, added }, "receipt honoured");
  } catch (error) {
    if (error instanceof CredenceError && error.code === "LockWhole") return;
    throw error;
  }
}

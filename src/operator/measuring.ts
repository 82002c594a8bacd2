import { translated } from "../chain/calls.ts";
import type { DutyContext, DutyView } from "./duty.ts";

type Unanchored = { count: number; oldest: number | null };

/** Brings the figures up to date that nobody else counts. */
export async function measure(context: DutyContext, { head }: DutyView): Promise<void> {
  const { answers, chain, contracts, operator, metrics } = context;
  const now = head.timestamp;
  const { count, oldest } = chain
    .prepare(
      `SELECT COUNT(*) AS count, MIN(issued_at) AS oldest FROM answers LEFT JOIN batches ON root = batch_root
       WHERE anchor_by > ? AND anchored_block IS NULL
       AND NOT EXISTS (SELECT 1 FROM answer_states s WHERE s.receipt_id = answers.receipt_id)`,
    )
    .get(now) as Unanchored;
  metrics.answers.set(answers.countAnswers());
  metrics.unanchored.set(count);
  metrics.unanchoredAge.set(oldest === null ? 0 : now - oldest);
  metrics.promised.set(Number(answers.promised(now)));
  metrics.room.set(Number(await translated(contracts, () => contracts.attestations.lockable(operator))));
}

import { anchorReceipt } from "../actions/anchorReceipt.ts";
import { CredenceError } from "../errors.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import type { DutyContext, DutyView } from "./duty.ts";
import { shownOf } from "./publishing.ts";

/** What one round sends; the most urgent first. */
const AT_ONCE = 16;
/** Time that one round may take, seconds: transactions that wait for each other. */
const ROUND_SECONDS = 60;

type Row = { receipt_id: ReceiptId; anchor_by: number };

/**
 * The last resort: anchors receipts one by one whose time runs out and that stand in no batch on the followed chain.
 * That depends on nothing but signature and time, costs more, publishes the answer, and locks what there is to lock.
 */
export function anchorAlone(context: DutyContext, view: DutyView): void {
  const { chain, settings, tasks, metrics, log } = context;
  const now = view.head.timestamp;
  const unanchored = `FROM answers LEFT JOIN batches ON root = batch_root
    WHERE anchor_by > :now AND anchor_by <= :until AND (anchored_block IS NULL OR anchored_at < issued_at)
    AND NOT EXISTS (SELECT 1 FROM answer_states s WHERE s.receipt_id = answers.receipt_id)`;
  const most = chain.prepare(`SELECT COUNT(*) AS count ${unanchored}`);
  const { count } = most.get({ now, until: now + 2 * settings.lastResortSeconds }) as { count: number };
  const until = now + settings.lastResortSeconds + Math.ceil(count / AT_ONCE) * ROUND_SECONDS;
  const rows = chain
    .prepare(`SELECT receipt_id, anchor_by ${unanchored} ORDER BY anchor_by LIMIT :limit`)
    .all({ now, until, limit: AT_ONCE }) as Row[];
  for (const { receipt_id: receiptId, anchor_by: anchorBy } of rows) {
    const started = tasks.start({
      duty: "anchorAlone",
      subject: receiptId,
      isUrgent: true,
      maxRetryMs: 15_000,
      run: () => anchorOne(context, receiptId),
    });
    if (!started) continue;
    metrics.lastResorts.inc();
    log.error(
      { receiptId, anchorBy, left: anchorBy - now },
      "no batch has this receipt on chain: it is anchored alone",
    );
  }
}

async function anchorOne(context: DutyContext, receiptId: ReceiptId): Promise<void> {
  const { answers, signer, deployment, log } = context;
  const answer = answers.answer(receiptId);
  if (answer === undefined) return;
  try {
    const shown = await shownOf(context, answer);
    const { locked, finalAt } = await anchorReceipt(signer, deployment, { signed: answer.signed, ...shown });
    log.warn({ receiptId, locked, finalAt }, "receipt anchored alone");
  } catch (error) {
    if (error instanceof CredenceError && error.code === "AnswerExists") return;
    throw error;
  }
}

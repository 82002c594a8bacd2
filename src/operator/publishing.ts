import { formatEther } from "ethers";

import { publishAnswer } from "../actions/publishAnswer.ts";
import { CredenceError } from "../errors.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import type { DutyContext, DutyView } from "./duty.ts";
import type { StoredAnswer } from "./journal.ts";

/** What one round looks at. */
const AT_ONCE = 64;
/** Before the end of a batch's lock nothing is waited for, seconds. */
const HURRY_SECONDS = 1_800;

/**
 * Publishes the answers that customers want final, while the lock of their batch is open; what is about to run out
 * first. It waits until the batch is `confirmations` deep, and while the sender has little ether: anybody can ask for this,
 * and what is left is for games and promises.
 */
export async function publishWanted(context: DutyContext, { head }: DutyView): Promise<void> {
  const { chain, settings, tasks } = context;
  const rows = chain
    .prepare(
      `SELECT receipt_id FROM batches CROSS JOIN answers INDEXED BY answers_to_publish ON batch_root = root
       WHERE lock_end > :now AND wants_final = 1 AND issued_at <= anchored_at AND (anchored_block <= :block OR lock_end <= :soon)
       AND NOT EXISTS (SELECT 1 FROM answer_states s WHERE s.receipt_id = answers.receipt_id)
       ORDER BY lock_end, leaf_index LIMIT :limit`,
    )
    .all({
      now: head.timestamp,
      block: head.number + 1 - settings.confirmations,
      soon: head.timestamp + HURRY_SECONDS,
      limit: AT_ONCE,
    }) as { receipt_id: ReceiptId }[];
  if (rows.length === 0 || !(await isAffordable(context))) return;
  for (const { receipt_id: receiptId } of rows) {
    tasks.start({ duty: "publish", subject: receiptId, run: () => publishOne(context, receiptId) });
  }
}

async function isAffordable({ signer, sender, settings, log }: DutyContext): Promise<boolean> {
  const balance = await signer.provider!.getBalance(sender); // it sends, so it is connected
  if (balance >= settings.publishAbove) return true;
  const [has, needs] = [formatEther(balance), formatEther(settings.publishAbove)];
  log.error({ sender, has, needs }, "the sender has too little ether to publish for customers: send it some");
  return false;
}

async function publishOne(context: DutyContext, receiptId: ReceiptId): Promise<void> {
  const { answers, signer, deployment, log, metrics } = context;
  const answer = answers.answer(receiptId);
  const leaf = answer && context.trees.leafOf(answer);
  if (answer === undefined || leaf === undefined) return;
  try {
    const { finalAt } = await publishAnswer(signer, deployment, { leaf, ...(await shownOf(context, answer)) });
    metrics.published.inc();
    log.info({ receiptId, finalAt }, "answer published");
  } catch (error) {
    if (error instanceof CredenceError && error.code === "AnswerExists") return; // by somebody else, just now
    throw error;
  }
}

/** The bytes that are shown with an answer: none if its model has private input. */
export async function shownOf(
  { terms }: DutyContext,
  { signed, request, output }: StoredAnswer,
): Promise<{ request: Uint8Array | "0x"; output: Uint8Array | "0x" }> {
  const { privateInput } = await terms.of(signed.receipt.modelId);
  return privateInput ? { request: "0x", output: "0x" } : { request, output };
}

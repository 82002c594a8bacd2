import { slashDishonoured } from "../actions/slashDishonoured.ts";
import { slashEquivocation, type SigningEvidence } from "../actions/slashEquivocation.ts";
import { translated } from "../chain/calls.ts";
import { LockState, bareLeaf } from "../protocol/answers.ts";
import { ContractError } from "../protocol/errors.ts";
import { parseId, type ReceiptId } from "../protocol/ids.ts";
import { lockUp } from "../protocol/lockMath.ts";
import type { KnownAnswer } from "./answerTable.ts";
import type { Context } from "./context.ts";

/** A fault to be reported. */
export type Report = {
  readonly kind: "equivocation" | "dishonoured";
  readonly key: string;
  readonly operator: string;
  readonly firstId: ReceiptId;
  readonly secondId: ReceiptId | undefined;
};

type Row = { kind: Report["kind"]; key: string; operator: string; first_id: string; second_id: string | null };

/** The chain says that it is too early: it is tried again. */
const EARLY: ReadonlySet<string> = new Set(["BatchUnknown", "AnswerUnknown"]);

/** Reports whose time has come, and that are not done with. */
export function dueReports(
  { journal: { database }, head }: Pick<Context, "journal" | "head">,
  limit: number,
): Report[] {
  const rows = database
    .prepare("SELECT * FROM reports WHERE ended IS NULL AND due_at <= ? ORDER BY due_at, key LIMIT ?")
    .all(head().timestamp, limit) as Row[];
  return rows.map(({ kind, key, operator, first_id, second_id }) => ({
    kind,
    key,
    operator,
    firstId: parseId(first_id),
    secondId: second_id === null ? undefined : parseId(second_id),
  }));
}

/** Notes when an answer that was anchored by itself and locked short can be reported, unless it is made whole. */
export async function noteShortLock(context: Context, { receiptId, receipt }: KnownAnswer): Promise<void> {
  const { contracts, journal } = context;
  const [view, terms, window] = await translated(contracts, () =>
    Promise.all([
      contracts.attestations.answer(receiptId),
      contracts.models.terms(receipt.modelId),
      contracts.models.HONOUR_WINDOW(),
    ]),
  );
  if (view.publishedAt === 0n) return;
  const isShort = view.locked < lockUp(receipt.coverage, Number(terms.penaltyBps)) && !view.dishonoured;
  const from = Number(view.state) === LockState.Seized ? view.publishedAt : view.publishedAt + window;
  journal.transaction(() =>
    journal.database
      .prepare(
        `INSERT INTO reports (kind, key, operator, first_id, due_at, ended) VALUES ('dishonoured', ?, ?, ?, ?, ?)
         ON CONFLICT DO NOTHING`,
      )
      .run(receiptId, receipt.operator, receiptId, Number(from), isShort ? null : "whole"),
  );
}

/** Reports a fault; what the chain refuses for good is not tried again. */
export async function sendReport(context: Context, report: Report): Promise<void> {
  const { policy, log, metrics } = context;
  const { kind, operator } = report;
  if (policy.dryRun) {
    log.info({ kind, operator, receiptId: report.firstId }, "would report an operator");
    endReport(context, report, "dryRun");
    return;
  }
  try {
    const taken =
      kind === "equivocation" ? await reportEquivocation(context, report) : await reportShort(context, report);
    if (taken !== undefined) {
      metrics.acts.inc({ kind: "report" });
      log.info({ kind, operator, taken }, "reported an operator");
    }
    endReport(context, report, taken === undefined ? "nothing" : "reported");
  } catch (error) {
    if (!(error instanceof ContractError) || EARLY.has(error.code)) throw error;
    log.info({ err: error, kind, operator }, "a report was refused");
    metrics.refusals.inc({ reason: error.code });
    endReport(context, report, error.code);
  }
}

/** @returns what was taken; undefined if there is nothing to take. */
async function reportEquivocation(
  context: Context,
  { operator, firstId, secondId }: Report,
): Promise<bigint | undefined> {
  const { answers, signers, deployment } = context;
  const [first, second] = [answers.get(firstId), secondId && answers.get(secondId)];
  if (!first || !second) return undefined;
  // Its bond is taken once, for whichever job.
  if (await isBondGone(context, operator)) return undefined;
  const evidence = { first: evidenceOf(context, first), second: evidenceOf(context, second) };
  return slashEquivocation(signers.reward, deployment, evidence);
}

async function reportShort(context: Context, { operator, firstId }: Report): Promise<bigint | undefined> {
  const { answers, signers, deployment } = context;
  const answer = answers.get(firstId);
  if (answer === undefined || (await isBondGone(context, operator))) return undefined;
  return slashDishonoured(signers.open, deployment, { receipt: answer.receipt });
}

async function isBondGone({ contracts }: Context, operator: string): Promise<boolean> {
  return (await translated(contracts, () => contracts.operators.bondOf(operator))) === 0n;
}

/** What its operator published or anchored counts whatever became of the key; a signature only if the key was valid then. */
function evidenceOf({ batches }: Context, answer: KnownAnswer): SigningEvidence {
  const { receipt, signature, place, publishedBlock } = answer;
  if (publishedBlock !== undefined) return bareLeaf(receipt);
  const batch = place && batches.get(place.batchId)?.header;
  if (batch !== undefined) return { batch, receipt, index: place!.index, proof: place!.proof };
  return signature === undefined ? bareLeaf(receipt) : { receipt, signature };
}

function endReport({ journal }: Context, { kind, key }: Report, reason: string): void {
  journal.transaction(() =>
    journal.database.prepare("UPDATE reports SET ended = ? WHERE kind = ? AND key = ?").run(reason, kind, key),
  );
}

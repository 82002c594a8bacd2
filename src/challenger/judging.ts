import { CredenceError, RetryableError } from "../errors.ts";
import type { ShownTrace } from "../inference/faults.ts";
import type { KnownAnswer } from "./answerTable.ts";
import type { Context } from "./context.ts";
import type { ClaimBytes, Judgement } from "./replayWorker.ts";

/** A replay that failed so much more often than a trace is asked for is given up. */
const REPLAY_ATTEMPTS = 3;

/** What an answer says; undefined if its bytes are not known. */
export function claimOf({ receipt, request, output }: KnownAnswer): ClaimBytes | undefined {
  if (request === undefined || output === undefined) return undefined;
  return { request, output, traceRoot: receipt.traceRoot };
}

/**
 * Replays an answer and writes down what is wrong with it. If output or trace differ and what is known proves nothing, its
 * operator is asked for the trace a number of times; then it counts as withheld.
 */
export async function judgeAnswer(context: Context, answer: KnownAnswer): Promise<void> {
  const { answers, replayer, log, policy, signal } = context;
  const { receiptId, receipt } = answer;
  const claim = claimOf(answer);
  if (claim === undefined) return;
  let judgement: Judgement;
  try {
    judgement = await replayer.judge(receipt.modelId, claim, undefined, signal);
    if (judgement.verdict === "withheld" || judgement.verdict === "preprocessing") {
      judgement = await judgeShown(context, answer, claim, judgement);
    }
  } catch (error) {
    if (!(error instanceof CredenceError) || error.code !== "REPLAY_FAILED") throw error;
    if (answers.countAttempt(receiptId) < REPLAY_ATTEMPTS + policy.fetchAttempts) throw error;
    log.error({ err: error, receiptId }, "an answer cannot be replayed");
    answers.judge(receiptId, "unjudged");
    return;
  }
  if (judgement.verdict === "proven") answers.judge(receiptId, "proven", judgement.fault);
  else answers.judge(receiptId, judgement.verdict);
  if (judgement.verdict === "right") return;
  const fault = judgement.verdict === "proven" ? judgement.fault.kind : undefined;
  log.warn({ receiptId, operator: receipt.operator, verdict: judgement.verdict, fault }, "an answer is wrong");
}

/** With the trace, as far as its operator shows it. */
async function judgeShown(
  context: Context,
  answer: KnownAnswer,
  claim: ClaimBytes,
  unshown: Judgement,
): Promise<Judgement> {
  const { answers, replayer, metrics, policy, log, signal } = context;
  const shown = await fetchTrace(context, answer);
  let judgement: Judgement | undefined;
  try {
    judgement = shown && (await replayer.judge(answer.receipt.modelId, claim, shown, signal));
  } catch (error) {
    // Without what was shown it could be judged: nothing that an operator shows keeps its answer from being contested.
    signal.throwIfAborted();
    log.warn({ err: error, receiptId: answer.receiptId }, "a trace that was shown cannot be looked at");
  }
  if (judgement !== undefined && judgement.verdict !== "withheld") return judgement;
  if (shown !== undefined) metrics.garbage.inc({ kind: "TRACE" });
  const attempts = answers.countAttempt(answer.receiptId);
  if (attempts >= policy.fetchAttempts) return judgement ?? unshown;
  throw new RetryableError("TRACE_WITHHELD", `answer ${answer.receiptId}, attempt ${attempts}: its trace is not shown`);
}

/** What an operator shows of its trace; undefined if it shows nothing, or nothing that can be one. */
async function fetchTrace(
  { operators, batches, metrics, log, signal }: Context,
  { receiptId, receipt, batchId }: KnownAnswer,
): Promise<ShownTrace | undefined> {
  const dataURI = batchId === undefined ? undefined : batches.get(batchId)?.header.dataURI;
  const client = operators.clientOf(receipt.operator, dataURI);
  if (client === undefined) return undefined;
  try {
    const { roots, tensors } = await client.trace(receiptId, signal);
    return { roots, tensors };
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof CredenceError)) throw error;
    metrics.garbage.inc({ kind: error.code });
    log.debug({ err: error, receiptId }, "a trace was not shown");
    return undefined;
  }
}

import { checkAnswer } from "../../actions/checkAnswer.ts";
import { checkReceipt } from "../../actions/checkReceipt.ts";
import { AnswerStatus, Method } from "../../protocol/answers.ts";
import { answerInput } from "../answerInput.ts";
import { Amount, Time } from "../cells.ts";
import type { Report } from "../report.ts";
import type { ReadingSession } from "../session.ts";
import { nameOf } from "../words.ts";

export async function check(
  session: ReadingSession,
  { answer, index }: { answer: string; index?: string },
): Promise<Report> {
  const { provider, deployment } = session;
  const { receiptId, receipt, leaf, isPlaced } = await answerInput(session, "answer", answer, index);
  const confidence = isPlaced
    ? await checkAnswer(provider, deployment, { leaf })
    : await checkReceipt(provider, deployment, { receipt });
  const { status, methods, backed, payableNow, publishedAt, finalAt } = confidence;
  const name = nameOf(AnswerStatus, status);
  return {
    sentence: `The answer is ${name}.`,
    data: {
      receiptId,
      status: name,
      methods: Object.entries(Method)
        .filter(([, bit]) => (methods & bit) !== 0)
        .map(([method]) => method),
      backed: new Amount(backed),
      payableNow: new Amount(payableNow),
      publishedAt: publishedAt === 0 ? undefined : new Time(publishedAt),
      finalAt: finalAt === 0 ? undefined : new Time(finalAt),
    },
  };
}

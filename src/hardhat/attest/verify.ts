import { verifyReceipt } from "../../actions/verifyReceipt.ts";
import { answerInput } from "../answerInput.ts";
import { Amount } from "../cells.ts";
import { amountInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { ReadingSession } from "../session.ts";

const PUBLISHED =
  'The answer is published, so that its receipt promises nothing more: "attest check" says what it is worth.';

export async function verify(
  session: ReadingSession,
  { file, trust }: { file: string; trust?: string },
): Promise<Report> {
  const { provider, deployment, unit } = session;
  const { receipt, signature, request, output, receiptId } = await answerInput(session, "file", file);
  const verdict = await verifyReceipt(provider, deployment, {
    signed: { receipt, signature },
    ...{ request, output },
    ...(trust === undefined ? {} : { courtTrust: amountInput("--trust", trust, unit) }),
  });
  const { ok, problems, payableIfAnchored } = verdict;
  const isPublished = problems.some(({ code }) => code === "PUBLISHED");
  return {
    sentence: isPublished ? PUBLISHED : ok ? "The receipt can be relied on." : "The receipt cannot be relied on.",
    data: {
      receiptId,
      ok,
      payableIfAnchored: new Amount(payableIfAnchored),
      problems: problems.map((p) => ({ ...p })),
    },
  };
}

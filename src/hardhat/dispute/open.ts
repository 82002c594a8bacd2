import { openCase } from "../../actions/openCase.ts";
import { answerInput } from "../answerInput.ts";
import { Amount } from "../cells.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function open(
  session: Session,
  { answer, evidence, index }: { answer: string; evidence: string; index?: string },
): Promise<Report> {
  const { leaf, request, output } = await answerInput(session, "answer", answer, index);
  const opened = await openCase(session.signer, session.deployment, { leaf, request, output, evidenceURI: evidence });
  const { caseId, bond, fee } = opened;
  return { sentence: `Case ${caseId} is open.`, data: { caseId, bond: new Amount(bond), fee: new Amount(fee) } };
}

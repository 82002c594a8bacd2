import { submitEvidence } from "../../actions/submitEvidence.ts";
import type { ReceiptId } from "../../protocol/ids.ts";
import { idInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function evidence(
  { signer, deployment }: Session,
  args: { case: string; evidence: string },
): Promise<Report> {
  const caseId = idInput<ReceiptId>("case", args.case);
  const inTime = await submitEvidence(signer, deployment, { caseId, evidenceURI: args.evidence });
  const sentence = inTime ? "The evidence is in the case." : "The evidence is in the case, marked as late.";
  return { sentence, data: { caseId, evidenceURI: args.evidence, inTime } };
}

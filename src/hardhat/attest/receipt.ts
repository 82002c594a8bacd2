import { anchorReceipt } from "../../actions/anchorReceipt.ts";
import { answerInput } from "../answerInput.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";
import { publishedReport } from "./published.ts";

export async function receipt(session: Session, { file }: { file: string }): Promise<Report> {
  const { receipt: content, signature, request, output } = await answerInput(session, "file", file);
  const signed = { receipt: content, signature };
  return publishedReport(await anchorReceipt(session.signer, session.deployment, { signed, request, output }));
}

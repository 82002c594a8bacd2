import { publishAnswer } from "../../actions/publishAnswer.ts";
import { leafInput } from "../answerInput.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";
import { publishedReport } from "./published.ts";

export async function publish(session: Session, { file, index }: { file: string; index?: string }): Promise<Report> {
  const { leaf, request, output } = await leafInput(session, "file", file, index);
  return publishedReport(await publishAnswer(session.signer, session.deployment, { leaf, request, output }));
}

import { mergeReceipt } from "../../actions/mergeReceipt.ts";
import { leafInput } from "../answerInput.ts";
import { Amount } from "../cells.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function merge(session: Session, { file, index }: { file: string; index?: string }): Promise<Report> {
  const { leaf, receiptId } = await leafInput(session, "file", file, index);
  const { filled, freed } = await mergeReceipt(session.signer, session.deployment, { leaf });
  return {
    sentence: "The receipt is locked once.",
    data: { receiptId, filled: new Amount(filled), freed: new Amount(freed) },
  };
}

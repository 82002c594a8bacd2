import { honour } from "../../actions/honour.ts";
import { answerInput } from "../answerInput.ts";
import { Amount } from "../cells.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function honourReceipt(session: Session, { answer }: { answer: string }): Promise<Report> {
  const { receipt, receiptId } = await answerInput(session, "answer", answer);
  const added = await honour(session.signer, session.deployment, { receipt });
  return { sentence: "The lock of the receipt is whole.", data: { receiptId, added: new Amount(added) } };
}

import { getAddress } from "ethers";

import { slashDishonoured } from "../../actions/slashDishonoured.ts";
import { answerInput } from "../answerInput.ts";
import { Amount } from "../cells.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function dishonoured(session: Session, { answer }: { answer: string }): Promise<Report> {
  const { receipt, receiptId } = await answerInput(session, "answer", answer);
  const taken = await slashDishonoured(session.signer, session.deployment, { receipt });
  const operator = getAddress(receipt.operator);
  return { sentence: "The bond has paid for the promise.", data: { receiptId, operator, taken: new Amount(taken) } };
}

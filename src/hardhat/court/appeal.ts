import { contributeToAppeal } from "../../actions/contributeToAppeal.ts";
import type { ReceiptId } from "../../protocol/ids.ts";
import { Amount } from "../cells.ts";
import { amountInput, idInput, wordInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";
import { RULINGS } from "../words.ts";

type Arguments = { case: string; asked: string; amount: string };

export async function appeal({ signer, deployment, unit }: Session, args: Arguments): Promise<Report> {
  const caseId = idInput<ReceiptId>("case", args.case);
  const asked = wordInput("asked", args.asked, RULINGS);
  const amount = amountInput("amount", args.amount, unit);
  const { round, taken, missing } = await contributeToAppeal(signer, deployment, { caseId, asked, amount });
  return {
    sentence: missing === 0n ? "The appeal is full: the next round is open." : "The appeal is not full yet.",
    data: { caseId, round, asked: args.asked, taken: new Amount(taken), missing: new Amount(missing) },
  };
}

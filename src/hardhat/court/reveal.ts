import { revealBallot } from "../../actions/revealBallot.ts";
import type { ReceiptId } from "../../protocol/ids.ts";
import { addressInput, idInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";
import { CHOICES, wordOf } from "../words.ts";

export async function reveal({ signer, deployment }: Session, args: { case: string; voter?: string }): Promise<Report> {
  const caseId = idInput<ReceiptId>("case", args.case);
  const voter = addressInput("--voter", args.voter ?? (await signer.getAddress()));
  const choice = wordOf(CHOICES, await revealBallot(signer, deployment, { caseId, voter }));
  return { sentence: `The ballot is open: ${choice}.`, data: { caseId, voter, choice } };
}

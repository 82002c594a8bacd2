import { commitBallot } from "../../actions/commitBallot.ts";
import type { ReceiptId } from "../../protocol/ids.ts";
import { addressInput, idInput, wordInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";
import { CHOICES } from "../words.ts";

type Arguments = { case: string; choice: string; voter?: string };

export async function commit({ signer, deployment }: Session, args: Arguments): Promise<Report> {
  const caseId = idInput<ReceiptId>("case", args.case);
  const choice = wordInput("choice", args.choice, CHOICES);
  const voter = addressInput("--voter", args.voter ?? (await signer.getAddress()));
  const { round, commitHash, weight } = await commitBallot(signer, deployment, { caseId, choice, voter });
  return {
    sentence: "The ballot is committed. Open it in the reveal phase, or it is lost.",
    data: { caseId, round: round + 1, voter, commitHash, weight },
  };
}

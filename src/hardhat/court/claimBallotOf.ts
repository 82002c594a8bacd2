import { claimBallot } from "../../actions/claimBallot.ts";
import type { ReceiptId } from "../../protocol/ids.ts";
import { Amount } from "../cells.ts";
import { addressInput, countInput, idInput, InputError } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

type Arguments = { case: string; round: string; voter?: string };

export async function claimBallotOf({ signer, deployment }: Session, args: Arguments): Promise<Report> {
  const caseId = idInput<ReceiptId>("case", args.case);
  const round = countInput("round", args.round);
  if (round < 1) throw new InputError("round", args.round, "the number of a round, from 1");
  const voter = addressInput("--voter", args.voter ?? (await signer.getAddress()));
  const { paid, forfeited } = await claimBallot(signer, deployment, { caseId, round: round - 1, voter });
  return {
    sentence: "The ballot is settled.",
    data: { caseId, round, voter, paid: new Amount(paid), forfeited: new Amount(forfeited) },
  };
}

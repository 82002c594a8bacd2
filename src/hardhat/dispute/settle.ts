import { settleCase } from "../../actions/settleCase.ts";
import { answerInput } from "../answerInput.ts";
import { Amount } from "../cells.ts";
import { idInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";
import { RULINGS, wordOf } from "../words.ts";

export async function settle(session: Session, args: { case: string }): Promise<Report> {
  const { receipt, receiptId } = await answerInput(session, "case", idInput("case", args.case));
  const settled = await settleCase(session.signer, session.deployment, { receipt });
  const { taken, payouts, toOperator, toReserve, bounty } = settled;
  const ruling = wordOf(RULINGS, settled.ruling);
  return {
    sentence: `The case is settled: ${ruling}.`,
    data: {
      caseId: receiptId,
      ruling,
      taken: new Amount(taken),
      payouts: payouts.map((amount) => new Amount(amount)),
      toOperator: new Amount(toOperator),
      toReserve: new Amount(toReserve),
      bounty: new Amount(bounty),
    },
  };
}

import { getAddress } from "ethers";

import { slashEquivocation, type SigningEvidence } from "../../actions/slashEquivocation.ts";
import { answerInput, type GivenAnswer } from "../answerInput.ts";
import { Amount } from "../cells.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

type Arguments = { first: string; second: string; firstIndex?: string; secondIndex?: string };

/** A leaf of an anchored batch speaks for itself; a receipt alone needs its signature. */
const evidenceOf = ({ leaf, isPlaced, receipt, signature }: GivenAnswer): SigningEvidence =>
  isPlaced ? leaf : { receipt, signature };

export async function report(session: Session, args: Arguments): Promise<Report> {
  const first = await answerInput(session, "first", args.first, args.firstIndex);
  const second = await answerInput(session, "second", args.second, args.secondIndex);
  const evidence = { first: evidenceOf(first), second: evidenceOf(second) };
  const taken = await slashEquivocation(session.signer, session.deployment, evidence);
  const operator = getAddress(first.receipt.operator);
  return { sentence: `${operator} is out for good.`, data: { operator, taken: new Amount(taken) } };
}

import { isHexString } from "ethers";

import { proveAnswer } from "../../actions/proveAnswer.ts";
import { answerInput } from "../answerInput.ts";
import { InputError } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function prove(session: Session, { answer, proof }: { answer: string; proof: string }): Promise<Report> {
  if (!isHexString(proof, true)) throw new InputError("proof", proof, "bytes in hex");
  const { receipt, receiptId } = await answerInput(session, "answer", answer);
  await proveAnswer(session.signer, session.deployment, { receipt, proof });
  return { sentence: "The proof is recorded.", data: { receiptId, method: "Proven" } };
}

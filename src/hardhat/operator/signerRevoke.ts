import { revokeSigner } from "../../actions/revokeSigner.ts";
import { Time } from "../cells.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";
import { signerInput } from "./signerInput.ts";

export async function signerRevoke({ signer, deployment }: Session, args: { signer: string }): Promise<Report> {
  const signerId = signerInput(args.signer);
  const validUntil = await revokeSigner(signer, deployment, { signerId });
  return { sentence: "The key signs no more.", data: { signerId, validUntil: new Time(validUntil) } };
}

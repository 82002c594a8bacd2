import { fixSeed } from "../../actions/fixSeed.ts";
import { nameSeed } from "../../actions/nameSeed.ts";
import { ContractError } from "../../protocol/errors.ts";
import type { ReceiptId } from "../../protocol/ids.ts";
import { idInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function seed({ signer, deployment }: Session, args: { case: string }): Promise<Report> {
  const caseId = idInput<ReceiptId>("case", args.case);
  try {
    const fixed = await fixSeed(signer, deployment, { caseId });
    return { sentence: "The seed is fixed: the panel is known, and votes.", data: { caseId, seed: fixed } };
  } catch (error) {
    if (!(error instanceof ContractError) || error.code !== "SeedUnknown") throw error;
    return nameOrWait({ signer, deployment }, caseId, error);
  }
}

/** @throws `notYet` if the seed was asked for already. */
async function nameOrWait(
  { signer, deployment }: Pick<Session, "signer" | "deployment">,
  caseId: ReceiptId,
  notYet: ContractError,
): Promise<Report> {
  try {
    const ticket = await nameSeed(signer, deployment, { caseId });
    const sentence = `The seed is asked for: the hash of block ${ticket}. Run this again once that block is there.`;
    return { sentence, data: { caseId, block: ticket } };
  } catch (error) {
    throw error instanceof ContractError && error.code === "SeedNamed" ? notYet : error;
  }
}

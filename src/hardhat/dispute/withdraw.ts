import { withdrawBond } from "../../actions/withdrawBond.ts";
import { withdrawContribution } from "../../actions/withdrawContribution.ts";
import type { ReceiptId } from "../../protocol/ids.ts";
import { Amount } from "../cells.ts";
import { addressInput, countInput, idInput, wordInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";
import { RULINGS } from "../words.ts";

type Arguments = { id: string; round?: string; asked?: string; contributor?: string };

export async function withdraw({ signer, deployment }: Session, args: Arguments): Promise<Report> {
  if (/^\d+$/.test(args.id)) {
    const game = countInput("id", args.id);
    const bond = await withdrawBond(signer, deployment, { gameId: BigInt(game) });
    return { sentence: "The bond is credited to the challenger.", data: { game, bond: new Amount(bond) } };
  }
  const caseId = idInput<ReceiptId>("id", args.id);
  const amount = await withdrawContribution(signer, deployment, {
    caseId,
    round: countInput("--round", args.round),
    asked: wordInput("--asked", args.asked, RULINGS),
    contributor: addressInput("--contributor", args.contributor ?? (await signer.getAddress())),
  });
  return { sentence: "The contribution is credited.", data: { caseId, amount: new Amount(amount) } };
}

import { claim } from "../../actions/claim.ts";
import { Amount } from "../cells.ts";
import { addressInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function claimCredit({ signer, deployment }: Session, args: { account?: string }): Promise<Report> {
  const account = addressInput("account", args.account ?? (await signer.getAddress()));
  const amount = await claim(signer, deployment, { account });
  return { sentence: `The credit of ${account} is paid out.`, data: { account, amount: new Amount(amount) } };
}

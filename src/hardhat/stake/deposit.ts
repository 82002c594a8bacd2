import { stake } from "../../actions/stake.ts";
import { Amount } from "../cells.ts";
import { amountInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function deposit({ signer, deployment, unit }: Session, args: { amount: string }): Promise<Report> {
  const amount = amountInput("amount", args.amount, unit);
  await stake(signer, deployment, { amount });
  const account = await signer.getAddress();
  return {
    sentence: `${account} has staked ${args.amount} ${unit.symbol}.`,
    data: { account, amount: new Amount(amount) },
  };
}

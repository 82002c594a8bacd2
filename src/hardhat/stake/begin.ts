import { unstake } from "../../actions/unstake.ts";
import { Amount, Time } from "../cells.ts";
import { amountInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function begin({ signer, deployment, unit }: Session, args: { amount: string }): Promise<Report> {
  const amount = amountInput("amount", args.amount, unit);
  const maturesAt = await unstake(signer, deployment, { amount });
  return {
    sentence: "The stake is unbonding.",
    data: { account: await signer.getAddress(), amount: new Amount(amount), maturesAt: new Time(maturesAt) },
  };
}

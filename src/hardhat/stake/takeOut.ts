import { withdraw } from "../../actions/withdraw.ts";
import { Amount } from "../cells.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function takeOut({ signer, deployment }: Session): Promise<Report> {
  const amount = await withdraw(signer, deployment);
  return {
    sentence: "The stake is paid out.",
    data: { account: await signer.getAddress(), amount: new Amount(amount) },
  };
}

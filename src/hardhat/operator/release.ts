import { releaseBond } from "../../actions/releaseBond.ts";
import { Amount } from "../cells.ts";
import { addressInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function release({ signer, deployment }: Session, args: { operator?: string }): Promise<Report> {
  const operator = addressInput("operator", args.operator ?? (await signer.getAddress()));
  const amount = await releaseBond(signer, deployment, { operator });
  return { sentence: `The bond of ${operator} is free.`, data: { operator, amount: new Amount(amount) } };
}

import { sweep } from "../../actions/sweep.ts";
import { Amount } from "../cells.ts";
import { addressInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function sweepLocks({ signer, deployment }: Session, args: { operator?: string }): Promise<Report> {
  const operator = addressInput("operator", args.operator ?? (await signer.getAddress()));
  const freed = await sweep(signer, deployment, { operator });
  return { sentence: "Locks that have run out are free.", data: { operator, freed: new Amount(freed) } };
}

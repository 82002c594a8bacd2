import { retireOperator } from "../../actions/retireOperator.ts";
import { Time } from "../cells.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function retire({ signer, deployment }: Session): Promise<Report> {
  const bondFreeAt = await retireOperator(signer, deployment);
  const operator = await signer.getAddress();
  return { sentence: `${operator} is retired.`, data: { operator, bondFreeAt: new Time(bondFreeAt) } };
}

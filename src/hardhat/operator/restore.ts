import { restoreBond } from "../../actions/restoreBond.ts";
import { Amount } from "../cells.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function restore({ signer, deployment }: Session): Promise<Report> {
  const added = await restoreBond(signer, deployment);
  const operator = await signer.getAddress();
  return { sentence: "The standing bond is whole again.", data: { operator, added: new Amount(added) } };
}

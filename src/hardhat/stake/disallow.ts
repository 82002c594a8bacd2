import { optOut } from "../../actions/optOut.ts";
import { Time } from "../cells.ts";
import { wordInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function disallow({ signer, deployment }: Session, args: { module: string }): Promise<Report> {
  const { operators, attestations, court } = deployment;
  const module = wordInput("module", args.module, { operators, attestations, court });
  const effectiveAt = await optOut(signer, deployment, { module });
  return {
    sentence: `From then on, ${args.module} can lock no more stake of the account.`,
    data: { account: await signer.getAddress(), module, effectiveAt: new Time(effectiveAt) },
  };
}

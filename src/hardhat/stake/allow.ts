import { optIn } from "../../actions/optIn.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function allow({ signer, deployment }: Session): Promise<Report> {
  await optIn(signer, deployment);
  const { operators, attestations } = deployment;
  return {
    sentence: "The registries that operators answer to may lock stake of the account.",
    data: { account: await signer.getAddress(), operators, attestations },
  };
}

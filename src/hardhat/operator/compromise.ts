import { reportCompromise } from "../../actions/reportCompromise.ts";
import { Time } from "../cells.ts";
import { timeInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";
import { signerInput } from "./signerInput.ts";

export async function compromise(
  { signer, deployment }: Session,
  args: { signer: string; since?: string },
): Promise<Report> {
  const signerId = signerInput(args.signer);
  const since = timeInput("--since", args.since);
  await reportCompromise(signer, deployment, { signerId, since });
  return {
    sentence: "The key is reported as stolen and signs no more.",
    data: { signerId, since: new Time(since) },
  };
}

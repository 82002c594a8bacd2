import { enroll } from "../../actions/enroll.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function join({ signer, deployment }: Session): Promise<Report> {
  await enroll(signer, deployment);
  const account = await signer.getAddress();
  return { sentence: `${account} is enrolled: its stake carries votes.`, data: { account, enrolled: true } };
}

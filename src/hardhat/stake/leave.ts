import { unenroll } from "../../actions/unenroll.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";

export async function leave({ signer, deployment }: Session): Promise<Report> {
  await unenroll(signer, deployment);
  const account = await signer.getAddress();
  return { sentence: `${account} is not enrolled any more.`, data: { account, enrolled: false } };
}

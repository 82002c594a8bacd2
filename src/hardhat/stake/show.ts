import { addressInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { ReadingSession } from "../session.ts";
import { stakeFacts } from "./facts.ts";

export async function show(session: ReadingSession, args: { account: string }): Promise<Report> {
  const account = addressInput("account", args.account);
  return { sentence: `Account ${account}`, data: { account, ...(await stakeFacts(session, account)) } };
}

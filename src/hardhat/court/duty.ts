import { readDuties } from "../../actions/readDuties.ts";
import { Time } from "../cells.ts";
import { addressInput } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { ReadingSession } from "../session.ts";
import { RULINGS, wordOf } from "../words.ts";

export async function duty(
  { provider, deployment, fromBlock }: ReadingSession,
  args: { account: string },
): Promise<Report> {
  const account = addressInput("account", args.account);
  const duties = await readDuties(provider, deployment, { account, fromBlock });
  return {
    sentence: duties.length === 0 ? `${account} has nothing to do.` : `${account} has ${duties.length} things to do:`,
    data: {
      account,
      duties: duties.map(({ kind, caseId, round, deadline, asked, sentence }) => ({
        ...{ kind, caseId },
        // An appeal is named by the round that it opens, from 1, which is the number of the round before.
        round: kind === "withdrawContribution" ? round : round + 1,
        deadline: deadline === 0 ? undefined : new Time(deadline),
        asked: asked === undefined ? undefined : wordOf(RULINGS, asked),
        sentence,
      })),
    },
  };
}

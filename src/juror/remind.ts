import type { Duty } from "../chain/caseDuties.ts";
import type { Juror } from "./juror.ts";

/** What a webhook gets. Times in Unix seconds of the chain. */
export type Reminder = Pick<Duty, "kind" | "caseId" | "round" | "deadline" | "sentence"> & {
  account: string;
  secondsLeft: number;
};

/** Stands for "as soon as it is known" among the hours. */
const AT_ONCE = 0;

/**
 * Reminds the person of a duty when it appears and at the configured hours before its deadline, once each, whatever
 * restarts come between: that it was given is on disk before it is given. In the log, and to the webhook if there is one.
 * @param now Chain time, Unix seconds.
 * @returns whether it reminded.
 */
export async function remind(juror: Juror, duty: Duty, now: number): Promise<boolean> {
  const { config, environment, account } = juror;
  const { kind, caseId, round, deadline, sentence } = duty;
  const secondsLeft = deadline - now;
  if (!isDue(juror, duty, secondsLeft)) return false;
  const reminder: Reminder = { kind, caseId, round, deadline, sentence, account, secondsLeft };
  environment.log[kind === "revealBallot" ? "error" : "warn"]({ kind, caseId, round, deadline, secondsLeft }, sentence);
  const { webhook, webhookSeconds } = config.reminders;
  if (webhook !== undefined) await post(juror, webhook, webhookSeconds * 1000, reminder);
  return true;
}

/** Every hour that has come counts as given, so that a late start reminds once. */
function isDue({ config, reminders, transaction }: Juror, duty: Duty, secondsLeft: number): boolean {
  const { kind, caseId, round } = duty;
  const come = config.reminders.hours.filter((hours) => secondsLeft <= hours * 3600);
  const moments = kind === "commitBallot" ? [AT_ONCE, ...come] : come;
  const name = `${kind} ${caseId} ${round}`;
  return transaction(() => moments.filter((hours) => reminders.add(name, hours)).length > 0);
}

async function post({ environment }: Juror, url: string, timeoutMs: number, reminder: Reminder): Promise<void> {
  try {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(reminder),
      redirect: "error",
      signal: AbortSignal.timeout(timeoutMs),
    });
    await response.body?.cancel();
    if (!response.ok) environment.log.warn({ status: response.status }, "the webhook refused a reminder");
  } catch (error) {
    environment.log.warn({ err: error }, "the webhook did not take a reminder");
  }
}

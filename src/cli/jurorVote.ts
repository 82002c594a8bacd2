import { loadConfig } from "../daemon/config.ts";
import { processClock } from "../daemon/lifecycle.ts";
import { createLog } from "../daemon/log.ts";
import { CredenceError, RetryableError } from "../errors.ts";
import { castVote, type CastVote } from "../juror/castVote.ts";
import { choiceOf, nameOfChoice } from "../juror/choices.ts";
import { jurorSchema, type JurorConfig } from "../juror/config.ts";
import { askForVote } from "../juror/control.ts";
import { openJuror } from "../juror/juror.ts";
import { parseId, type ReceiptId } from "../protocol/ids.ts";
import { print } from "./print.ts";
import { secretUrlsOf } from "./secretUrls.ts";

/** What a person says on the command line. */
export type SpokenVote = { caseId: string; choice: string; change: boolean };

/** Votes through the program that runs on the journal, or by itself if none does. */
export async function vote(configPath: string, spoken: SpokenVote, isJson: boolean): Promise<void> {
  const config = await loadConfig(configPath, jurorSchema, process.env);
  parseId(spoken.caseId);
  choiceOf(spoken.choice);
  const sent = await askForVote(config.journal, spoken);
  const cast = sent ?? (await voteAlone(config, spoken));
  const isOpened = sent !== undefined;
  print(isJson, { ...cast, choice: nameOfChoice(cast.choice), isProgramRunning: isOpened }, () => [
    `${cast.wasThere ? "Had voted" : "Voted"} ${nameOfChoice(cast.choice)} in round ${cast.round + 1} of case ${cast.caseId}.`,
    isOpened
      ? "The running program opens the ballot when the reveal phase begins."
      : 'No program runs: start "credence juror run" before the reveal phase, or the ballot stays closed and its risk is lost.',
  ]);
}

async function voteAlone(config: JurorConfig, { caseId, choice, change }: SpokenVote): Promise<CastVote> {
  const controller = new AbortController();
  const log = createLog({
    program: "juror",
    level: config.log.level === "silent" ? "silent" : "warn",
    secrets: secretUrlsOf(config),
    destination: process.stderr,
  });
  const environment = { ...processClock, log, signal: controller.signal, variables: process.env };
  try {
    const juror = await openJuror(config, environment);
    try {
      const parameters = { caseId: parseId<ReceiptId>(caseId), choice: choiceOf(choice), mayChange: change };
      return await castVote(juror, parameters);
    } finally {
      controller.abort(new RetryableError("STOPPING", "the command has ended"));
      juror.close();
    }
  } catch (error) {
    const isStarting = error instanceof CredenceError && error.code === "JOURNAL_IN_USE";
    if (!isStarting) throw error;
    const sentence = `${config.journal}: a program that is starting or stopping has the journal: try again in a minute`;
    throw new RetryableError("JOURNAL_BUSY", sentence, { cause: error });
  }
}

import { existsSync } from "node:fs";

import { loadConfig } from "../daemon/config.ts";
import { readDeployment } from "../daemon/deployments.ts";
import { addressOfKey } from "../daemon/keys.ts";
import { nameOfChoice } from "../juror/choices.ts";
import { jurorSchema, type JurorConfig } from "../juror/config.ts";
import { askForVotes, listedVote, type ListedVote } from "../juror/control.ts";
import { openJurorJournal } from "../juror/juror.ts";
import { voteTable } from "../juror/voteTable.ts";
import { print } from "./print.ts";

/** Prints the votes of a journal, from the program that runs on it or from the file. */
export async function printBallots(configPath: string, isJson: boolean): Promise<void> {
  const config = await loadConfig(configPath, jurorSchema, process.env);
  const votes = (await askForVotes(config.journal)) ?? (await votesIn(config));
  const listed = votes.map(({ choice, ...rest }) => ({ ...rest, choice: nameOfChoice(choice) }));
  print(isJson, listed, () =>
    listed.map(
      ({ caseId, round, choice, state, commitHash }) =>
        `${caseId} round ${round + 1}: ${choice}, ${state} (${commitHash})`,
    ),
  );
}

async function votesIn(config: JurorConfig): Promise<ListedVote[]> {
  if (!existsSync(config.journal)) return [];
  const account = config.account ?? (await addressOfKey(config.keys.sender));
  const { deployment } = await readDeployment(config.chain);
  const journal = openJurorJournal(config, deployment, account);
  try {
    return voteTable(journal).all().map(listedVote);
  } finally {
    journal.close();
  }
}

import type { Command } from "commander";

import { runProgram } from "./runProgram.ts";
import { writeTemplate } from "./writeTemplate.ts";

const FILE = "juror.json5";

const EXAMPLES = `
Examples:
  credence juror init
  credence juror run --config ${FILE}
  credence juror duties
  credence juror vote 0x5c1f…e2 overturned
  credence juror vote 0x5c1f…e2 upheld --change
  credence juror ballots --json`;

const VOTE_HELP = `
Choices:
  overturned  the operator is at fault
  upheld      it is not
  undecided   the evidence does not tell

The running program sends the vote, or this command does if none runs. Choice and salt are on disk before anything
is sent. The ballot is opened by the running program when the reveal phase begins: a ballot that stays closed loses
its whole risk. Until the commit phase ends another vote can be cast with --change; the last one counts.`;

type Options = { config: string; json?: boolean; change?: boolean };

/** `credence juror …` */
export function addJurorCommands(program: Command): void {
  const juror = program
    .command("juror")
    .description("reminds, votes as you say, opens ballots, claims")
    .addHelpText("after", EXAMPLES);

  juror
    .command("init")
    .description("write a configuration file to be filled in")
    .argument("[file]", "where to write it", FILE)
    .action(async (file: string) => {
      const { JUROR_TEMPLATE } = await import("./templates/juror.ts");
      await writeTemplate(file, JUROR_TEMPLATE);
    });

  juror
    .command("run")
    .description("run until SIGINT or SIGTERM; the log goes to standard output")
    .option("-c, --config <file>", "configuration file", FILE)
    .action(async ({ config: configPath }: Options) => {
      const { startJuror: start } = await import("../juror/main.ts");
      const { jurorSchema: schema } = await import("../juror/config.ts");
      await runProgram({ program: "juror", configPath, schema, start });
    });

  juror
    .command("duties")
    .description("what there is to do for the account now, most urgent first")
    .option("-c, --config <file>", "configuration file", FILE)
    .option("--json", "for programs")
    .action(async ({ config, json }: Options) => {
      const { printDuties } = await import("./jurorDuties.ts");
      await printDuties(config, json === true);
    });

  juror
    .command("vote")
    .description("vote in a case, by your explicit choice")
    .argument("<case>", "id of the case, 0x and 64 hex digits")
    .argument("<choice>", "overturned, upheld or undecided")
    .option("-c, --config <file>", "configuration file", FILE)
    .option("--change", "replace a vote for something else")
    .option("--json", "for programs")
    .addHelpText("after", VOTE_HELP)
    .action(async (caseId: string, choice: string, { config, change, json }: Options) => {
      const { vote } = await import("./jurorVote.ts");
      await vote(config, { caseId, choice, change: change === true }, json === true);
    });

  juror
    .command("ballots")
    .description("the votes in the journal, newest first")
    .option("-c, --config <file>", "configuration file", FILE)
    .option("--json", "for programs")
    .action(async ({ config, json }: Options) => {
      const { printBallots } = await import("./jurorBallots.ts");
      await printBallots(config, json === true);
    });
}

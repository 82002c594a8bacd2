import type { Command } from "commander";

import { runProgram } from "./runProgram.ts";
import { writeTemplate } from "./writeTemplate.ts";

const FILE = "challenger.json5";

const EXAMPLES = `
Examples:
  credence challenger init
  credence config check challenger ${FILE}
  credence challenger run --config ${FILE}`;

/** `credence challenger …` */
export function addChallengerCommands(program: Command): void {
  const challenger = program
    .command("challenger")
    .description("replays answers, contests wrong ones, plays games, reports")
    .addHelpText("after", EXAMPLES);

  challenger
    .command("init")
    .description("write a configuration file to be filled in")
    .argument("[file]", "where to write it", FILE)
    .action(async (file: string) => {
      const { CHALLENGER_TEMPLATE } = await import("./templates/challenger.ts");
      await writeTemplate(file, CHALLENGER_TEMPLATE);
    });

  challenger
    .command("run")
    .description("run until SIGINT or SIGTERM; the log goes to standard output")
    .option("-c, --config <file>", "configuration file", FILE)
    .action(async ({ config: configPath }: { config: string }) => {
      const { startChallenger: start } = await import("../challenger/main.ts");
      const { challengerSchema: schema } = await import("../challenger/config.ts");
      await runProgram({ program: "challenger", configPath, schema, start });
    });
}

import { Argument, type Command } from "commander";

import { PROGRAMS, type ProgramName } from "./schemas.ts";

const EXAMPLES = `
Examples:
  credence config check juror juror.json5
  credence config check challenger challenger.json5 --json

The file is read as the program would read it: every field is checked, and that the address book and the keystores
that it names are there. Nothing is sent, and no password is asked for.`;

/** `credence config …` */
export function addConfigCommands(program: Command): void {
  const config = program.command("config").description("checks configuration files").addHelpText("after", EXAMPLES);

  config
    .command("check")
    .description("say what is wrong with a configuration file")
    .addArgument(new Argument("<program>", "whose configuration it is").choices(PROGRAMS))
    .argument("<file>", "configuration file")
    .option("--json", "print what was read, for programs")
    .action(async (name: ProgramName, file: string, { json }: { json?: boolean }) => {
      const { checkConfig } = await import("./checkConfig.ts");
      await checkConfig(name, file, json === true);
    });
}

import { createRequire } from "node:module";

import { Command } from "commander";

import { addChallengerCommands } from "./challengerCommands.ts";
import { addConfigCommands } from "./configCommands.ts";
import { addJurorCommands } from "./jurorCommands.ts";
import { addKeysCommands } from "./keysCommands.ts";
import { addOperatorCommands } from "./operatorCommands.ts";

const EXIT_CODES = `
Exit codes:
  0  done
  1  failed, and will fail again until something is changed
  2  the command line or the configuration file is wrong
  3  something did not answer: try again later

A key or a password is never an argument: see "credence keys --help".`;

/** The command `credence` with all its commands, which load what they need only when they run. */
export function credenceCommand(): Command {
  const { version } = createRequire(import.meta.url)("credence/package.json") as { version: string };
  const command = new Command("credence")
    .description("Runs an operator, a challenger or a juror of Credence, and keeps their keys.")
    .version(version)
    .exitOverride()
    .showHelpAfterError("(--help tells more)")
    .addHelpText("after", EXIT_CODES);
  addOperatorCommands(command);
  addChallengerCommands(command);
  addJurorCommands(command);
  addKeysCommands(command);
  addConfigCommands(command);
  return command;
}

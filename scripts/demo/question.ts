/** What the command line asks the model; read before anything is built, so that `--help` answers at once. */
import { Command } from "commander";

const program = new Command("npm start --")
  .description(
    "Plays the main job in three acts on a chain inside this process, real contracts and real models: a contract relies on " +
      "an answer, token holders decide about one, arithmetic decides about one. Nothing is sent to a network.",
  )
  .argument("[words...]", "a text of your own: its language is the first thing the model of the first act is asked")
  .helpOption("-h, --help", "print this, and nothing else")
  .addHelpText(
    "after",
    `
Exit code: 0 if every statement it printed held, 1 otherwise.

Examples:
  npm start
  npm start -- Wo bitte geht es zum Bahnhof?
  npm start -- -- --words that begin with a hyphen`,
  )
  .parse();

/** The words, or none. */
export const question = program.args.join(" ").trim();

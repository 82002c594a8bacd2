import { Command, InvalidArgumentError, Option } from "commander";

import { type Chain, CHAINS } from "./chainProcess.ts";
import { STORIES, type Way, WAYS } from "./ways.ts";

/** What the command line asks for. */
export type Options = {
  readonly chain: Chain;
  readonly dishonest: Way;
  readonly story?: true;
  readonly json?: true;
  readonly keep?: true;
  readonly port?: number;
  /** Seconds of the chain's time in one of ours. */
  readonly speed: number;
  /** Ends by itself after that many seconds; 0: never. */
  readonly seconds: number;
};

const integer =
  (minimum: number, maximum: number) =>
  (text: string): number => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= minimum && value <= maximum) return value;
    throw new InvalidArgumentError(`expected a whole number of ${minimum} to ${maximum}`);
  };

const ways = WAYS.map((way) => {
  const { does, end } = STORIES[way];
  return `  ${way}\n${wrapped(`It ${does}. ${end}`)}`;
}).join("\n");

const HELP = `
Starts a chain behind JSON-RPC, deploys the protocol through Ignition, publishes a language identifier and a reader of
digits, and runs three operators, two challengers and a juror as processes of the command "credence", all on 127.0.0.1.
Customers keep asking. Ctrl-C ends everything; nothing is left behind unless --keep is given.

How the third operator can be dishonest:
${ways}

The story (--story): the three acts of "npm start" with real processes: an answer relied upon, a verdict of token holders,
a proof by arithmetic. Every statement is checked against the chain; the exit code is 0 if all hold.

Exit code: 0 if it was ended by Ctrl-C (npm itself then says 130) or --seconds; 1 if a process ended by itself, which is named with its last words.

Examples:
  npm run devnet
  npm run devnet -- --dishonest withheld-trace --speed 600
  npm run devnet -- --chain anvil --json --seconds 60
  npm run devnet -- --story`;

/** @param argv as `process.argv`. Prints and exits on --help and on what it does not understand. */
export function parseOptions(argv: readonly string[]): Options {
  return new Command("npm run devnet --")
    .description("The whole system on this machine.")
    .addOption(new Option("--chain <program>", "program that keeps the chain").choices(CHAINS).default("hardhat"))
    .addOption(
      new Option("--dishonest <way>", "how the third operator is dishonest").choices(WAYS).default("wrong-trace"),
    )
    .option("--story", "play the three acts of npm start as processes, and end")
    .option("--json", "one line of JSON for each status, instead of a screen (npm run -s)")
    .option("--keep", "keep keys, configs, journals and logs, and say where")
    .option("--port <number>", "port of the chain; a free one unless given", integer(1, 65_535))
    .option("--speed <number>", "seconds of the chain's time in one of ours", integer(1, 3_600), 60)
    .option("--seconds <number>", "end that many seconds after the programs have started", integer(0, 86_400), 0)
    .addHelpText("after", HELP)
    .parse(argv)
    .opts<Options>();
}

/** Lines of at most 116 characters, indented. */
function wrapped(text: string): string {
  return text.replace(/(.{1,112})(?: |$)/g, "      $1\n").trimEnd();
}

import { CommanderError } from "commander";

import { CredenceError, RetryableError } from "../errors.ts";
import { describeError } from "../protocol/errors.ts";
import { credenceCommand } from "./credenceCommand.ts";
import { ExitCode } from "./exitCodes.ts";

/** What is wrong with what was written, not with what happened. */
const USAGE_CODES: ReadonlySet<string> = new Set([
  "CHOICE_UNKNOWN",
  "CONFIG_EXISTS",
  "CONFIG_INVALID",
  "CONFIG_UNREADABLE",
  "DEPLOYMENT_OTHER_CHAIN",
  "DEPLOYMENT_UNREADABLE",
  "ID_MALFORMED",
]);

/** Runs the command that the arguments name. @returns the exit code. */
export async function runCommand(argv: readonly string[]): Promise<ExitCode> {
  try {
    await credenceCommand().parseAsync([...argv]);
    return ExitCode.Done;
  } catch (error) {
    // commander has said it, or has shown what was asked for
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.Done : ExitCode.Usage;
    process.stderr.write(`credence: ${sentenceOf(error)}\n`);
    if (error instanceof RetryableError) return ExitCode.TryAgain;
    return error instanceof CredenceError && USAGE_CODES.has(error.code) ? ExitCode.Usage : ExitCode.Failed;
  }
}

function sentenceOf(error: unknown): string {
  if (error instanceof Error && error.name === "ExitPromptError") return "nothing was entered";
  return describeError(error);
}

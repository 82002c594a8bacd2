import { Interface } from "ethers";
import { HardhatPluginError } from "hardhat/plugins";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

import { contractsOf } from "../chain/contracts.ts";
import { CredenceError } from "../errors.ts";
import type { Deployment } from "../protocol/deployment.ts";
import { describeError, type TokenUnit } from "../protocol/errors.ts";
import { toJson } from "./cells.ts";
import { DryRunStop, type StoppedTransaction } from "./dryRun.ts";
import { type Report, reportJson, reportText } from "./report.ts";
import { openSession, type ReadingSession, type Session, withSender } from "./session.ts";

const PLUGIN_ID = "credence";

/** What every task may be told. */
export type CommonArguments = { readonly json?: boolean; readonly from?: string; readonly dryRun?: boolean };

/** What a task does. */
export type Task<Arguments> = (session: Session, args: Arguments) => Promise<Report>;
/** What a task does that sends nothing. */
export type ReadingTask<Arguments> = (session: ReadingSession, args: Arguments) => Promise<Report>;

const print = (text: string): void => {
  process.stdout.write(`${text}\n`);
};
const say = (line: string): void => {
  process.stderr.write(`${line}\n`);
};

function dryRunReport(deployment: Deployment, provider: Session["provider"], stopped: StoppedTransaction): Report {
  const { from, to, data } = stopped;
  const known = Object.entries(contractsOf(deployment, provider)).find(
    ([, contract]) => (contract.target as string).toLowerCase() === to.toLowerCase(),
  );
  const parsed = (known?.[1].interface ?? new Interface([])).parseTransaction({ data });
  const call = parsed === null ? data : parsed.signature;
  const isApproval = parsed?.name === "approve";
  const later = isApproval ? " What follows it can be simulated only once it is in a block." : "";
  return {
    sentence: `Dry run: nothing was sent. The simulation went well of the first transaction.${later}`,
    data: {
      dryRun: true,
      from,
      to,
      contract: known?.[0],
      call,
      arguments: parsed === null ? [] : (parsed.args.toArray(true) as string[]).map((value) => asText(value)),
    },
  };
}

const asText = (value: unknown): string =>
  typeof value === "string"
    ? value
    : JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? item.toString() : item)).replaceAll(
        '"',
        "",
      );

/** Hardhat prints the message of such an error and no stack, unless it is asked to. */
function pluginError(error: unknown): HardhatPluginError {
  return new HardhatPluginError(PLUGIN_ID, describeError(error), error instanceof Error ? error : undefined);
}

/**
 * Runs work and prints what it reports: a table for people, or JSON in one line for programs. An error is thrown as Hardhat
 * shows it in one sentence; for programs it is JSON too: `{ "error": { "code", "message" } }`.
 * @returns what the JSON holds.
 */
export async function reporting(
  json: boolean,
  work: () => Promise<{ report: Report; unit: TokenUnit }>,
): Promise<unknown> {
  try {
    const { report, unit } = await work();
    print(json ? reportJson(report, unit) : reportText(report, unit));
    return toJson(report.data, unit);
  } catch (error) {
    const code = error instanceof CredenceError ? error.code : "UNEXPECTED";
    if (json) print(JSON.stringify({ error: { code, message: describeError(error) } }));
    throw pluginError(error);
  }
}

/** Runs a task that reads. */
export async function runReading<Arguments>(
  task: ReadingTask<Arguments>,
  args: CommonArguments & Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<unknown> {
  return reporting(args.json === true, async () => {
    const session = await openSession(hre, say);
    return { report: await task(session, args), unit: session.unit };
  });
}

/** Runs a task that sends, or in a dry run shows what it would send first. */
export async function runSending<Arguments>(
  task: Task<Arguments>,
  args: CommonArguments & Arguments,
  hre: HardhatRuntimeEnvironment,
): Promise<unknown> {
  return reporting(args.json === true, async () => {
    const { from, dryRun = false } = args;
    const session = await withSender(await openSession(hre, say), { from, dryRun });
    const { signer, unit } = session;
    try {
      const { sentence, data } = await task(session, args);
      return { report: { sentence, data: { ...data, transactions: signer.sent } }, unit };
    } catch (error) {
      if (!(error instanceof DryRunStop)) throw error;
      return { report: dryRunReport(session.deployment, session.provider, error.transaction), unit };
    }
  });
}

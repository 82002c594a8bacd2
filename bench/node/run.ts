/**
 * `npm run bench:node`: the crash tests of an operator's and a challenger's program, and the soak. See `--help`. The report
 * is written with `--write` only; the exit code is 1 if a crash did what it must not.
 */
import { readFile, writeFile } from "node:fs/promises";

import { Command, InvalidArgumentError, Option } from "commander";

import { CHAINS, type Chain } from "../../scripts/devnet/chainProcess.ts";
import { runChallengerKills } from "./challengerKills.ts";
import { faultsOf } from "./faultsOf.ts";
import { runKills } from "./sigkill.ts";
import { runSoak } from "./soak.ts";

const REPORT = new URL("report.json", import.meta.url);

type Options = {
  kills: number;
  challengerKills: number;
  soak: number;
  chain: Chain;
  seed: number;
  faults: number;
  write?: true;
};

function number(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value) || value < 0) throw new InvalidArgumentError("expected a number of 0 or more");
  return value;
}

const options = new Command("npm run bench:node --")
  .description("An operator's program under load: killed at any moment, or left alone for a while.")
  .option("--kills <number>", "SIGKILLs of the crash test; 0: no crash test", number, 0)
  .option("--challenger-kills <number>", "SIGKILLs of a challenger in the middle of its games; 0: none", number, 0)
  .option("--soak <seconds>", "length of the soak; 0: no soak", number, 0)
  .addOption(new Option("--chain <program>", "program that keeps the chain").choices(CHAINS).default("hardhat"))
  .option("--seed <number>", "of all chance", number, Date.now() % 2 ** 32)
  .option("--faults <share>", "share of the operator's requests to the chain that go wrong", number, 0.02)
  .option("--write", "keep what was found in bench/node/report.json")
  .addHelpText(
    "after",
    "\nExamples:\n  npm run bench:node -- --kills 200 --write\n  npm run bench:node -- --soak 600 --write",
  )
  .parse()
  .opts<Options>();

const progress = (text: string): void => {
  console.error(text);
};
const report: Record<string, unknown> = {};
const problems: string[] = [];
if (options.kills > 0) {
  progress(`seed ${options.seed}`);
  report.sigkill = await runKills({ ...options, progress });
  problems.push(...faultsOf(report.sigkill as Parameters<typeof faultsOf>[0]));
}
if (options.challengerKills > 0) {
  const found = await runChallengerKills({ ...options, kills: options.challengerKills, answers: 8, progress });
  report.challenger = found;
  if (found.unwritten > 0) problems.push(`unwritten is ${found.unwritten}, expected 0`);
  if (found.doubleBonds > 0) problems.push(`doubleBonds is ${found.doubleBonds}, expected 0`);
}
if (options.soak > 0) report.soak = await runSoak({ ...options, seconds: options.soak, progress });
console.log(JSON.stringify(report, undefined, 2));
if (options.write === true) {
  const before = JSON.parse(await readFile(REPORT, "utf8").catch(() => "{}")) as object; // what this run did not measure
  await writeFile(REPORT, `${JSON.stringify({ ...before, ...report }, undefined, 2)}\n`);
}
for (const problem of problems) console.error(problem);
process.exit(problems.length > 0 ? 1 : 0);

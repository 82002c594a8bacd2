/**
 * `npm run coverage`: runs the tests with Hardhat's coverage (Solidity and TypeScript tests count alike) and c8 around it;
 * not those of the programs, whose clocks do not like being ten times slower and which call no contract that others do not.
 *
 * Fails when a test fails, when fewer than 98 % of the lines of contracts/ ran, when a line that did not run is not in
 * checks/coverage-exceptions.json as `{ file, line, reason }` (`line` is the line's text, trimmed), and when an entry of
 * that file matches no such line. Coverage of src/ is printed only. Instrumented bytecode goes to coverage/artifacts, so
 * that artifacts/ always holds what ships (hardhat.config.ts).
 */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync, rmSync } from "node:fs";

const MIN_LINES_PERCENT = 98;
/** Tests of programs that run beside the chain, and of what is packed and deployed. */
const LEFT_OUT = [
  "test/src/{api,daemon,operator,challenger,juror,cli,hardhat}/**",
  "test/src/chain/**",
  "test/{package,docs,scripts,bench}/**",
  "test/flows/crash.test.ts",
  "test/src/deployment/verification.test.ts", // compares bytecode with that of an uninstrumented build
];
const EXCEPTIONS_FILE = "scripts/checks/coverage-exceptions.json";

type Exception = { file: string; line: string; reason: string };
type Line = { file: string; number: number; text: string; hits: number };

function run(program: string, args: string[]): boolean {
  const env = { ...process.env, CREDENCE_COVERAGE: "1" };
  return spawnSync(program, args, { stdio: "inherit", shell: process.platform === "win32", env }).status === 0;
}

/** The executable lines of contracts/ in an lcov report. */
function linesOf(lcov: string): Line[] {
  const lines: Line[] = [];
  let file = "";
  let source: string[] = [];
  for (const record of lcov.split("\n")) {
    const [, path] = /^SF:(.*)/.exec(record) ?? [];
    const [, number, hits] = /^DA:(\d+),(\d+)/.exec(record) ?? [];
    if (path !== undefined) {
      file = path;
      source = existsSync(path) ? readFileSync(path, "utf8").split("\n") : [];
    } else if (number !== undefined && file.startsWith("contracts/")) {
      lines.push({ file, number: Number(number), text: source[Number(number) - 1]?.trim() ?? "", hits: Number(hits) });
    }
  }
  return lines;
}

rmSync("coverage", { recursive: true, force: true });
const c8 = ["--include", "src/**", "--reporter", "text", "--reporter", "json-summary", "--report-dir", "coverage/src"];
const tests = globSync("test/**/*.{t.sol,test.ts}", { exclude: LEFT_OUT });
const testsPassed = run("c8", [...c8, "hardhat", "test", "--coverage", "--no-typechain", ...tests.sort()]);

const lines = existsSync("coverage/lcov.info") ? linesOf(readFileSync("coverage/lcov.info", "utf8")) : [];
const missed = lines.filter(({ hits }) => hits === 0);
const percent = lines.length === 0 ? 0 : (100 * (lines.length - missed.length)) / lines.length;

const exceptions = JSON.parse(readFileSync(EXCEPTIONS_FILE, "utf8")) as Exception[];
const problems: string[] = [];
if (!testsPassed) problems.push("the tests failed");
if (percent < MIN_LINES_PERCENT) {
  problems.push(
    `${percent.toFixed(2)} % of the lines of contracts/ ran, expected at least ${String(MIN_LINES_PERCENT)} %`,
  );
}
for (const { file, number, text } of missed) {
  const reason = exceptions.find((exception) => exception.file === file && exception.line === text)?.reason ?? "";
  if (reason.trim() === "") problems.push(`${file}:${String(number)} never ran and has no reason: ${text}`);
}
for (const { file, line } of exceptions) {
  if (!missed.some((candidate) => candidate.file === file && candidate.text === line)) {
    problems.push(`${EXCEPTIONS_FILE}: ${file} "${line}" ran or does not exist; delete the entry`);
  }
}

console.log(
  `contracts/: ${String(lines.length - missed.length)} of ${String(lines.length)} lines ran (${percent.toFixed(2)} %)`,
);
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

/**
 * Says in few words what failed: `node scripts/failures.mjs "npm test=path/of/its/log" …`, one argument for each step.
 *
 * Prints the titles of failing tests, Solidity and mocha, each with the first line of its error; of a step whose log
 * names none, the lines that speak of errors, or its last ones. At most 1,200 characters in all, because the end of the
 * log is often all that is kept of a run. Plain JavaScript: it also says why an install failed, before there is a Node
 * that runs TypeScript.
 */
import { readFileSync } from "node:fs";

const MAX_CHARACTERS = 1_200;
const MAX_LINE = 200;
/** Lines of a step that names no test. */
const MAX_LINES = 6;

/** @param {string} line */
const indentOf = (line) => line.length - line.trimStart().length;

/**
 * Failing tests in the closing lists of Hardhat's runners, which both start with "N failing" and number their entries.
 * @param {string[]} lines
 */
function failingTests(lines) {
  const found = [];
  let inList = false;
  for (let i = 0; i < lines.length; i++) {
    if (/^ +\d+ failing$/.test(lines[i])) inList = true;
    if (/^Running .* tests$/.test(lines[i])) inList = false;
    const [, first] = (inList && /^ {2}\d+\) (.*)$/.exec(lines[i])) || [];
    if (first === undefined) continue;
    const titles = [first];
    while (indentOf(lines[i + 1] ?? "") > 6) titles.push(lines[++i].trim()); // mocha: suites and test, then the error at 5 or 6
    const error = lines.slice(i + 1).find((line) => line.trim() !== "") ?? "";
    found.push(`${titles.join(" > ").replace(/:$/, "")}: ${error.trim()}`);
  }
  return found;
}

/** @param {string[]} lines */
function otherFaults(lines) {
  const said = lines.filter((line) => line.trim() !== "");
  const faults = said.filter((line) => /^FAILED|✖|✘|\b\w*Error\b|\berror\b/.test(line));
  return faults.length > 0 ? faults.slice(0, MAX_LINES) : said.slice(-MAX_LINES);
}

/** @param {string} line */
const shorten = (line) => (line.length > MAX_LINE ? `${line.slice(0, MAX_LINE - 1)}…` : line);

const steps = process.argv.slice(2);
/** @type {Set<string>} */
const seen = new Set();
let room = MAX_CHARACTERS;

steps.forEach((argument, i) => {
  const [, step, path] = /^(.*)=(.*)$/s.exec(argument);
  const lines = readFileSync(path, "utf8")
    .replace(/\x1b\[[0-9;]*m/g, "")
    .split(/\r?\n/);
  const tests = failingTests(lines);
  const entries = (tests.length > 0 ? tests : otherFaults(lines)).map((line) => shorten(line.trim()));
  const fresh = entries.filter((line) => !seen.has(line)); // coverage runs the same tests again
  for (const line of fresh) seen.add(line);
  const heading = `${step}:${fresh.length === entries.length ? "" : ` ${entries.length - fresh.length} as above`}`;

  // Every step has its part of the room, and what those before it left.
  let share = Math.floor(room / (steps.length - i)) - heading.length - "\n  … and 1000 more\n".length;
  const told = [];
  for (const line of fresh) {
    share -= line.length + 3;
    if (share < 0) break;
    told.push(line);
  }
  if (told.length < fresh.length) told.push(`… and ${fresh.length - told.length} more`);
  const text = [heading, ...told.map((line) => `  ${line}`)].join("\n");
  room -= text.length + 1;
  console.log(text);
});

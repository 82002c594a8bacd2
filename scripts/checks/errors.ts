/**
 * `npm run check:errors`: docs/errors.md has one row for every custom error of the contracts, with its arguments, in the
 * section named for the file that declares it.
 */
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";

/** Custom errors that a Solidity source declares, as `Name(argument, argument)`. */
export function errorsOf(source: string): string[] {
  const code = source.replace(/\/\*[^]*?\*\/|\/\/[^\n]*/g, "");
  return [...code.matchAll(/^\s*error\s+(\w+)\s*\(([^)]*)\)\s*;/gm)].map(([, name = "", parameters = ""]) => {
    const names = parameters.split(",").map((parameter) => parameter.trim().split(/\s+/).at(-1));
    return `${name}(${names.join(", ")})`;
  });
}

/** First cells of the table in each section of a Markdown page, by heading. */
export function rowsOf(markdown: string): Map<string, string[]> {
  const sections = markdown.split(/^## /m).slice(1);
  return new Map(
    sections.map((section) => [
      section.slice(0, section.indexOf("\n")).trim(),
      [...section.matchAll(/^\| `([^`]+)`/gm)].map((match) => match[1] ?? ""),
    ]),
  );
}

if (import.meta.main) {
  const documented = rowsOf(readFileSync("docs/errors.md", "utf8"));
  const faults: string[] = [];
  let count = 0;
  for (const file of globSync("contracts/**/*.sol")) {
    const name = basename(file, ".sol");
    const rows = documented.get(name) ?? [];
    const errors = errorsOf(readFileSync(file, "utf8"));
    documented.delete(name);
    count += errors.length;
    faults.push(...errors.filter((error) => !rows.includes(error)).map((error) => `${name} lacks ${error}`));
    faults.push(
      ...rows.filter((row) => !errors.includes(row)).map((row) => `${name} has ${row}, which no contract has`),
    );
  }
  faults.push(...[...documented.keys()].map((name) => `section ${name} is of no contract`));
  for (const fault of faults) console.error(`docs/errors.md: ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
  console.log(`${String(count)} custom errors`);
}

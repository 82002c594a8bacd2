/**
 * `npm run check:solidity-imports`: import direction of the contracts.
 *
 * A concept (a folder of `contracts/`) imports only the concepts listed here, and of those only files that declare no
 * contract and no library: interfaces, types, errors, constants. Only the deployment sees all concrete contracts.
 */
import { globSync, readFileSync } from "node:fs";
import { posix } from "node:path";

/** Value types and pure arithmetic: anybody may import them, whatever they declare. */
const FOUNDATIONS = ["types", "math"];
/** Interfaces, abstract bases and libraries of constants that anybody may import. */
const BASES = ["governance"];
/** Which other concepts' interfaces a concept may import. A folder that is not named here is refused. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  types: [],
  math: [],
  governance: [],
  token: [],
  staking: [],
  models: [],
  operators: ["staking"],
  attestations: ["operators", "models", "staking"],
  slashing: ["attestations", "operators", "staking"],
  disputes: ["attestations", "models", "slashing", "staking"],
  court: ["disputes", "models", "staking"],
  replay: ["attestations", "disputes", "models", "slashing"],
  jobs: ["attestations", "operators", "models", "staking"],
  consumer: ["attestations"],
};

/** Solidity source without its comments. */
function withoutComments(source: string): string {
  return source.replace(/\/\*[^]*?\*\/|\/\/[^\n]*/g, "");
}

function importsOf(source: string): string[] {
  return [...withoutComments(source).matchAll(/^\s*import\b[^;]*?["']([^"']+)["']\s*;/gm)].map(
    (match) => match[1] ?? "",
  );
}

/** The first contract or library a source declares, or undefined when it has neither; of a base only a concrete contract. */
function implementationIn(source: string, isBase: boolean): string | undefined {
  const kinds = isBase ? /^\s*contract\s+\w+/m : /^\s*(abstract\s+contract|contract|library)\s+\w+/m;
  return kinds.exec(withoutComments(source))?.[0].trim();
}

function conceptOf(path: string): string {
  return path.split("/")[1] ?? "";
}

function violation(from: string, to: string, sources: ReadonlyMap<string, string>): string | undefined {
  const [fromConcept, toConcept] = [conceptOf(from), conceptOf(to)];
  const target = sources.get(to);
  if (target === undefined) return "is not a file of contracts/ (relative imports stay inside; packages go by name)";
  if (fromConcept === toConcept || FOUNDATIONS.includes(toConcept)) return undefined;

  const allowed = [
    ...(MAY_IMPORT[fromConcept] ?? []),
    ...FOUNDATIONS,
    ...(FOUNDATIONS.includes(fromConcept) ? [] : BASES),
  ];
  if (!allowed.includes(toConcept)) return `is not allowed: ${fromConcept}/ may import ${allowed.join(", ")}`;
  const implementation = implementationIn(target, BASES.includes(toConcept));
  return implementation && `declares "${implementation}": import its interface instead`;
}

/**
 * Every import that breaks the rules, as one sentence each.
 * @param sources Solidity sources by their path from the repository root, with forward slashes (`contracts/a/B.sol`).
 */
export function importViolations(sources: ReadonlyMap<string, string>): string[] {
  const violations: string[] = [];
  for (const [from, source] of sources) {
    if (MAY_IMPORT[conceptOf(from)] === undefined) {
      violations.push(
        `${from}: contracts/${conceptOf(from)}/ is not a known concept: ${Object.keys(MAY_IMPORT).join(", ")}`,
      );
    }
    for (const path of importsOf(source)) {
      if (path.startsWith("@openzeppelin/contracts/")) continue;
      const isRelative = path.startsWith(".");
      const to = isRelative ? posix.join(posix.dirname(from), path) : path;
      const reason = violation(from, to, sources);
      if (reason !== undefined) violations.push(`${from}: import of "${to}" ${reason}`);
    }
  }
  return violations;
}

if (import.meta.main) {
  const paths = globSync("contracts/**/*.sol").map((path) => path.replaceAll("\\", "/"));
  const violations = importViolations(new Map(paths.map((path) => [path, readFileSync(path, "utf8")])));
  for (const sentence of violations) console.error(sentence);
  console.log(`${String(paths.length)} contracts files, ${String(violations.length)} forbidden imports`);
  if (violations.length > 0) process.exitCode = 1;
}

/**
 * `npm run check:slither`: static analysis by Slither, which it installs into .venv/ on first use.
 *
 * Fails on any finding of high or medium impact that slither-triage.json does not name with its reason, and on any entry
 * of that file that matches nothing. An entry is `{ check, element, reason }`: Slither's detector, the contract or
 * `Contract.function(types)` that the finding names first, and why it is no fault.
 *
 * Works on a copy of the sources: Slither wants a build of the contracts alone.
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";

const VERSION = "0.11.6";
const VENV = resolve(".venv");
const BIN = join(VENV, process.platform === "win32" ? "Scripts" : "bin");
const TRIAGE_FILE = "scripts/checks/slither-triage.json";
const INPUTS = ["contracts", "examples", "hardhat.config.ts", "package.json", "remappings.txt", "tsconfig.json"];

type Triage = { check: string; element: string; reason: string };
type Element = {
  type: string;
  name: string;
  type_specific_fields?: { signature?: string; parent?: { type: string; name: string } };
};
type Finding = { check: string; impact: string; description: string; elements: Element[] };
type Report = { success: boolean; error: string | null; results: { detectors?: Finding[] } };

function fail(message: string): never {
  console.error(message);
  process.exit(1);
}

function run(program: string, args: string[], cwd = process.cwd()): { status: number | null; output: string } {
  const env = { ...process.env, PATH: [BIN, resolve("node_modules/.bin"), process.env.PATH].join(delimiter) };
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, env, encoding: "utf8" });
  return { status, output: `${stdout}${stderr}${error?.message ?? ""}` };
}

/** Installs Slither into .venv/ unless the wanted version is there. */
function install(): void {
  const marker = run(join(BIN, "python"), [
    "-c",
    "import importlib.metadata as m; print(m.version('slither-analyzer'))",
  ]);
  if (marker.status === 0 && marker.output.trim() === VERSION) return;

  console.log(`Installing slither-analyzer ${VERSION} into .venv/ ...`);
  rmSync(VENV, { recursive: true, force: true });
  const venv = run("python3", ["-m", "venv", VENV]);
  if (venv.status !== 0) {
    fail(
      "Slither needs Python 3 with its venv module, and `python3 -m venv` failed " +
        `(on Debian and Ubuntu: apt-get install python3-venv):\n${venv.output}`,
    );
  }
  const pip = run(join(BIN, "python"), ["-m", "pip", "install", "--quiet", `slither-analyzer==${VERSION}`]);
  if (pip.status !== 0) fail(`pip could not install slither-analyzer ${VERSION}:\n${pip.output}`);
}

/** Builds the contracts in a temporary folder and returns what Slither finds there. */
function analyse(): Finding[] {
  const folder = mkdtempSync(join(tmpdir(), "credence-slither-"));
  try {
    for (const input of INPUTS) if (existsSync(input)) cpSync(input, join(folder, input), { recursive: true });
    symlinkSync(resolve("node_modules"), join(folder, "node_modules"), "junction");
    const build = run("hardhat", ["--no-typechain", "build", "--no-tests"], folder);
    if (build.status !== 0) fail(`The build for Slither failed:\n${build.output}`);
    // Hardhat's name for sources of the project, which Slither knows for contracts/ alone.
    symlinkSync(folder, join(folder, "project"), "junction");

    const report = join(folder, "report.json");
    const args = [".", "--npx-disable", "--ignore-compile", "--filter-paths", "node_modules", "--json", report];
    const slither = run("slither", args, folder); // exits 255 on findings
    if (!existsSync(report)) fail(`Slither wrote no report:\n${slither.output}`);
    const { success, error, results } = JSON.parse(readFileSync(report, "utf8")) as Report;
    if (!success) fail(`Slither failed: ${error ?? slither.output}`);
    return results.detectors ?? [];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What a finding is about: `Contract.function(types)`, `Contract.variable` or `Contract`. */
function elementOf({ elements }: Finding): string {
  const [first] = elements;
  if (first === undefined) return "";
  const name = first.type_specific_fields?.signature ?? first.name;
  const parent = first.type_specific_fields?.parent;
  return parent?.type === "contract" ? `${parent.name}.${name}` : name;
}

install();
const triage = JSON.parse(readFileSync(TRIAGE_FILE, "utf8")) as Triage[];
const serious = analyse().filter(({ impact }) => impact === "High" || impact === "Medium");
const unused = new Set(triage);
let open = 0;
for (const finding of serious) {
  const element = elementOf(finding);
  const entry = triage.find((candidate) => candidate.check === finding.check && candidate.element === element);
  if (entry !== undefined && entry.reason.trim() !== "") {
    unused.delete(entry);
  } else {
    open++;
    console.error(`${finding.impact}: ${finding.check} in ${element}\n${finding.description}`);
  }
}
for (const entry of unused) {
  console.error(
    `${TRIAGE_FILE}: { ${entry.check}, ${entry.element} } matches no finding or has no reason; delete or complete it`,
  );
}
console.log(
  `Slither: ${String(serious.length)} findings of high or medium impact, ${String(serious.length - open)} with a reason, ${String(open)} open`,
);
if (open > 0 || unused.size > 0) process.exitCode = 1;

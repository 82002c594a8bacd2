/**
 * `npm run check:example`: packs the package and uses it as its users do: installs it into a copy of examples/hardhat-project
 * in a temporary folder, type-checks, builds and tests that project, then runs the plugin's tasks against a node.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";

const REPOSITORY = resolve(import.meta.dirname, "../..");
const ACCOUNT = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"; // the first of Hardhat's accounts
const STARTED = /Started HTTP and WebSocket JSON-RPC server at (http:\S+)/;
const START_LIMIT = 60_000;

const windows = process.platform === "win32";
const folder = mkdtempSync(join(tmpdir(), "credence-example-"));
const project = join(folder, "project");
// Hardhat hands its options to children through the environment; these are on their own.
const inherited = Object.entries(process.env).filter(
  ([name]) => !/^(HARDHAT|HH)_|^(NODE_V8|CREDENCE)_COVERAGE$/.test(name),
);
// The project's own Hardhat, and the repository's Node.
const bins = [project, REPOSITORY].map((root) => join(root, "node_modules/.bin"));
const PATH = [...bins, process.env.PATH].join(delimiter);
const env = { ...Object.fromEntries(inherited), PATH };

type Ended = { status: number | null; stdout: string; stderr: string };

function attempt(program: string, args: readonly string[], cwd: string): Ended {
  const started = performance.now();
  const ended = spawnSync(program, args, { cwd, env, encoding: "utf8", shell: windows, maxBuffer: 64 * 1024 * 1024 });
  const seconds = ((performance.now() - started) / 1_000).toFixed(1);
  console.log(`${seconds.padStart(6)} s  ${[program, ...args].join(" ").slice(0, 120)}`);
  return ended;
}

function run(program: string, args: readonly string[], cwd: string): string {
  const { status, stdout, stderr } = attempt(program, args, cwd);
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${String(status)}:\n${stdout}${stderr}`);
  return stdout;
}

/** Packs what is built, and installs it into a copy of the example. */
function install(): void {
  cpSync(join(REPOSITORY, "examples/hardhat-project"), project, {
    recursive: true,
    filter: (path) => !/[\\/](node_modules|artifacts|cache|types|deployments)$/.test(path),
  });
  run("node", ["scripts/package.ts"], REPOSITORY);
  const packed = run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], REPOSITORY);
  const [tarball] = JSON.parse(packed) as [{ filename: string }];
  const path = join(project, "package.json");
  const description = JSON.parse(readFileSync(path, "utf8")) as { devDependencies: Record<string, string> };
  description.devDependencies.credence = `file:../${tarball.filename}`;
  writeFileSync(path, JSON.stringify(description, undefined, 2));
  run("npm", ["install", "--prefer-offline", "--no-audit", "--no-fund"], project);
}

/** A node on a port that is free. */
async function startNode(): Promise<{ url: string; node: ChildProcess }> {
  const args = ["node", "--hostname", "127.0.0.1", "--port", "0"];
  const node = spawn("hardhat", args, { cwd: project, env, shell: windows, stdio: ["ignore", "pipe", "inherit"] });
  const url = await new Promise<string>((found, failed) => {
    let text = "";
    const limit = setTimeout(() => {
      failed(new Error(`hardhat node did not start within ${String(START_LIMIT)} ms:\n${text}`));
    }, START_LIMIT);
    node.once("exit", () => {
      failed(new Error(`hardhat node ended:\n${text}`));
    });
    node.stdout.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const [, address] = STARTED.exec(text) ?? [];
      if (address === undefined) return;
      clearTimeout(limit);
      found(address);
    });
  });
  return { url, node };
}

/** What a task prints, of which this asserts what it uses. */
type Json = Readonly<Record<string, unknown>>;

const onNode = (args: readonly string[]): string[] => ["credence", ...args, "--network", "localhost", "--json"];

/** Runs a task and reads its JSON, which is all that stands on standard output. */
function task(...args: readonly string[]): Json {
  return JSON.parse(run("hardhat", onNode(args), project)) as Json;
}

/** Runs a task that must fail, and reads the error that it gives to programs. */
function refusal(...args: readonly string[]): { code: string; message: string } {
  const { status, stdout, stderr } = attempt("hardhat", onNode(args), project);
  assert.equal(status, 1, stderr);
  const { error } = JSON.parse(stdout) as { error: { code: string; message: string } };
  assert.ok(stderr.includes(error.message.split("\n")[0]!), stderr);
  return error;
}

function checkTasks(): void {
  assert.equal(refusal("inspect", ACCOUNT).code, "NO_DEPLOYMENT");
  const book = task("deploy");
  assert.equal(book.deployer, ACCOUNT);
  assert.equal(book.chainId, 31_337);
  assert.deepEqual(JSON.parse(readFileSync(join(project, "deployments/localhost.json"), "utf8")), book);
  assert.equal(task("stake", "deposit", "5000", "--dry-run").call, "approve(address,uint256)");
  assert.equal(task("stake", "deposit", "5000").amount, "5000");
  task("stake", "opt-in");
  assert.equal(task("operator", "register", "https://operator.example", "4000").bond, "1000");
  const { modelId } = task("model", "publish", "model.json5", "--source", "friendliness.dense.json");
  assert.match(modelId as string, /^0x[0-9a-f]{64}$/);
  const found = task("inspect", ACCOUNT);
  assert.equal((found.operator as Json).status, "Active");
  assert.equal((found.stake as Json).locked, "1000");
  const error = refusal("stake", "unstake", "9999999");
  assert.equal(error.code, "ActiveTooLow");
  assert.match(error.message, /CRED/);

  const help = run("hardhat", ["credence", "stake", "deposit", "--help"], project);
  for (const word of ["--dry-run", "--from", "--json", "amount", "whole tokens"]) assert.ok(help.includes(word), help);
  const table = run("hardhat", ["credence", "stake", "show", ACCOUNT, "--network", "localhost"], project);
  assert.match(table, /active +│ 5000 CRED/);
  const missing = attempt("hardhat", ["credence", "stake", "deposit", "--network", "localhost"], project);
  assert.equal(missing.status, 1);
  assert.match(missing.stderr, /amount/);
}

let node: ChildProcess | undefined;
try {
  install();
  run("hardhat", ["build"], project);
  run("tsc", ["--noEmit"], project);
  assert.match(run("hardhat", ["test", "--no-compile"], project), /1 passing/);
  const started = await startNode();
  node = started.node;
  const configPath = join(project, "hardhat.config.ts");
  writeFileSync(configPath, readFileSync(configPath, "utf8").replace("http://127.0.0.1:8545", started.url));
  checkTasks();
  console.log("the example project works with the packed package");
} finally {
  node?.removeAllListeners("exit");
  node?.kill();
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Makes a clone ready to use: installs the packages when that is needed, and only then.
 *
 * Runs before `npm test`, `npm start` and the other scripts, on any Node from 18 on. Hardhat needs a newer Node, and an
 * install made by an older one silently skips Hardhat's native binary, so the install itself runs under Node 24. The
 * same version is a dependency of the project: npm scripts find it first on their PATH.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const REQUIRED_NODE = "24";
/** The npm that wrote package-lock.json: an older one would rewrite it. */
const LOCK_NPM = "11";
const MINIMUM_NODE = 18;

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stampPath = join(root, "node_modules", ".setup-stamp");
const windows = process.platform === "win32";

/** Digest of what was asked for (package.json and its lock) and of what npm says it installed. */
function fingerprint() {
  const hash = createHash("sha256").update(`${process.platform}-${process.arch}`);
  for (const name of ["package.json", "package-lock.json", join("node_modules", ".package-lock.json")]) {
    const path = join(root, name);
    hash.update(`\0${name}\0`).update(existsSync(path) ? readFileSync(path) : "");
  }
  return hash.digest("hex");
}

/** Version of the project's own Node, or undefined when it is missing or does not run. */
function installedNode() {
  try {
    const program = join(root, "node_modules", "node", "bin", windows ? "node.exe" : "node");
    return execFileSync(program, ["--version"], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

function ready() {
  return (
    existsSync(stampPath) &&
    readFileSync(stampPath, "utf8") === fingerprint() &&
    installedNode()?.startsWith(`v${REQUIRED_NODE}.`) === true
  );
}

function fail(message) {
  console.error(`setup: ${message}`);
  process.exit(1);
}

const major = Number(process.versions.node.split(".")[0]);
if (major < MINIMUM_NODE) {
  fail(`Node ${process.versions.node} is too old to run the set-up: ${MINIMUM_NODE} or later is needed.`);
}

if (!ready()) {
  console.log(`setup: installing packages through Node ${REQUIRED_NODE} (once; about half a minute) ...`);
  const install = spawnSync(
    "npx",
    ["-y", "-p", `node@${REQUIRED_NODE}`, "-p", `npm@${LOCK_NPM}`, "-c", windows ? '"npm install"' : "npm install"],
    {
      cwd: root,
      stdio: "inherit",
      shell: windows,
      env: {
        ...process.env,
        npm_config_audit: "false",
        npm_config_fund: "false",
        npm_config_ignore_scripts: "false", // Node 24 itself arrives through an install script
        npm_config_include: "dev", // also where NODE_ENV is production
      },
    },
  );
  if (install.status !== 0) {
    fail(
      `"npm install" ended with ${install.error?.message ?? `exit code ${install.status}`}; see npm's message above.`,
    );
  }
  const version = installedNode();
  if (version?.startsWith(`v${REQUIRED_NODE}.`) !== true) {
    fail(
      `node_modules/.bin/node is ${version ?? "missing or does not run"}, expected Node ${REQUIRED_NODE}: ` +
        'its install script did not run. Allow install scripts ("npm config get ignore-scripts" must be false), ' +
        "delete node_modules and try again.",
    );
  }
  rmSync(stampPath, { force: true });
  writeFileSync(stampPath, fingerprint());
  console.log(`setup: ready (Node ${version}).`);
}

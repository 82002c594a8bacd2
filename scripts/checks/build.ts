/**
 * `npm run check:build`: builds all contracts anew, which fails on any compiler warning of our own (see the
 * `credence-strict-build` plugin in hardhat.config.ts), and fails when typechain-types as committed is not what the build
 * generates. The folder is deleted first, since the generator leaves the types of deleted contracts behind.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { rmSync } from "node:fs";

const TYPES = "typechain-types";

rmSync(TYPES, { recursive: true, force: true });
const { status } = spawnSync("hardhat", ["build", "--force", "--no-tests"], {
  stdio: "inherit",
  shell: process.platform === "win32",
});
if (status !== 0) {
  console.error(`The build failed; \`git checkout ${TYPES}\` brings back the committed types.`);
  process.exit(1);
}

const changes = execFileSync("git", ["status", "--porcelain", "--untracked-files=all", "--", TYPES], {
  encoding: "utf8",
}).trimEnd();
if (changes !== "") {
  console.error(`${TYPES} as committed is not what the contracts generate; commit what the build wrote:\n${changes}`);
  process.exitCode = 1;
}

/**
 * `npm run check:size`: every deployable contract of contracts/ stays below 20,000 bytes of runtime code (the chain's
 * limit is 24,576) and every source file below 450 lines. Needs the artifacts of a plain build.
 */
import { globSync, readFileSync } from "node:fs";

const MAX_RUNTIME_BYTES = 20_000;
const MAX_LINES = 450;

const problems: string[] = [];
const sizes: { name: string; bytes: number }[] = [];

for (const path of globSync("artifacts/contracts/**/*.json")) {
  const artifact = JSON.parse(readFileSync(path, "utf8")) as { contractName: string; deployedBytecode?: string };
  if (artifact.deployedBytecode === undefined) continue;
  const bytes = (artifact.deployedBytecode.length - "0x".length) / 2;
  sizes.push({ name: artifact.contractName, bytes });
  if (bytes >= MAX_RUNTIME_BYTES) {
    problems.push(
      `${artifact.contractName}: ${String(bytes)} bytes of runtime code, expected < ${String(MAX_RUNTIME_BYTES)}`,
    );
  }
}
if (sizes.length === 0) problems.push("no artifacts found: run `hardhat build --no-tests` first");

for (const path of globSync("contracts/**/*.sol")) {
  const lines = readFileSync(path, "utf8").trimEnd().split("\n").length;
  if (lines > MAX_LINES) problems.push(`${path}: ${String(lines)} lines, expected <= ${String(MAX_LINES)}`);
}

for (const { name, bytes } of sizes.filter(({ bytes }) => bytes > 0).sort((a, b) => b.bytes - a.bytes)) {
  console.log(`${String(bytes).padStart(6)} bytes  ${name}`);
}
for (const problem of problems) console.error(problem);
if (problems.length > 0) process.exitCode = 1;

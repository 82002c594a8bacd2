/**
 * Second half of `npm run build`: writes what the npm package ships besides the Solidity sources into dist/, from src/ and
 * the artifacts of a build: JavaScript with declarations, and the ABI of every contract and interface as
 * dist/abi/<Name>.json.
 */
import { execFileSync } from "node:child_process";
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

rmSync("dist", { recursive: true, force: true });
execFileSync("tsc", ["--project", "tsconfig.build.json"], { stdio: "inherit", shell: process.platform === "win32" });

mkdirSync("dist/abi", { recursive: true });
const written = new Map<string, string>();
for (const path of globSync("artifacts/contracts/**/*.json")) {
  const { contractName, sourceName, abi } = JSON.parse(readFileSync(path, "utf8")) as {
    contractName?: string;
    sourceName: string;
    abi: unknown[];
  };
  if (contractName === undefined || abi.length === 0) continue;
  const other = written.get(contractName);
  if (other !== undefined)
    throw new Error(`${contractName} is declared in ${other} and in ${sourceName}: names must differ`);
  written.set(contractName, sourceName);
  writeFileSync(`dist/abi/${contractName}.json`, `${JSON.stringify(abi, undefined, 2)}\n`);
}
if (written.size === 0) throw new Error("no artifacts found: run `hardhat build --no-tests` first");
console.log(`dist/: package and ${String(written.size)} ABIs`);

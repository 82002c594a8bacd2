/**
 * Second half of `npm run build`: writes what the npm package ships besides the Solidity sources into dist/, from src/ and
 * the artifacts of a build: JavaScript with declarations, the ABI of every contract and interface as dist/abi/<Name>.json, and
 * what deploys the protocol: the artifacts of its contracts with the compiler's input, and the parameter files.
 */
import { execFileSync } from "node:child_process";
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";

import { DEPLOYED_SOURCES } from "../src/deployment/packagedArtifacts.ts";

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

cpSync("ignition/parameters", "dist/ignition/parameters", { recursive: true });

const buildInfos = new Set<string>();
for (const [name, source] of Object.entries(DEPLOYED_SOURCES)) {
  const artifact = `artifacts/${source}/${name}.json`;
  const { buildInfoId } = JSON.parse(readFileSync(artifact, "utf8")) as { buildInfoId: string };
  buildInfos.add(buildInfoId);
  cpSync(artifact, `dist/${artifact}`);
}
for (const id of buildInfos) cpSync(`artifacts/build-info/${id}.json`, `dist/artifacts/build-info/${id}.json`);

console.log(`dist/: package, ${String(written.size)} ABIs and what is deployed`);

import { readFile } from "node:fs/promises";

import type { Artifact, ArtifactResolver, BuildInfo } from "@nomicfoundation/ignition-core";

import { FatalError } from "../errors.ts";

/** Beside the code: dist/artifacts in the package, where scripts/package.ts puts them; what was built, in the repository. */
const FOLDER = new URL("../../artifacts/", import.meta.url);

/** Source files of what a deployment creates or finds, by contract. */
export const DEPLOYED_SOURCES = {
  AccessManager: "@openzeppelin/contracts/access/manager/AccessManager.sol",
  AttestationRegistry: "contracts/attestations/AttestationRegistry.sol",
  BlockhashSeedSource: "contracts/court/BlockhashSeedSource.sol",
  ConfigRules: "contracts/court/ConfigRules.sol",
  Court: "contracts/court/Court.sol",
  CredenceGovernor: "contracts/governance/CredenceGovernor.sol",
  CredenceToken: "contracts/token/CredenceToken.sol",
  DisputeManager: "contracts/disputes/DisputeManager.sol",
  ERC7913P256Verifier: "@openzeppelin/contracts/utils/cryptography/verifiers/ERC7913P256Verifier.sol",
  ModelRegistry: "contracts/models/ModelRegistry.sol",
  OperatorRegistry: "contracts/operators/OperatorRegistry.sol",
  ReplayGame: "contracts/replay/ReplayGame.sol",
  SlashingRegistry: "contracts/slashing/SlashingRegistry.sol",
  StakeVault: "contracts/staking/StakeVault.sol",
  TimelockController: "@openzeppelin/contracts/governance/TimelockController.sol",
} as const;

async function read<Content>(path: string, what: string): Promise<Content> {
  try {
    return JSON.parse(await readFile(new URL(path, FOLDER), "utf8")) as Content;
  } catch (cause) {
    throw new FatalError("ARTIFACT_MISSING", `${what} is not among the artifacts in ${FOLDER.pathname}`, { cause });
  }
}

/**
 * The artifacts that this package was built and tested with: a deployment made from them has the same bytecode whatever
 * compiler, and whichever settings, the project has that makes it.
 * @throws FatalError `ARTIFACT_MISSING` (when they are asked for) for a contract that no deployment creates.
 */
export function packagedArtifacts(): ArtifactResolver {
  const loadArtifact = async (name: string): Promise<Artifact> => {
    const source = (DEPLOYED_SOURCES as Readonly<Record<string, string>>)[name];
    if (source === undefined) throw new FatalError("ARTIFACT_MISSING", `${name} is not a contract of a deployment`);
    return read<Artifact>(`${source}/${name}.json`, name);
  };
  return {
    loadArtifact,
    getBuildInfo: async (name) => {
      const { buildInfoId } = await loadArtifact(name);
      return read<BuildInfo>(`build-info/${String(buildInfoId)}.json`, `the compiler's input for ${name}`);
    },
  };
}

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Artifact, BuildInfo } from "@nomicfoundation/ignition-core";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";

import { FatalError } from "../errors.ts";
import type { AddressBook } from "./addressBook.ts";
import { packagedArtifacts } from "./packagedArtifacts.ts";
import { verifySources } from "./verification.ts";

const DEFAULT_PROFILE = "production"; // as hardhat-verify

/** What solc gave, as far as hardhat-verify compares it with the chain. */
function compilerOutput(artifact: Artifact): object {
  const { abi, contractName, inputSourceName, deployedBytecode, deployedLinkReferences, immutableReferences } =
    artifact;
  const object = deployedBytecode.replace(/^0x/, "");
  const bytecode = { object, linkReferences: deployedLinkReferences, immutableReferences };
  const contract = { abi, evm: { deployedBytecode: bytecode } };
  return { output: { contracts: { [inputSourceName!]: { [contractName]: contract } } } };
}

/** hardhat-verify takes all it needs from the runtime environment, whose project has not compiled these contracts. */
function asIfCompiledHere(
  hre: HardhatRuntimeEnvironment,
  { input, solcVersion }: BuildInfo,
  paths: { buildInfo: string; output: string },
): HardhatRuntimeEnvironment {
  const { config, globalOptions, network } = hre;
  // Hardhat's types promise one, its runtime does not.
  const { buildProfile: profile = DEFAULT_PROFILE } = globalOptions as Partial<typeof globalOptions>;
  const job = { getSolcInput: async () => input };
  const facade = {
    globalOptions,
    network,
    config: { ...config, solidity: { profiles: { [profile]: { compilers: [{ version: solcVersion }] } } } },
    artifacts: {
      artifactExists: async () => true,
      getBuildInfoId: async () => "packaged",
      getBuildInfoPath: async () => paths.buildInfo,
      getBuildInfoOutputPath: async () => paths.output,
    },
    solidity: {
      getCompilationJobs: async ([file]: string[]) => ({
        success: true,
        compilationJobsPerFile: new Map([[file, job]]),
      }),
    },
  };
  return facade as unknown as HardhatRuntimeEnvironment;
}

/**
 * As `verifySources`, with the sources, settings and bytecode that the package ships.
 * @returns one sentence per contract that was not verified.
 */
export async function verifyPackagedSources(hre: HardhatRuntimeEnvironment, book: AddressBook): Promise<string[]> {
  const artifacts = packagedArtifacts();
  const folder = await mkdtemp(join(tmpdir(), "credence-verification-"));
  const paths = { buildInfo: join(folder, "build-info.json"), output: join(folder, "output.json") };
  try {
    return await verifySources(async (contract) => {
      const name = contract.split(":")[1]!;
      const buildInfo = await artifacts.getBuildInfo(name);
      if (buildInfo === undefined)
        throw new FatalError("ARTIFACT_MISSING", `expected the compiler's input for ${name}`);
      await writeFile(paths.buildInfo, JSON.stringify(buildInfo));
      await writeFile(paths.output, JSON.stringify(compilerOutput(await artifacts.loadArtifact(name))));
      return asIfCompiledHere(hre, buildInfo, paths);
    }, book);
  } finally {
    await rm(folder, { recursive: true });
  }
}

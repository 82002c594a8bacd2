import { join } from "node:path";

import { HardhatArtifactResolver } from "@nomicfoundation/hardhat-ignition/helpers";
import type { HardhatUserConfig } from "hardhat/config";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";

import config from "../../hardhat.config.ts";
import type { Target } from "../../src/deployment/target.ts";

/**
 * Where src/deployment deploys in a test: a chain behind JSON-RPC, as a real one is, with journal and address book in a
 * folder of their own.
 * @param changes - to hardhat.config.ts.
 */
export async function createTarget(url: string, directory: string, changes: HardhatUserConfig = {}): Promise<Target> {
  const root = join(import.meta.dirname, "..", "..");
  const paths = { ...config.paths, ignition: join(directory, "ignition") };
  const networks = { ...config.networks, localhost: { type: "http", chainType: "l1", url } } as const;
  const options = { network: "localhost", buildProfile: "default" };
  const hre = await createHardhatRuntimeEnvironment({ ...config, paths, networks, ...changes }, options, root);
  const connection = await hre.network.create("localhost");
  const artifacts = new HardhatArtifactResolver(hre.artifacts);
  const journals = join(hre.config.paths.ignition, "deployments");
  return { hre, connection, artifacts, journals, directory, deploymentId: "test" };
}

import { join } from "node:path";

import { createHardhatRuntimeEnvironment } from "hardhat/hre";

import config from "../../hardhat.config.ts";
import type { Target } from "../../scripts/deployment/run.ts";

/**
 * Where scripts/deployment deploys in a test: a chain behind JSON-RPC, as a real one is, with journal and address book in a
 * folder of their own.
 */
export async function createTarget(url: string, directory: string): Promise<Target> {
  const root = join(import.meta.dirname, "..", "..");
  const paths = { ...config.paths, ignition: join(directory, "ignition") };
  const hre = await createHardhatRuntimeEnvironment({ ...config, paths }, { buildProfile: "default" }, root);
  const connection = await hre.network.create({ network: "localhost", override: { url } });
  return { hre, connection, directory, deploymentId: "test", displayUi: false };
}

/** The protocol on a chain of one's own, deployed through Ignition as on any other. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { HardhatArtifactResolver } from "@nomicfoundation/hardhat-ignition/helpers";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";

import config from "../../hardhat.config.ts";
import type { AddressBook } from "../../src/deployment/addressBook.ts";
import { parseParameters } from "../../src/deployment/parameters.ts";
import { runDeployment } from "../../src/deployment/run.ts";

const root = join(import.meta.dirname, "..", "..");

/**
 * Deploys with ignition/parameters/localhost.json5 and reads the result back. The chain's account 0 holds the supply
 * afterwards.
 * @param folder - receives Ignition's journal and the address book, `localhost.json`.
 * @throws as `runDeployment`.
 */
export async function deploy(url: string, folder: string): Promise<{ book: AddressBook; bookFile: string }> {
  const paths = { ...config.paths, ignition: join(folder, "ignition") };
  const networks = { ...config.networks, localhost: { type: "http", chainType: "l1", url } } as const;
  const options = { network: "localhost", buildProfile: "default" };
  const hre = await createHardhatRuntimeEnvironment({ ...config, paths, networks }, options, root);
  const connection = await hre.network.create("localhost");
  const file = join(root, "ignition", "parameters", "localhost.json5");
  const parameters = parseParameters(await readFile(file, "utf8"));
  try {
    const target = {
      ...{ hre, connection, directory: folder, deploymentId: "devnet" },
      artifacts: new HardhatArtifactResolver(hre.artifacts),
      journals: join(hre.config.paths.ignition, "deployments"),
    };
    const book = await runDeployment(target, parameters);
    return { book, bookFile: join(folder, "localhost.json") };
  } finally {
    await connection.close();
  }
}

import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { NetworkConnection } from "hardhat/types/network";

import type { AddressBook } from "../deployment/addressBook.ts";
import type { ChainType, Parameters } from "../deployment/parameters.ts";

/** Numbers of a deployment for tests that differ from ignition/parameters/localhost.json5. */
export type DeploymentChanges = Partial<Parameters>;

/**
 * Deploys the protocol on a connection, for a project's tests: nothing is written to the project. Owner and guardian are the
 * second and third of Hardhat's accounts, and all stake tokens are the first's, unless `changes` says otherwise.
 * @returns the address book; its `addresses` are what the actions of the package take.
 * @throws InvalidParametersError for numbers that do not fit together.
 * @example
 * const connection = await hre.network.create();
 * const { addresses } = await deployCredence(hre, connection);
 * await stake(signer, addresses, { amount });
 */
export async function deployCredence(
  hre: HardhatRuntimeEnvironment,
  connection: NetworkConnection<ChainType>,
  changes: DeploymentChanges = {},
): Promise<AddressBook> {
  // Ignition is loaded by whoever deploys, not by every run of Hardhat.
  const { deployForTests } = await import("./deployForTests.ts");
  return deployForTests(hre, connection, changes);
}

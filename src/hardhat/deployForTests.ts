import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { NetworkConnection } from "hardhat/types/network";

import type { AddressBook } from "../deployment/addressBook.ts";
import { localParameters } from "../deployment/parameterFiles.ts";
import { type ChainType, type Parameters, parseParameters } from "../deployment/parameters.ts";
import { runDeployment } from "../deployment/run.ts";
import { projectTarget } from "./target.ts";

/** Deploys with a journal and an address book that are gone afterwards. */
export async function deployForTests(
  hre: HardhatRuntimeEnvironment,
  connection: NetworkConnection<ChainType>,
  changes: Partial<Parameters>,
): Promise<AddressBook> {
  const folder = await mkdtemp(join(tmpdir(), "credence-deployment-"));
  try {
    const { progress: _silent, ...target } = projectTarget(hre, connection, () => undefined);
    const parameters = { ...parseParameters(await localParameters()), ...changes };
    return await runDeployment({ ...target, directory: folder, journals: join(folder, "journals") }, parameters);
  } finally {
    await rm(folder, { recursive: true });
  }
}

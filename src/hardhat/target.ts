import { join } from "node:path";

import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { NetworkConnection } from "hardhat/types/network";

import { packagedArtifacts } from "../deployment/packagedArtifacts.ts";
import type { ChainType } from "../deployment/parameters.ts";
import { progressLines } from "../deployment/progress.ts";
import type { Target } from "../deployment/target.ts";
import { FatalError } from "../errors.ts";
import { BOOKS } from "./deploymentOf.ts";

/** Kinds of chain whose forced inclusion the deployment's parameters know. */
const CHAIN_TYPES = ["l1", "op", "generic"] as const;

/** Where a project deploys: its own folders, and the artifacts of the package. */
export function projectTarget(
  hre: HardhatRuntimeEnvironment,
  connection: NetworkConnection<ChainType>,
  say: (line: string) => void,
): Target {
  const { networkName: network, chainType } = connection;
  if (!CHAIN_TYPES.some((known) => known === chainType)) {
    throw new FatalError(
      "CHAIN_TYPE",
      `network ${network} has chain type ${chainType}, expected one of: ${CHAIN_TYPES.join(", ")}`,
    );
  }
  return {
    hre,
    connection: connection,
    artifacts: packagedArtifacts(),
    journals: join(hre.config.paths.ignition, "deployments"),
    directory: join(hre.config.paths.root, BOOKS),
    // The project may deploy with Ignition itself, whose journals have names such as chain-1.
    deploymentId: `credence-${network}`,
    progress: progressLines(say),
  };
}

import { join } from "node:path";

import type { ArtifactResolver, ExecutionEventListener } from "@nomicfoundation/ignition-core";
import type {} from "@nomicfoundation/hardhat-ethers"; // connection.ethers
import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import type {} from "@nomicfoundation/hardhat-ignition"; // settings in the config
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { NetworkConnection } from "hardhat/types/network";

import type { ChainType } from "./parameters.ts";

/** Where a deployment goes, and what it is made from. */
export type Target = {
  /** For the project's settings: those of Ignition, and of the network. */
  readonly hre: HardhatRuntimeEnvironment;
  readonly connection: NetworkConnection<ChainType> & { readonly ethers: HardhatEthers };
  /** Bytecode, ABIs and the compiler's input: those of the repository's build, or those that the package ships. */
  readonly artifacts: ArtifactResolver;
  /** Folder of Ignition's journals. */
  readonly journals: string;
  /** Folder of address books. */
  readonly directory: string;
  /**
   * Name of Ignition's journal, and beginning of the names of those of the timelock, the new token and the governor; the
   * network's name unless two deployments share a network.
   */
  readonly deploymentId: string;
  /** Is told how far Ignition is. */
  readonly progress?: ExecutionEventListener | undefined;
};

/** Folder of one of Ignition's journals. */
export const journalPath = ({ journals }: Target, journal: string): string => join(journals, journal);

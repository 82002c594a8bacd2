import { readFile } from "node:fs/promises";

import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import type { NetworkConnection } from "hardhat/types/network";

import Protocol from "../../ignition/modules/Protocol.ts";
import Token from "../../ignition/modules/Token.ts";
import {
  type Parameters,
  parseParameters,
  protocolModuleParameters,
  scaleAmount,
  scaleParameters,
} from "../../src/deployment/parameters.ts";
import {
  type AccessManager,
  AccessManager__factory,
  type AttestationRegistry,
  AttestationRegistry__factory,
  type BlockhashSeedSource,
  BlockhashSeedSource__factory,
  type ConfigRules,
  ConfigRules__factory,
  type Court,
  Court__factory,
  type CredenceToken,
  CredenceToken__factory,
  type DisputeManager,
  DisputeManager__factory,
  type ERC7913P256Verifier,
  ERC7913P256Verifier__factory,
  type ModelRegistry,
  ModelRegistry__factory,
  type OperatorRegistry,
  OperatorRegistry__factory,
  type ReplayGame,
  ReplayGame__factory,
  type SlashingRegistry,
  SlashingRegistry__factory,
  type StakeVault,
  StakeVault__factory,
} from "../../typechain-types/index.ts";

/** A deployed protocol; contracts are connected to the deployer, who holds all tokens and no role. */
export type DeployedProtocol = {
  readonly access: AccessManager;
  readonly token: CredenceToken;
  readonly vault: StakeVault;
  readonly configRules: ConfigRules;
  readonly seedSource: BlockhashSeedSource;
  readonly court: Court;
  readonly p256Verifier: ERC7913P256Verifier;
  readonly operators: OperatorRegistry;
  readonly models: ModelRegistry;
  readonly attestations: AttestationRegistry;
  readonly slashing: SlashingRegistry;
  readonly disputes: DisputeManager;
  readonly replay: ReplayGame;
  readonly deployer: HardhatEthersSigner;
  readonly owner: HardhatEthersSigner;
  readonly guardian: HardhatEthersSigner;
  /** Accounts with ether, tokens and roles of their own to take: everybody but deployer, owner and guardian. */
  readonly others: readonly HardhatEthersSigner[];
};

/** ignition/parameters/localhost.json5 */
export async function localhostParameters(): Promise<Parameters> {
  return parseParameters(await readFile(new URL("../../ignition/parameters/localhost.json5", import.meta.url), "utf8"));
}

/**
 * Deploys the protocol through Ignition with ignition/parameters/localhost.json5 and a new stake token. For
 * `networkHelpers.loadFixture(deployProtocol)`.
 * @param changes - parameters that differ from the file.
 */
export async function deployProtocol(
  connection: NetworkConnection,
  changes: Partial<Parameters> = {},
): Promise<DeployedProtocol> {
  const { ethers, ignition } = connection;
  const parameters = { ...(await localhostParameters()), ...changes };
  const [deployer, owner, guardian, ...others] = await ethers.getSigners();

  const supply = scaleAmount("newToken.supply", parameters.newToken.supply, 18);
  const { token } = await ignition.deploy(Token, {
    parameters: { Token: { treasury: parameters.newToken.treasury, supply } },
  });
  const deployed = await ignition.deploy(Protocol, {
    parameters: protocolModuleParameters(await token.getAddress(), parameters.owner!, scaleParameters(parameters, 18)),
  });
  const at = async (name: keyof typeof deployed): Promise<string> => deployed[name].getAddress();
  return {
    access: AccessManager__factory.connect(await at("access"), deployer),
    token: CredenceToken__factory.connect(await at("token"), deployer),
    vault: StakeVault__factory.connect(await at("vault"), deployer),
    configRules: ConfigRules__factory.connect(await at("configRules"), deployer),
    seedSource: BlockhashSeedSource__factory.connect(await at("seedSource"), deployer),
    court: Court__factory.connect(await at("court"), deployer),
    p256Verifier: ERC7913P256Verifier__factory.connect(await at("p256Verifier"), deployer),
    operators: OperatorRegistry__factory.connect(await at("operators"), deployer),
    models: ModelRegistry__factory.connect(await at("models"), deployer),
    attestations: AttestationRegistry__factory.connect(await at("attestations"), deployer),
    slashing: SlashingRegistry__factory.connect(await at("slashing"), deployer),
    disputes: DisputeManager__factory.connect(await at("disputes"), deployer),
    replay: ReplayGame__factory.connect(await at("replay"), deployer),
    deployer: deployer!,
    owner: owner!,
    guardian: guardian!,
    others,
  };
}

/** Deploys the protocol on a network that outlives the program, resumes where it stopped, and reads the result back. */
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import type { HardhatEthers } from "@nomicfoundation/hardhat-ethers/types";
import { listTransactions, type TransactionInfo, TransactionStatus } from "@nomicfoundation/ignition-core";
import { getAddress, getCreateAddress, isAddress } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { NetworkConnection } from "hardhat/types/network";

import Governor from "../../ignition/modules/Governor.ts";
import Protocol from "../../ignition/modules/Protocol.ts";
import Timelock from "../../ignition/modules/Timelock.ts";
import Token from "../../ignition/modules/Token.ts";
import { FatalError } from "../../src/errors.ts";
import { type AddressBook, addressBookSchema, type Addresses, type Argument, writeAddressBook } from "./addressBook.ts";
import {
  type ChainType,
  checkParameters,
  checkReserve,
  governorModuleParameters,
  InvalidParametersError,
  type Parameters,
  protocolModuleParameters,
  scaleAmount,
  scaleParameters,
  type ScaledParameters,
  timelockModuleParameters,
} from "./parameters.ts";
import { readBack } from "./readback.ts";

const NEW_TOKEN_DECIMALS = 18; // CredenceToken
/** More transactions than a deployment sends. */
const MAX_TRANSACTIONS = 100;

/** The chain is not what the parameters ask for, or a journal is of another chain. Each difference is one sentence. */
export class DeploymentMismatchError extends FatalError {
  readonly differences: readonly string[];

  constructor(summary: string, differences: readonly string[]) {
    super("DEPLOYMENT_MISMATCH", [summary, ...differences.map((difference) => `  - ${difference}`)].join("\n"));
    this.differences = differences;
  }
}

/** Where a deployment goes. */
export type Target = {
  readonly hre: HardhatRuntimeEnvironment;
  readonly connection: NetworkConnection<ChainType>;
  /** Folder of address books. */
  readonly directory: string;
  /**
   * Name of Ignition's journal, and beginning of the names of those of the timelock, the new token and the governor; the
   * network's name unless two deployments share a network.
   */
  readonly deploymentId: string;
  /** Shows Ignition's progress. */
  readonly displayUi: boolean;
};

type Sent = TransactionInfo & { readonly block: number };

/**
 * Ignition cannot run one module while a transaction of another is on its way, and each of these needs an address that the
 * one before has left: so that each has a journal of its own.
 */
const journalOf = (deploymentId: string, part: "timelock" | "token" | "governor"): string => `${deploymentId}-${part}`;

/** Names of the journals of a deployment, in the order in which they are written. */
function journalsOf({ deploymentId }: Target, { owner, token }: Parameters): string[] {
  return [
    ...(owner === null ? [journalOf(deploymentId, "timelock")] : []),
    ...(token === null ? [journalOf(deploymentId, "token")] : []),
    deploymentId,
    ...(owner === null ? [journalOf(deploymentId, "governor")] : []),
  ];
}

/** What the journals say was sent and the chain says was included, in order. */
async function includedTransactions(target: Target, parameters: Parameters): Promise<Sent[]> {
  const { hre, connection } = target;
  const sent: Sent[] = [];
  for (const id of journalsOf(target, parameters)) {
    const journal = join(hre.config.paths.ignition, "deployments", id);
    if (!existsSync(join(journal, "journal.jsonl"))) continue;
    for (const transaction of await listTransactions(journal, hre.artifacts as never)) {
      if (transaction.status !== TransactionStatus.SUCCESS) continue;
      const receipt = await connection.ethers.provider.getTransactionReceipt(transaction.txHash);
      if (receipt === null) {
        throw new DeploymentMismatchError(
          `${journal} is the journal of another chain, or of one that was started anew: delete that folder to deploy again.`,
          [`transaction ${transaction.txHash} is unknown to ${connection.networkName}, expected to be included`],
        );
      }
      sent.push({ ...transaction, block: receipt.blockNumber });
    }
  }
  return sent;
}

async function decimalsOf(ethers: HardhatEthers, token: string | null): Promise<number> {
  if (token === null) return NEW_TOKEN_DECIMALS;
  try {
    const contract = await ethers.getContractAt("CredenceToken", token);
    return Number(await contract.getFunction("decimals").staticCall());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidParametersError([`token is ${token}, expected an ERC-20 that says its decimals: ${reason}`]);
  }
}

async function deployTimelock(target: Target, scaled: ScaledParameters): Promise<string> {
  const { timelock } = await target.connection.ignition.deploy(Timelock, {
    parameters: timelockModuleParameters(scaled),
    deploymentId: journalOf(target.deploymentId, "timelock"),
    displayUi: target.displayUi,
  });
  return timelock.getAddress();
}

async function deployToken(target: Target, { newToken }: Parameters): Promise<string> {
  const supply = scaleAmount("newToken.supply", newToken.supply, NEW_TOKEN_DECIMALS);
  const { token } = await target.connection.ignition.deploy(Token, {
    parameters: { Token: { treasury: newToken.treasury, supply } },
    deploymentId: journalOf(target.deploymentId, "token"),
    displayUi: target.displayUi,
  });
  return token.getAddress();
}

async function deployGovernor(
  target: Target,
  vault: string,
  timelock: string,
  scaled: ScaledParameters,
): Promise<string> {
  const { governor } = await target.connection.ignition.deploy(Governor, {
    parameters: governorModuleParameters(vault, timelock, scaled),
    deploymentId: journalOf(target.deploymentId, "governor"),
    displayUi: target.displayUi,
  });
  return governor.getAddress();
}

async function deploy(
  target: Target,
  parameters: Parameters,
  scaled: ScaledParameters,
): Promise<{ addresses: Addresses; owner: string }> {
  const owner = parameters.owner ?? (await deployTimelock(target, scaled));
  const token = parameters.token ?? (await deployToken(target, parameters));
  const deployed = await target.connection.ignition.deploy(Protocol, {
    parameters: protocolModuleParameters(token, owner, scaled),
    deploymentId: target.deploymentId,
    displayUi: target.displayUi,
  });
  const entries = await Promise.all(
    Object.entries(deployed).map(async ([name, contract]) => [name, await contract.getAddress()] as const),
  );
  const addresses = Object.fromEntries(entries) as Addresses;
  if (parameters.owner !== null) return { addresses, owner };
  const governor = await deployGovernor(target, addresses.vault, owner, scaled);
  return { addresses: { ...addresses, timelock: owner, governor }, owner };
}

/** For JSON: bigint as decimal text, addresses with their checksum. */
function toArgument(value: unknown): Argument {
  if (Array.isArray(value)) return value.map(toArgument);
  return isAddress(value) ? getAddress(value) : String(value);
}

async function describe(
  { hre, connection }: Target,
  sent: readonly Sent[],
): Promise<Pick<AddressBook, "network" | "chainId" | "blocks" | "creations" | "compiler">> {
  const creations: AddressBook["creations"] = [];
  for (const { name, address, params, txHash } of sent) {
    if (name === undefined || address === undefined) continue; // a call
    const { sourceName, contractName } = await hre.artifacts.readArtifact(name);
    const constructorArguments = (params ?? []).map(toArgument);
    creations.push({ contract: `${sourceName}:${contractName}`, address, constructorArguments, transaction: txHash });
  }
  const artifact = await hre.artifacts.readArtifact("StakeVault");
  const buildInfo = JSON.parse(
    await readFile(join(hre.config.paths.artifacts, "build-info", `${artifact.buildInfoId!}.json`), "utf8"),
  ) as { solcLongVersion: string; input: { settings: Record<string, unknown> } };
  const { outputSelection: _outputs, ...settings } = buildInfo.input.settings;
  const blocks = sent.map(({ block }) => block);
  return {
    network: connection.networkName,
    chainId: Number((await connection.ethers.provider.getNetwork()).chainId),
    blocks: { first: Math.min(...blocks), last: Math.max(...blocks) },
    creations,
    compiler: { version: buildInfo.solcLongVersion, settings },
  };
}

/**
 * Deploys, or finishes what an interrupted run began, or finds that nothing is left to do; then writes the address book
 * `<directory>/<network>.json` and compares the chain with the parameters.
 * @throws InvalidParametersError before anything is sent; DeploymentMismatchError if the journal is of another chain, or at
 * the end, listing every difference; what Ignition throws in between (run again to resume).
 */
export async function runDeployment(target: Target, parameters: Parameters): Promise<AddressBook> {
  const { connection, directory } = target;
  const { ethers } = connection;
  const [deployer] = await ethers.getSigners();
  if (deployer === undefined) {
    throw new InvalidParametersError([`network ${connection.networkName} has no account, expected one that pays`]);
  }
  checkParameters(parameters, deployer.address, connection.chainType);
  const tokenDecimals = await decimalsOf(ethers, parameters.token);
  const scaled = scaleParameters(parameters, tokenDecimals);
  const before = await includedTransactions(target, parameters);
  const nonce = await deployer.getNonce();
  checkReserve(parameters.reserve, [
    ...before.flatMap(({ address }) => (address === undefined ? [] : [getAddress(address)])),
    ...Array.from({ length: MAX_TRANSACTIONS }, (_, index) =>
      getCreateAddress({ from: deployer.address, nonce: nonce + index }),
    ),
  ]);

  const { addresses, owner } = await deploy(target, parameters, scaled);
  const book = addressBookSchema.parse({
    format: "credence-address-book-1",
    ...(await describe(target, await includedTransactions(target, parameters))),
    deployer: deployer.address,
    addresses,
    tokenDecimals,
    parameters,
  });
  await writeAddressBook(join(directory, `${connection.networkName}.json`), book);

  const differences = await readBack(ethers, { ...book, owner, parameters: scaled });
  if (differences.length > 0) {
    throw new DeploymentMismatchError("the chain is not what the parameters ask for:", differences);
  }
  return book;
}

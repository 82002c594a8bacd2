/** Deploys the protocol, resumes where an earlier run stopped, and reads the result back. */
import { existsSync } from "node:fs";
import { join } from "node:path";

import { listTransactions, type TransactionInfo, TransactionStatus } from "@nomicfoundation/ignition-core";
import { getAddress, getCreateAddress, isAddress } from "ethers";

import Governor from "../../ignition/modules/Governor.ts";
import Protocol from "../../ignition/modules/Protocol.ts";
import Timelock from "../../ignition/modules/Timelock.ts";
import Token from "../../ignition/modules/Token.ts";
import { FatalError } from "../errors.ts";
import { type AddressBook, addressBookSchema, type Addresses, type Argument, writeAddressBook } from "./addressBook.ts";
import { type ContractReader, contractReader } from "./contractReader.ts";
import { ignite } from "./ignite.ts";
import {
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
import { journalPath, type Target } from "./target.ts";

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
  const { artifacts, connection } = target;
  const sent: Sent[] = [];
  for (const id of journalsOf(target, parameters)) {
    const journal = journalPath(target, id);
    if (!existsSync(join(journal, "journal.jsonl"))) continue;
    for (const transaction of await listTransactions(journal, artifacts)) {
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

async function decimalsOf(reader: ContractReader, token: string | null): Promise<number> {
  if (token === null) return NEW_TOKEN_DECIMALS;
  try {
    const contract = await reader.at("CredenceToken", token);
    return Number(await contract.getFunction("decimals").staticCall());
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidParametersError([`token is ${token}, expected an ERC-20 that says its decimals: ${reason}`]);
  }
}

async function deployTimelock(target: Target, scaled: ScaledParameters): Promise<string> {
  const journal = journalOf(target.deploymentId, "timelock");
  const { timelock } = await ignite(target, Timelock, timelockModuleParameters(scaled), journal);
  return timelock;
}

async function deployToken(target: Target, { newToken }: Parameters): Promise<string> {
  const supply = scaleAmount("newToken.supply", newToken.supply, NEW_TOKEN_DECIMALS);
  const parameters = { Token: { treasury: newToken.treasury, supply } };
  const { token } = await ignite(target, Token, parameters, journalOf(target.deploymentId, "token"));
  return token;
}

async function deployGovernor(
  target: Target,
  vault: string,
  timelock: string,
  scaled: ScaledParameters,
): Promise<string> {
  const parameters = governorModuleParameters(vault, timelock, scaled);
  const { governor } = await ignite(target, Governor, parameters, journalOf(target.deploymentId, "governor"));
  return governor;
}

async function deploy(
  target: Target,
  parameters: Parameters,
  scaled: ScaledParameters,
): Promise<{ addresses: Addresses; owner: string }> {
  const owner = parameters.owner ?? (await deployTimelock(target, scaled));
  const token = parameters.token ?? (await deployToken(target, parameters));
  const addresses = await ignite(target, Protocol, protocolModuleParameters(token, owner, scaled), target.deploymentId);
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
  { artifacts, connection }: Target,
  sent: readonly Sent[],
): Promise<Pick<AddressBook, "network" | "chainId" | "blocks" | "creations" | "compiler">> {
  const creations: AddressBook["creations"] = [];
  for (const { name, address, params, txHash } of sent) {
    if (name === undefined || address === undefined) continue; // a call
    const { sourceName, contractName } = await artifacts.loadArtifact(name);
    const constructorArguments = (params ?? []).map(toArgument);
    creations.push({ contract: `${sourceName}:${contractName}`, address, constructorArguments, transaction: txHash });
  }
  const buildInfo = await artifacts.getBuildInfo("StakeVault");
  if (buildInfo === undefined) throw new FatalError("BUILD_INFO_MISSING", "expected what StakeVault was compiled from");
  const { outputSelection: _outputs, ...settings } = buildInfo.input.settings as Record<string, unknown>;
  const blocks = sent.map(({ block }) => block);
  return {
    network: connection.networkName,
    chainId: Number((await connection.ethers.provider.getNetwork()).chainId),
    blocks: { first: Math.min(...blocks), last: Math.max(...blocks) },
    creations,
    compiler: { version: buildInfo.solcLongVersion, settings },
  };
}

/** A deployment that may be begun. */
export type Plan = {
  readonly deployer: string;
  readonly tokenDecimals: number;
  readonly scaled: ScaledParameters;
  /** Transactions that an earlier run has sent. */
  readonly sent: number;
};

/**
 * Checks parameters against each other and against the chain. Sends nothing.
 * @throws InvalidParametersError; DeploymentMismatchError if the journal is of another chain.
 */
export async function planDeployment(target: Target, parameters: Parameters): Promise<Plan> {
  const { artifacts, connection } = target;
  const { ethers } = connection;
  const [deployer] = await ethers.getSigners();
  if (deployer === undefined) {
    throw new InvalidParametersError([`network ${connection.networkName} has no account, expected one that pays`]);
  }
  checkParameters(parameters, deployer.address, connection.chainType);
  const tokenDecimals = await decimalsOf(contractReader(ethers.provider, artifacts), parameters.token);
  const scaled = scaleParameters(parameters, tokenDecimals);
  const before = await includedTransactions(target, parameters);
  const nonce = await deployer.getNonce();
  checkReserve(parameters.reserve, [
    ...before.flatMap(({ address }) => (address === undefined ? [] : [getAddress(address)])),
    ...Array.from({ length: MAX_TRANSACTIONS }, (_, index) =>
      getCreateAddress({ from: deployer.address, nonce: nonce + index }),
    ),
  ]);
  return { deployer: deployer.address, tokenDecimals, scaled, sent: before.length };
}

/**
 * Deploys, or finishes what an interrupted run began, or finds that nothing is left to do; then writes the address book
 * `<directory>/<network>.json` and compares the chain with the parameters.
 * @throws as `planDeployment` before anything is sent; FatalError `DEPLOYMENT_FAILED` in between (run again to resume);
 * DeploymentMismatchError at the end, listing every difference.
 */
export async function runDeployment(target: Target, parameters: Parameters): Promise<AddressBook> {
  const { artifacts, connection, directory } = target;
  const { deployer, tokenDecimals, scaled } = await planDeployment(target, parameters);
  const { addresses, owner } = await deploy(target, parameters, scaled);
  const book = addressBookSchema.parse({
    format: "credence-address-book-1",
    ...(await describe(target, await includedTransactions(target, parameters))),
    ...{ deployer, addresses, tokenDecimals, parameters },
  });
  await writeAddressBook(join(directory, `${connection.networkName}.json`), book);

  const reader = contractReader(connection.ethers.provider, artifacts);
  const differences = await readBack(reader, { ...book, owner, parameters: scaled });
  if (differences.length > 0) {
    throw new DeploymentMismatchError("the chain is not what the parameters ask for:", differences);
  }
  return book;
}

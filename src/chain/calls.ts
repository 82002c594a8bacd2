import { isError } from "ethers";
import type { BaseContract, ContractTransactionReceipt, ContractTransactionResponse, FunctionFragment } from "ethers";

import { CredenceError, FatalError, RetryableError } from "../errors.ts";
import { ContractError, decodeError, describeError, revertData, type TokenUnit } from "../protocol/errors.ts";
import type { Contracts } from "./contracts.ts";
import { ampleGas } from "./gas.ts";
import { readInvalidInput, requireAll } from "./inputs.ts";

/** A function of a contract that sends a transaction, as TypeChain types it. */
type TransactionMethod<Arguments extends unknown[]> = {
  (...args: Arguments): Promise<ContractTransactionResponse>;
  staticCall(...args: Arguments): Promise<unknown>;
  estimateGas(...args: Arguments): Promise<bigint>;
  readonly fragment: FunctionFragment;
};

/**
 * Simulates a call, so that a refusal costs nothing, then sends it and waits until it is in a block.
 * @throws ContractError if the contract refuses, in the simulation or in the block.
 * @throws RetryableError `CHAIN_UNREACHABLE` if the node does not answer.
 * @throws FatalError `INVALID_INPUT` for an argument that cannot be one, `NO_CONTRACT` if the deployment is elsewhere,
 * `TRANSACTION_FAILED` if the transaction could not be sent or its reason is unknown.
 */
export async function send<Arguments extends unknown[]>(
  contracts: Contracts,
  method: TransactionMethod<Arguments>,
  ...args: Arguments
): Promise<ContractTransactionReceipt> {
  return translated(contracts, async () => {
    requireAll(method.fragment.inputs, args);
    await method.staticCall(...args);
    const gasLimit = ampleGas(await method.estimateGas(...args));
    const withLimit = method as unknown as (...args: unknown[]) => Promise<ContractTransactionResponse>; // ethers takes overrides last
    const transaction = await withLimit(...args, { gasLimit });
    const receipt = await transaction.wait();
    if (receipt === null) throw new FatalError("TRANSACTION_FAILED", `${transaction.hash} is not in a block`);
    return receipt;
  });
}

/**
 * Runs calls and turns what they throw into an error of this package.
 * @throws as `send`.
 */
export async function translated<Result>(contracts: Contracts, calls: () => Promise<Result>): Promise<Result> {
  try {
    return await calls();
  } catch (error) {
    throw await translate(contracts, error);
  }
}

/** How ethers and Node name a node that does not answer. */
const UNREACHABLE: ReadonlySet<string> = new Set([
  "NETWORK_ERROR",
  "SERVER_ERROR",
  "TIMEOUT",
  "EAI_AGAIN",
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOTFOUND",
  "ETIMEDOUT",
]);

async function translate(contracts: Contracts, error: unknown): Promise<CredenceError> {
  if (error instanceof CredenceError) return error;
  const description = decodeError(revertData(error) ?? "0x");
  if (description !== undefined) return new ContractError(description, await unitOf(contracts), { cause: error });
  const invalid = readInvalidInput(error);
  if (invalid !== undefined) return invalid;
  const message = describeError(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (UNREACHABLE.has(code)) return new RetryableError("CHAIN_UNREACHABLE", message, { cause: error });
  if (isError(error, "BAD_DATA") && error.value === "0x") {
    const asked = `expected a contract of this deployment to answer ${signatureOf(error.info)}, found none`;
    return new FatalError("NO_CONTRACT", `${asked}: is it the deployment of this chain?`, { cause: error });
  }
  return new FatalError("TRANSACTION_FAILED", message, { cause: error });
}

function signatureOf(info: Record<string, unknown> | undefined): string {
  return typeof info?.signature === "string" ? info.signature : "a call";
}

/** How amounts of the stake token read; undefined for a token that does not say. */
export async function unitOf({ token }: Contracts): Promise<TokenUnit | undefined> {
  try {
    const [decimals, symbol] = await Promise.all([token.decimals(), token.symbol()]);
    return { decimals: Number(decimals), symbol };
  } catch {
    return undefined; // name, symbol and decimals are optional in ERC-20
  }
}

/**
 * The arguments of an event that a transaction emitted, the first of its name.
 * @throws FatalError `EVENT_MISSING` if there is none: the address is not of that contract.
 */
export function eventOf<Arguments>(
  receipt: ContractTransactionReceipt,
  contract: BaseContract,
  name: string,
): Arguments {
  const address = contract.target as string; // contractsOf gives addresses
  for (const log of receipt.logs) {
    if (log.address.toLowerCase() !== address.toLowerCase()) continue;
    const event = contract.interface.parseLog(log);
    if (event?.name === name) return event.args.toObject() as Arguments;
  }
  throw new FatalError("EVENT_MISSING", `expected event ${name} of ${address} in ${receipt.hash}, found none`);
}

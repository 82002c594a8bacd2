import type { Provider } from "ethers";

import { FatalError } from "../errors.ts";

/** EIP-1559 fees, wei per gas. */
export type Fees = { maxFeePerGas: bigint; maxPriorityFeePerGas: bigint };

/**
 * What the node suggests, within a limit.
 * @throws FatalError `FEES_UNKNOWN` on a chain without EIP-1559.
 */
export async function suggestFees(provider: Provider, limit: bigint | undefined): Promise<Fees> {
  const { maxFeePerGas, maxPriorityFeePerGas } = await provider.getFeeData();
  if (maxFeePerGas === null || maxPriorityFeePerGas === null) {
    throw new FatalError("FEES_UNKNOWN", "the chain has no base fee: expected one with EIP-1559");
  }
  return within({ maxFeePerGas, maxPriorityFeePerGas }, limit);
}

/** A transaction that offers so many times what the node suggests is not held up by its fee: the chain stands still. */
const LARGEST_MULTIPLE = 4n;

/**
 * Fees for which nodes replace a transaction: both an eighth higher, or more if the chain asks for more.
 * @returns undefined if the limit, or four times what the node suggests, is below that.
 */
export function raiseFees(current: Fees, suggested: Fees, limit: bigint | undefined): Fees | undefined {
  const least = eighthMoreUp(current.maxFeePerGas);
  if (limit !== undefined && least > limit) return undefined;
  if (least > LARGEST_MULTIPLE * suggested.maxFeePerGas) return undefined;
  const raised = {
    maxFeePerGas: larger(least, suggested.maxFeePerGas),
    maxPriorityFeePerGas: larger(eighthMoreUp(current.maxPriorityFeePerGas), suggested.maxPriorityFeePerGas),
  };
  return within(raised, limit);
}

function eighthMoreUp(fee: bigint): bigint {
  return fee + fee / 8n + 1n;
}

function within(fees: Fees, limit: bigint | undefined): Fees {
  const maxFeePerGas = limit === undefined ? fees.maxFeePerGas : smaller(fees.maxFeePerGas, limit);
  return { maxFeePerGas, maxPriorityFeePerGas: smaller(fees.maxPriorityFeePerGas, maxFeePerGas) };
}

function larger(a: bigint, b: bigint): bigint {
  return a > b ? a : b;
}

function smaller(a: bigint, b: bigint): bigint {
  return a < b ? a : b;
}

import type { Signer } from "ethers";

import { send, translated } from "./calls.ts";
import type { Contracts } from "./contracts.ts";

/**
 * Lets a contract take that much of the signer's stake token: approves the amount if the allowance is lower.
 * @param spender The vault for stake, the DisputeManager for cases.
 */
export async function allow(contracts: Contracts, signer: Signer, spender: string, amount: bigint): Promise<void> {
  const owner = await signer.getAddress();
  const allowance = await translated(contracts, () => contracts.token.allowance(owner, spender));
  if (allowance < amount) await send(contracts, contracts.token.approve, spender, amount);
}

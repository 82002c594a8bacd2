import type { Provider } from "ethers";

import { translated } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";

export type ReadAccountParameters = { account: string };

/** What the vault knows of an account. Amounts in the stake token's smallest unit. */
export type Account = {
  active: bigint;
  /** In the ticket that can be withdrawn from `maturesAt` on. */
  unbonding: bigint;
  /** Unix time in seconds; 0: no ticket. */
  maturesAt: number;
  /** Part of `active + unbonding` that modules have locked. */
  locked: bigint;
  /** To be claimed. */
  credit: bigint;
  /** Whether its active stake carries votes. */
  enrolled: boolean;
};

/**
 * Reads an account of the vault; zeros for one that never staked.
 * @example
 * const { active, locked, credit } = await readAccount(provider, deployment, { account });
 */
export async function readAccount(
  provider: Provider,
  deployment: Deployment,
  { account }: ReadAccountParameters,
): Promise<Account> {
  const contracts = contractsOf(deployment, provider);
  const view = await translated(contracts, () => contracts.vault.account(account));
  const { active, unbonding, maturesAt, locked, credit, enrolled } = view;
  return { active, unbonding, maturesAt: Number(maturesAt), locked, credit, enrolled };
}

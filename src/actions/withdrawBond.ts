import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";

export type WithdrawBondParameters = { gameId: bigint };

/**
 * Returns the bond of a game on an answer that was overturned to its challenger, by anybody.
 * @returns what the challenger is credited in the vault, stake token, smallest unit.
 * @throws ContractError for example `NotOverturned`, `GameNotOpen`.
 * @example
 * const bond = await withdrawBond(signer, deployment, { gameId });
 */
export async function withdrawBond(
  signer: Signer,
  deployment: Deployment,
  { gameId }: WithdrawBondParameters,
): Promise<bigint> {
  const contracts = contractsOf(deployment, signer);
  const sent = await send(contracts, contracts.replay.withdrawBond, gameId);
  return eventOf<{ bond: bigint }>(sent, contracts.disputes, "GameBondReturned").bond;
}

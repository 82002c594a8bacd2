import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import { overturnedAnswer, type OverturnedAnswer } from "../chain/overturnedAnswer.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { Receipt } from "../protocol/receipts.ts";

export type ClaimTimeoutParameters = {
  gameId: bigint;
  /** Of the answer that the game is about. */
  receipt: Receipt;
};

/** Who lost. Amounts of the stake token, smallest unit, credited in the vault. */
export type ClaimedTimeout =
  /** The answer is overturned; bounty and bond are the challenger's. */
  | ({ operatorLost: true } & OverturnedAnswer)
  /** The bond is lost. */
  | { operatorLost: false; toOperator: bigint; toReserve: bigint };

/**
 * Ends a game in which a clock ran out, by anybody, in favour of the other side.
 * @throws ContractError for example `ClockRunning`, `GameNotOpen`, `GameOfAnother`.
 * @example
 * const { operatorLost } = await claimTimeout(signer, deployment, { gameId, receipt });
 */
export async function claimTimeout(
  signer: Signer,
  deployment: Deployment,
  { gameId, receipt }: ClaimTimeoutParameters,
): Promise<ClaimedTimeout> {
  const contracts = contractsOf(deployment, signer);
  const { disputes, replay } = contracts;
  const sent = await send(contracts, replay.claimTimeout, gameId, receipt);
  const { operatorLost } = eventOf<{ operatorLost: boolean }>(sent, replay, "ClockClaimed");
  if (operatorLost) return { operatorLost, ...overturnedAnswer(contracts, sent) };
  type Forfeited = { toOperator: bigint; toReserve: bigint };
  const { toOperator, toReserve } = eventOf<Forfeited>(sent, disputes, "GameBondForfeited");
  return { operatorLost, toOperator, toReserve };
}

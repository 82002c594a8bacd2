import type { BytesLike, Signer } from "ethers";

import { allow } from "../chain/allowance.ts";
import { eventOf, send, translated } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Leaf } from "../protocol/answers.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { GamePhase } from "../protocol/games.ts";
import { parseId, type ReceiptId } from "../protocol/ids.ts";

export type OpenGameParameters = {
  /** Where the answer stands in an anchored batch; `bareLeaf(receipt)` is enough for one that is published. */
  leaf: Leaf;
  /** The bytes that the receipt's hashes are of, for an answer that is not published. */
  request?: BytesLike;
  output?: BytesLike;
};

export type OpenedGame = {
  gameId: bigint;
  receiptId: ReceiptId;
  /** Stake token, smallest unit; lost with the game, returned if the answer is overturned. */
  bond: bigint;
  /** `Roots`, or `Choose` if the roots were published before. */
  phase: GamePhase;
  /** Of the first move, Unix time in seconds. */
  deadline: number;
};

/**
 * Contests an answer whose trace is withheld: the operator must show it, or lose by the clock. Publishes the answer
 * unless somebody has. Approves the bond for the DisputeManager first if the allowance is lower.
 *
 * Warning: whoever opens a game on an answer that is right loses the bond.
 * @throws ContractError for example `GroundNotAllowed`, `AnswerOver`, `ERC20InsufficientBalance`.
 * @example
 * const { gameId } = await openGame(signer, deployment, { leaf: bareLeaf(receipt) });
 */
export async function openGame(
  signer: Signer,
  deployment: Deployment,
  { leaf, request = "0x", output = "0x" }: OpenGameParameters,
): Promise<OpenedGame> {
  const contracts = contractsOf(deployment, signer);
  const { disputes, replay } = contracts;
  await allow(contracts, signer, deployment.disputes, await translated(contracts, () => disputes.replayBond()));
  const sent = await send(contracts, disputes.openGame, leaf, request, output);
  type Opened = { gameId: bigint; receiptId: string; bond: bigint };
  const { gameId, receiptId, bond } = eventOf<Opened>(sent, disputes, "GameOpened");
  const { phase, deadline } = eventOf<{ phase: bigint; deadline: bigint }>(sent, replay, "GameStarted");
  return {
    gameId,
    receiptId: parseId(receiptId),
    bond,
    phase: Number(phase) as GamePhase,
    deadline: Number(deadline),
  };
}

import { ZeroHash, type Signer } from "ethers";

import { send, translated } from "../chain/calls.ts";
import { contractsOf, type Contracts } from "../chain/contracts.ts";
import { FatalError } from "../errors.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { ChallengerMove, OperatorMove } from "../protocol/gamePlayer.ts";
import type { Receipt } from "../protocol/receipts.ts";
import { claimTimeout } from "./claimTimeout.ts";
import { proveFault } from "./proveFault.ts";
import { withdrawBond } from "./withdrawBond.ts";

/** A move of either side, as `challengerMove` and `operatorMove` propose it. */
export type GameMove = ChallengerMove | OperatorMove;

export type PlayMoveParameters = {
  gameId: bigint;
  /** Of the answer that the game is about. */
  receipt: Receipt;
  move: GameMove;
};

/**
 * Sends what the player proposes. Moves of the operator may be sent by anybody who knows them, `choose` and `pick` by
 * the challenger alone.
 * @returns whether a transaction was sent: there is none for `wait` and `none`.
 * @throws ContractError for example `ClockOut`, `GameInPhase`, `NodeMismatch`, `RootsPublished`.
 * @throws FatalError `GAME_OF_ANOTHER` for roots of another answer than the game's.
 * @example
 * const game = await readGame(provider, deployment, { gameId });
 * await playMove(signer, deployment, { gameId, receipt, move: operatorMove(game, record, now) });
 */
export async function playMove(
  signer: Signer,
  deployment: Deployment,
  { gameId, receipt, move }: PlayMoveParameters,
): Promise<boolean> {
  const contracts = contractsOf(deployment, signer);
  const { replay } = contracts;
  switch (move.kind) {
    case "publishRoots":
      await requireGameOn(contracts, gameId, receipt);
      await send(contracts, replay.publishRoots, receipt, move.roots);
      break;
    case "choose":
      await send(contracts, replay.choose, gameId, receipt, move.trace, move.tensor);
      break;
    case "revealChildren":
      await send(contracts, replay.revealChildren, gameId, move.children);
      break;
    case "pick":
      await send(contracts, replay.pick, gameId, move.children, move.child);
      break;
    case "revealLeaf":
      await send(contracts, replay.revealLeaf, gameId, move.leaf);
      break;
    case "prove":
      await proveFault(signer, deployment, { receipt, fault: move.fault });
      break;
    case "claimTimeout":
      await claimTimeout(signer, deployment, { gameId, receipt });
      break;
    case "withdrawBond":
      await withdrawBond(signer, deployment, { gameId });
      break;
    case "wait":
    case "none":
      return false;
  }
  return true;
}

/** The roots of another answer would be taken, and this game's clock would run on. Before any game they may be published. */
async function requireGameOn(contracts: Contracts, gameId: bigint, receipt: Receipt): Promise<void> {
  const { attestations, replay } = contracts;
  const [expected, actual] = await translated(contracts, async () =>
    Promise.all([replay.gameOf(gameId).then((game) => game.receiptId), attestations.receiptIdOf(receipt)]),
  );
  if (expected !== ZeroHash && actual !== expected) {
    throw new FatalError("GAME_OF_ANOTHER", `the receipt is ${actual}, expected that of game ${gameId}, ${expected}`);
  }
}

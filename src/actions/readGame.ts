import type { Provider } from "ethers";

import { blockBefore } from "../chain/blockBefore.ts";
import { translated } from "../chain/calls.ts";
import { contractsOf, type Contracts } from "../chain/contracts.ts";
import { eventsOf } from "../chain/logs.ts";
import { LockState } from "../protocol/answers.ts";
import type { Deployment } from "../protocol/deployment.ts";
import { describeGame } from "../protocol/gameSentences.ts";
import {
  GamePhase,
  readGameClock,
  readGameRecord,
  type Game,
  type GameClock,
  type GameEvents,
  type GameRecord,
} from "../protocol/games.ts";

export type ReadGameParameters = { gameId: bigint };

/** A game, and where it stands for a person. */
export type ReadGame = Game & { sentence: string };

/**
 * Reads a game at the newest block: whose turn it is and until when, all that was shown in it, and a sentence. `phase` is
 * `None` if there is no such game. What it gives is what `challengerMove` and `operatorMove` take.
 * @throws RetryableError `CHAIN_UNREACHABLE` if the node does not answer.
 * @example
 * const { phase, deadline, sentence } = await readGame(provider, deployment, { gameId });
 */
export async function readGame(
  provider: Provider,
  deployment: Deployment,
  { gameId }: ReadGameParameters,
): Promise<ReadGame> {
  const contracts = contractsOf(deployment, provider);
  return translated(contracts, async () => {
    const blockTag = await provider.getBlockNumber();
    const { attestations, disputes, replay } = contracts;
    const clock = readGameClock(gameId, await replay.gameOf(gameId, { blockTag }));
    const [{ bond }, answer, rootsPublishedAt] = await Promise.all([
      disputes.bondOf(gameId, { blockTag }),
      attestations.answer(clock.receiptId, { blockTag }),
      replay.rootsPublishedAt(clock.receiptId, { blockTag }),
    ]);
    // No game is older than the publication of its answer; roots can be.
    const times = [answer.publishedAt, rootsPublishedAt].map(Number).filter((time) => time > 0);
    const record = await readRecord(provider, contracts, clock, { blockTag, since: Math.min(...times) });
    const isOverturned = Number(answer.state) === LockState.Seized;
    const game = { ...clock, ...record, bond, isOverturned };
    return { ...game, sentence: describeGame(game) };
  });
}

async function readRecord(
  provider: Provider,
  { replay }: Contracts,
  { gameId, receiptId, phase }: GameClock,
  { blockTag, since }: { blockTag: number; since: number },
): Promise<GameRecord> {
  const newest = phase === GamePhase.None ? null : await provider.getBlock(blockTag);
  const fromBlock = newest === null ? blockTag + 1 : await blockBefore(provider, newest, since);
  const { filters } = replay;
  const events = <Kind extends keyof GameEvents>(filter: Parameters<typeof eventsOf>[1]) =>
    eventsOf<GameEvents[Kind][number]>(replay, filter, fromBlock, blockTag);
  const [rootsPublished, childrenRevealed, childPicked, leafRevealed, clockClaimed] = await Promise.all([
    events<"rootsPublished">(filters.TensorRootsPublished(receiptId)),
    events<"childrenRevealed">(filters.ChildrenRevealed(gameId)),
    events<"childPicked">(filters.ChildPicked(gameId)),
    events<"leafRevealed">(filters.LeafRevealed(gameId)),
    events<"clockClaimed">(filters.ClockClaimed(gameId)),
  ]);
  return readGameRecord({ rootsPublished, childrenRevealed, childPicked, leafRevealed, clockClaimed });
}

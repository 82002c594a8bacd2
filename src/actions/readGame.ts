import type { Provider } from "ethers";

import { blockAt } from "../chain/blockAt.ts";
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
    const [publishedAt, rootsAt] = [Number(answer.publishedAt), Number(rootsPublishedAt)];
    const record = await readRecord(provider, contracts, clock, { blockTag, publishedAt, rootsAt });
    const isOverturned = Number(answer.state) === LockState.Seized;
    const game = { ...clock, ...record, bond, isOverturned };
    return { ...game, sentence: describeGame(game) };
  });
}

type Filter = Parameters<typeof eventsOf>[1];

async function readRecord(
  provider: Provider,
  { replay }: Contracts,
  { gameId, receiptId, phase }: GameClock,
  { blockTag, publishedAt, rootsAt }: { blockTag: number; publishedAt: number; rootsAt: number },
): Promise<GameRecord> {
  const newest = phase === GamePhase.None ? null : await provider.getBlock(blockTag);
  if (newest === null) {
    return readGameRecord({
      rootsPublished: [],
      childrenRevealed: [],
      childPicked: [],
      leafRevealed: [],
      clockClaimed: [],
    });
  }
  // No game is older than the publication of its answer. Roots can be, by as long as somebody likes: only their time is read.
  const fromBlock = await blockBefore(provider, newest, publishedAt);
  const areRootsOlder = rootsAt > 0 && rootsAt < publishedAt;
  const rootsFrom = areRootsOlder ? await blockAt(provider, newest, rootsAt) : fromBlock;
  const rootsTo = areRootsOlder ? (await blockAt(provider, newest, rootsAt + 1)) - 1 : blockTag;
  const { filters } = replay;
  const events = <Kind extends keyof GameEvents>(filter: Filter, from = fromBlock, to = blockTag) =>
    eventsOf<GameEvents[Kind][number]>(replay, filter, from, to);
  const [rootsPublished, childrenRevealed, childPicked, leafRevealed, clockClaimed] = await Promise.all([
    events<"rootsPublished">(filters.TensorRootsPublished(receiptId), rootsFrom, rootsTo),
    events<"childrenRevealed">(filters.ChildrenRevealed(gameId)),
    events<"childPicked">(filters.ChildPicked(gameId)),
    events<"leafRevealed">(filters.LeafRevealed(gameId)),
    events<"clockClaimed">(filters.ClockClaimed(gameId)),
  ]);
  return readGameRecord({ rootsPublished, childrenRevealed, childPicked, leafRevealed, clockClaimed });
}

import { ZeroHash, type Block, type Provider } from "ethers";

import { readAnchoredBatch, type AnchoredBatch } from "../chain/anchoredBatch.ts";
import { blocksOf } from "../chain/blocksOf.ts";
import { translated } from "../chain/calls.ts";
import { readConfidence } from "../chain/confidence.ts";
import { contractsOf, type Contracts } from "../chain/contracts.ts";
import { readCourtCase, type CourtCase } from "../chain/courtCase.ts";
import { eventsOf } from "../chain/logs.ts";
import { readReceipt } from "../chain/readReceipt.ts";
import { FatalError } from "../errors.ts";
import type { Confidence, LockState } from "../protocol/answers.ts";
import { Phase } from "../protocol/court.ts";
import type { Deployment } from "../protocol/deployment.ts";
import { readGameClock, type GameClock } from "../protocol/games.ts";
import { parseId, type ReceiptId } from "../protocol/ids.ts";
import type { Receipt } from "../protocol/receipts.ts";

export type ReadAnswerParameters = { receiptId: ReceiptId };

/** A published answer: what was asked and said, what stands behind it, and what was started against it. */
export type AnswerRecord = {
  receiptId: ReceiptId;
  /** What `openCase`, `openGame` (as `bareLeaf(receipt)`) and `proveFault` take. */
  receipt: Receipt;
  /** The bytes shown, in hex; `0x` for models with private input. */
  request: string;
  output: string;
  /** The transaction that published it. */
  published: { blockNumber: number; transactionHash: string };
  /** The batch that it is in; undefined if it was anchored by itself. */
  batch: AnchoredBatch | undefined;
  confidence: Confidence;
  /** Coverage and penalty that were locked, kept after they are free; stake token, smallest unit. */
  locked: bigint;
  lockState: LockState;
  /** Cases and games that hold its lock now. */
  openCases: number;
  /** The case on it; undefined if none was ever opened. */
  courtCase: CourtCase | undefined;
  /** The games on it, oldest first; `readGame` says more of each. */
  games: GameClock[];
};

/**
 * Finds a published answer by its id alone, at the newest block, with all that somebody needs who contests it.
 * @returns undefined if no such answer is published; a receipt that is not is known only to who holds it.
 * @throws RetryableError `CHAIN_UNREACHABLE` if the node does not answer.
 * @throws FatalError `EVENT_MISSING` if the node does not have the events of that time any more.
 * @example
 * const answer = await readAnswer(provider, deployment, { receiptId });
 * if (answer) await openGame(challenger, deployment, { leaf: bareLeaf(answer.receipt) });
 */
export async function readAnswer(
  provider: Provider,
  deployment: Deployment,
  { receiptId }: ReadAnswerParameters,
): Promise<AnswerRecord | undefined> {
  const contracts = contractsOf(deployment, provider);
  return translated(contracts, async () => {
    const newest = (await provider.getBlock("latest"))!;
    const at = { blockTag: newest.number };
    const view = await contracts.attestations.answer(receiptId, at);
    if (view.publishedAt === 0n) return undefined;
    const { batchId, firstBlock, ...publication } = await readPublication(
      provider,
      contracts,
      newest,
      receiptId,
      Number(view.publishedAt),
    );
    const [confidence, batch, courtCase, games] = await Promise.all([
      contracts.attestations.checkReceipt(publication.receipt, at),
      batchId === undefined ? undefined : readAnchoredBatch(provider, contracts, newest, batchId),
      readCourtCase(contracts, receiptId, newest.number),
      readGames(contracts, receiptId, firstBlock, newest.number),
    ]);
    return {
      receiptId,
      ...publication,
      batch,
      confidence: readConfidence(confidence),
      locked: view.locked,
      lockState: Number(view.state) as LockState,
      openCases: Number(view.openCases),
      courtCase: courtCase.phase === Phase.None ? undefined : courtCase,
      games,
    };
  });
}

async function readPublication(
  provider: Provider,
  { attestations }: Contracts,
  newest: Block,
  receiptId: ReceiptId,
  publishedAt: number,
) {
  const [from, to] = await blocksOf(provider, newest, publishedAt);
  const [event] = await attestations.queryFilter(attestations.filters.AnswerPublished(receiptId), from, to);
  if (event === undefined) {
    throw new FatalError(
      "EVENT_MISSING",
      `expected event AnswerPublished of ${receiptId} in blocks ${from} to ${to}, found none`,
    );
  }
  const { batchId, receipt, request, output } = event.args;
  return {
    batchId: batchId === ZeroHash ? undefined : parseId<AnchoredBatch["batchId"]>(batchId),
    firstBlock: from,
    receipt: readReceipt(receipt),
    request,
    output,
    published: { blockNumber: event.blockNumber, transactionHash: event.transactionHash },
  };
}

/** No game is older than the publication of its answer. */
async function readGames(
  { replay }: Contracts,
  receiptId: ReceiptId,
  fromBlock: number,
  toBlock: number,
): Promise<GameClock[]> {
  const filter = replay.filters.GameStarted(undefined, receiptId);
  const started = await eventsOf<{ gameId: bigint }>(replay, filter, fromBlock, toBlock);
  return Promise.all(
    started.map(async ({ gameId }) => readGameClock(gameId, await replay.gameOf(gameId, { blockTag: toBlock }))),
  );
}

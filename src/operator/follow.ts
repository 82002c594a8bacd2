import type { Provider } from "ethers";
import type { Logger } from "pino";

import { translated } from "../chain/calls.ts";
import { contractsOf, type Contracts } from "../chain/contracts.ts";
import { ChainFollower, type FollowedLog } from "../chain/follower.ts";
import type { Head } from "../chain/head.ts";
import { cursorTable } from "../daemon/cursorTable.ts";
import type { Journal } from "../daemon/journal.ts";
import { FatalError, RetryableError } from "../errors.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { Id, ReceiptId, BatchId } from "../protocol/ids.ts";
import { answerState, type AnswerState } from "./answerState.ts";
import { ChainEvents, type Fact } from "./chainEvents.ts";
import { ChainJournal, subjectsOf, type Subjects } from "./chainJournal.ts";
import { gameState } from "./gameState.ts";
import { AnswerJournal } from "./journal.ts";

export type OperatorFollowerOptions = {
  journal: Journal;
  provider: Provider;
  deployment: Deployment;
  /** The operator's address. */
  operator: string;
  /** Block in which the deployment began, or the operator registered. */
  fromBlock: number;
  /** Models that answers may be given for from now on. */
  modelIds: readonly string[];
  log: Logger;
  /** Something was anchored or published in the operator's name that this journal did not sign. */
  onForeign?: (fact: Fact) => void;
  /** The followed chain went back, and with it so many own batches. */
  onReorg?: (batches: number) => void;
};

/** Constants of the deployment's contracts, seconds. */
type Windows = {
  honour: number;
  move: number;
  /** Time to contest, by model. */
  challenge: ReadonlyMap<string, number>;
};

/** Blocks whose time is asked for at once. */
const BLOCKS_AT_ONCE = 16;

/**
 * Follows what the chain says of one operator into its journal: batches, publications, games, cases. A reorg takes back
 * what was said in blocks that are gone; what was signed and batched stays.
 */
export class OperatorFollower {
  readonly #options: OperatorFollowerOptions;
  readonly #contracts: Contracts;
  readonly #events: ChainEvents;
  readonly #answers: AnswerJournal;
  readonly #chain: ChainJournal;
  readonly #follower: ChainFollower;
  readonly #operator: string;
  #windows: Windows | undefined;

  constructor(options: OperatorFollowerOptions) {
    const { journal, provider, deployment, operator, fromBlock, log } = options;
    this.#options = options;
    this.#contracts = contractsOf(deployment, provider);
    this.#events = new ChainEvents(this.#contracts);
    this.#answers = new AnswerJournal(journal);
    this.#chain = new ChainJournal(journal);
    this.#operator = operator.toLowerCase();
    this.#follower = new ChainFollower({
      provider,
      addresses: this.#events.addresses,
      fromBlock,
      cursor: cursorTable(journal),
      transaction: (work) => journal.transaction(work),
      apply: (logs, head) => {
        this.#apply(logs, head);
      },
      rollback: (toBlock) => {
        this.#rollback(toBlock);
      },
      log,
    });
  }

  /** The newest block that was followed. Its timestamp is the time of every decision. */
  get head(): Head | undefined {
    return this.#follower.head;
  }

  /**
   * Follows to the newest block, with everything that is due to be known of it.
   * @throws RetryableError `CHAIN_STALE`, `CHAIN_UNREACHABLE`.
   */
  async poll(signal?: AbortSignal): Promise<Head> {
    this.#windows ??= await this.#readWindows();
    const head = await this.#follower.poll(signal);
    await this.#completeTimes();
    return head;
  }

  async #readWindows(): Promise<Windows> {
    const { attestations, replay, models } = this.#contracts;
    const ids = [...new Set([...this.#options.modelIds, ...this.#chain.modelIds()])];
    return translated(this.#contracts, async () => {
      const [honour, move, terms] = await Promise.all([
        attestations.HONOUR_WINDOW(),
        replay.MOVE_WINDOW(),
        Promise.all(ids.map((id) => models.terms(id))),
      ]);
      const challenge = new Map(ids.map((id, i) => [id, Number(terms[i]!.challengeWindow)]));
      return { honour: Number(honour), move: Number(move), challenge };
    });
  }

  /* IN THE TRANSACTION OF THE CURSOR */

  #apply(logs: readonly FollowedLog[], head: Head): void {
    const own: Fact[] = [];
    for (const log of logs) {
      const fact = this.#events.read(log);
      if (fact === undefined || !this.#isOwn(fact)) continue;
      this.#chain.record(fact);
      this.#chain.addBlock(fact.blockHash, fact.block, fact.blockHash === head.hash ? head.timestamp : undefined);
      own.push(fact);
      this.#tell(fact);
    }
    this.#sumUp(subjectsOf(own));
  }

  #rollback(toBlock: number): void {
    const subjects = this.#chain.forget(toBlock);
    this.#answers.rollback(toBlock);
    this.#sumUp(subjects);
    this.#options.onReorg?.(subjects.batchIds.size);
  }

  #isOwn({ operator, receiptId, gameId, name }: Fact): boolean {
    if (operator !== undefined) return operator.toLowerCase() === this.#operator;
    if (receiptId !== undefined) return this.#chain.lockOf(receiptId) !== undefined;
    if (gameId !== undefined) return this.#chain.hasGame(gameId);
    return name === "ModelDeprecation";
  }

  #tell(fact: Fact): void {
    const { log, onForeign } = this.#options;
    const { name, receiptId, gameId, batchId, details, block } = fact;
    log.info({ event: name, receiptId, gameId, batchId, block, ...details }, "the chain says");
    const isForeign =
      (name === "BatchAnchored" && this.#answers.batch(batchId!) === undefined) ||
      (name === "AnswerPublished" && this.#chain.lockOf(receiptId!) === undefined);
    if (!isForeign) return;
    log.error(
      { event: name, receiptId, batchId, block },
      "the chain has something of this operator that this journal never signed: another journal, or a stolen key",
    );
    onForeign?.(fact);
  }

  /* WHAT FACTS ADD UP TO */

  #sumUp({ receiptIds, gameIds, batchIds }: Subjects): void {
    const games = new Set(gameIds);
    for (const receiptId of receiptIds) {
      this.#sumUpAnswer(receiptId as Id<string> as ReceiptId);
      for (const gameId of this.#chain.gamesOf(receiptId)) games.add(gameId); // roots move all of them
    }
    for (const gameId of games) {
      const times = { timeOf: (hash: string) => this.#chain.timeOf(hash), moveWindow: this.#windows!.move };
      this.#chain.setGame(gameId, gameState(gameId, this.#chain.factsOfGame(gameId), times));
    }
    for (const batchId of batchIds) this.#sumUpBatch(batchId as Id<string> as BatchId);
  }

  #sumUpAnswer(receiptId: ReceiptId): void {
    const lock = this.#chain.lockOf(receiptId);
    if (lock === undefined) return;
    const state = answerState(this.#chain.factsOfReceipt(receiptId), lock);
    this.#chain.setAnswerState(receiptId, state);
    const publishedAt = state && this.#chain.timeOf(state.blockHash);
    if (state !== undefined && publishedAt !== undefined) this.#publish(receiptId, state, publishedAt);
  }

  #publish(receiptId: ReceiptId, state: AnswerState, publishedAt: number): void {
    const { block, finalAt, locked, missing, isAlone, missingAtFirst } = state;
    const honourBy = isAlone && missingAtFirst > 0n ? publishedAt + this.#windows!.honour : undefined;
    this.#answers.setPublished({ receiptId, block, publishedAt, finalAt, locked, missing, honourBy });
  }

  #sumUpBatch(batchId: BatchId): void {
    const fact = this.#chain.anchoringOf(batchId);
    const stored = this.#answers.batch(batchId);
    const anchoredAt = fact && this.#chain.timeOf(fact.blockHash);
    if (fact === undefined || stored === undefined || anchoredAt === undefined) return;
    const { modelId } = stored.batch;
    const window = this.#windows!.challenge.get(modelId);
    if (window === undefined) throw new FatalError("MODEL_TERMS", `the terms of model ${modelId} were not read`);
    const { block, blockHash } = fact;
    this.#answers.setAnchored(batchId, { block, blockHash, anchoredAt, lockEnd: anchoredAt + window });
    const ahead = this.#chain.leavesIssuedAfter(stored.batch.root, anchoredAt);
    if (ahead === 0) return;
    // A reorg deeper than the confirmations: the last resort takes care of them.
    this.#options.log.error({ batchId, anchoredAt, ahead }, "the batch was anchored before receipts of it were issued");
  }

  /** Asks for the time of blocks that were not the head when their events came. */
  async #completeTimes(): Promise<void> {
    const { provider, journal } = this.#options;
    for (;;) {
      const blocks = this.#chain.blocksWithoutTime(BLOCKS_AT_ONCE);
      if (blocks.length === 0) return;
      const read = await Promise.all(
        blocks.map(async ({ hash, number }) => {
          const block = await translated(this.#contracts, () => provider.getBlock(hash));
          if (block === null)
            throw new RetryableError("CHAIN_STALE", `the node does not have block ${number}, ${hash}`);
          return { hash, number, timestamp: block.timestamp };
        }),
      );
      journal.transaction(() => {
        for (const { hash, number, timestamp } of read) {
          this.#chain.addBlock(hash, number, timestamp);
          this.#sumUp(subjectsOf(this.#chain.factsOfBlock(number)));
        }
      });
    }
  }
}

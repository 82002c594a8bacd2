import type { Log, Provider } from "ethers";

import { RetryableError } from "../errors.ts";
import { silent, type ChainLog } from "./clock.ts";
import { readHead, type Head } from "./head.ts";

/** An event as the node gave it, at a place in the chain that the follower has checked. */
export type FollowedLog = {
  address: string;
  topics: readonly string[];
  data: string;
  blockNumber: number;
  blockHash: string;
  transactionHash: string;
  /** In its block. */
  index: number;
};

/** How far a journal has followed the chain. */
export type Cursor = {
  /** Kept heads, newest first; those of the last 256 blocks at least. */
  heads(): Head[];
  advance(head: Head): void;
  /** Forgets the heads after a block. */
  rollback(toBlock: number): void;
};

export type FollowerOptions = {
  provider: Provider;
  /** Of the contracts whose events count. */
  addresses: readonly string[];
  /** First block that can have such an event. */
  fromBlock: number;
  cursor: Cursor;
  /** All in one journal transaction with the cursor: apply events up to `head`, or forget what came after `toBlock`. */
  transaction: <T>(work: () => T) => T;
  /** Events since the head before, in the order of the chain. */
  apply(logs: readonly FollowedLog[], head: Head): void;
  /** Forget every event of a block above this one. */
  rollback(toBlock: number): void;
  log?: ChainLog;
};

/** Nodes refuse larger ranges. */
const MAX_RANGE = 10_000;

/**
 * Follows the events of contracts to the newest block, and back when the chain reorganises.
 * What it hands over is exactly what the chain had at the head that it names.
 */
export class ChainFollower {
  readonly #options: FollowerOptions;
  readonly #log: ChainLog;
  #range = MAX_RANGE;

  constructor(options: FollowerOptions) {
    this.#options = options;
    this.#log = options.log ?? silent;
  }

  /** The newest block whose events were applied; undefined before the first. */
  get head(): Head | undefined {
    return this.#options.cursor.heads()[0];
  }

  /**
   * Follows to the newest block. Several at a time would get into each other's way: one loop calls this.
   * @returns The head, the same as before if there is no new block.
   * @throws RetryableError `CHAIN_STALE` if the node is behind what was followed, or its answers do not fit together;
   * `CHAIN_UNREACHABLE`. What was applied until then stays.
   */
  async poll(signal?: AbortSignal): Promise<Head> {
    const { provider, fromBlock } = this.#options;
    const newest = await readHead(provider);
    await this.#rewind(newest);
    for (;;) {
      signal?.throwIfAborted();
      const head = this.head;
      const from = head === undefined ? fromBlock : head.number + 1;
      if (head !== undefined && from > newest.number) return head;
      if (from > newest.number) throw new RetryableError("CHAIN_STALE", `block ${from} is not there yet`);
      await this.#step(from, newest);
    }
  }

  /** Goes back to the newest kept head that is still part of the chain. */
  async #rewind(newest: Head): Promise<void> {
    const { cursor, provider } = this.#options;
    const heads = cursor.heads();
    const [head] = heads;
    if (head === undefined || head.hash === newest.hash) return;
    if (newest.number < head.number) {
      // Behind, or on a shorter fork: only a block that differs tells the second, and then a longer one follows.
      throw new RetryableError("CHAIN_STALE", `the node is at block ${newest.number}, ${head.number} was followed`);
    }
    for (const kept of heads) {
      if ((await readHead(provider, kept.number)).hash !== kept.hash) continue;
      if (kept !== head) this.#rollback(kept.number);
      return;
    }
    this.#rollback(this.#options.fromBlock - 1);
  }

  #rollback(toBlock: number): void {
    const { cursor, transaction, rollback } = this.#options;
    this.#log.warn({ from: this.head?.number, toBlock }, "the chain reorganised");
    transaction(() => {
      rollback(toBlock);
      cursor.rollback(toBlock);
    });
  }

  async #step(from: number, newest: Head): Promise<void> {
    const { provider, addresses, cursor, transaction, apply } = this.#options;
    const to = Math.min(from + this.#range - 1, newest.number);
    const found = await provider.getLogs({ address: [...addresses], fromBlock: from, toBlock: to });
    const head = to === newest.number ? newest : await readHead(provider, to);
    const logs = found.map(followedLog);
    transaction(() => {
      apply(logs, head);
      cursor.advance(head);
    });
  }
}

function followedLog({ address, topics, data, blockNumber, blockHash, transactionHash, index }: Log): FollowedLog {
  return { address, topics, data, blockNumber, blockHash, transactionHash, index };
}

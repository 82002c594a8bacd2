import { ZeroHash, type Log, type Provider } from "ethers";

import { RetryableError } from "../errors.ts";
import { asked } from "./asked.ts";
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
  apply: (logs: readonly FollowedLog[], head: Head) => void;
  /** Forget every event of a block above this one. */
  rollback: (toBlock: number) => void;
  log?: ChainLog;
};

/** Nodes refuse larger ranges. */
const MAX_RANGE = 10_000;
/**
 * The newest blocks are read one by one, each by its hash: a node that is behind, or on another fork, then says that it does
 * not know it, and does not answer a range with what it happens to have.
 */
const NEAR_BLOCKS = 32;

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
   * `CHAIN_REFUSED`, `CHAIN_UNREACHABLE`. What was applied until then stays. Besides, what `apply` and `rollback` throw.
   */
  async poll(signal?: AbortSignal): Promise<Head> {
    const newest = await readHead(this.#options.provider);
    await this.#rewind(newest);
    for (;;) {
      signal?.throwIfAborted();
      const { head } = this;
      if (head?.number === newest.number) return head;
      const from = head === undefined ? this.#options.fromBlock : head.number + 1;
      if (from > newest.number) throw new RetryableError("CHAIN_STALE", `block ${from} is not there yet`);
      const far = newest.number - NEAR_BLOCKS;
      if (from <= far) await this.#stepFar(from, far);
      else await this.#stepNear(from, head);
    }
  }

  /** Goes back to the newest kept head that is still part of the chain. */
  async #rewind(newest: Head): Promise<void> {
    const { cursor, provider, fromBlock } = this.#options;
    const heads = cursor.heads();
    const [head] = heads;
    if (head === undefined || head.hash === newest.hash) return;
    const reachable = heads.filter(({ number }) => number <= newest.number);
    for (const kept of reachable) {
      const { hash } = kept.number === newest.number ? newest : await readHead(provider, kept.number);
      if (hash !== kept.hash) continue;
      if (kept === head) return;
      // What lies above is either gone, if another block is in the place of the next one, or not known to this node.
      const isFork = kept !== reachable[0] || head.number <= newest.number;
      if (!isFork) throw stale(newest, head);
      this.#rollback(kept.number);
      return;
    }
    // Nothing that is kept is left. A node that is far behind says nothing about it.
    if (reachable.length === 0) throw stale(newest, head);
    this.#rollback(fromBlock - 1);
  }

  #rollback(toBlock: number): void {
    const { cursor, transaction, rollback } = this.#options;
    this.#log.warn({ from: this.head?.number, toBlock }, "the chain reorganised");
    transaction(() => {
      rollback(toBlock);
      cursor.rollback(toBlock);
    });
  }

  /** A range of blocks that are old enough, for whose place in the chain the last one speaks. */
  async #stepFar(from: number, last: number): Promise<void> {
    const { provider } = this.#options;
    const to = Math.min(from + this.#range - 1, last);
    const head = await readHead(provider, to);
    const logs = await this.#logsOfRange(from, to);
    if (logs === undefined) return; // again, with a smaller range
    if ((await readHead(provider, to)).hash !== head.hash) {
      throw new RetryableError("CHAIN_STALE", `block ${to} changed while its events were read`);
    }
    this.#apply(logs, head);
    this.#range = Math.min(this.#range * 2, MAX_RANGE);
    this.#log.info({ block: to, of: last }, "catching up");
  }

  async #logsOfRange(fromBlock: number, toBlock: number): Promise<Log[] | undefined> {
    const { provider, addresses } = this.#options;
    try {
      return await asked(async () => provider.getLogs({ address: [...addresses], fromBlock, toBlock }));
    } catch (error) {
      const isLast = this.#range === 1;
      this.#range = Math.max(1, Math.floor(Math.min(this.#range, toBlock - fromBlock + 1) / 2));
      const isRefused = error instanceof RetryableError && error.code === "CHAIN_REFUSED";
      if (isRefused && !isLast) return undefined;
      throw error;
    }
  }

  async #stepNear(number: number, head: Head | undefined): Promise<void> {
    const { provider, addresses } = this.#options;
    const block = await asked(async () => provider.getBlock(number));
    if (typeof block?.hash !== "string")
      throw new RetryableError("CHAIN_STALE", `the node does not have block ${number}`);
    const { hash, timestamp, parentHash } = block;
    if (head?.number === number - 1 && (await this.#parentOf(number, parentHash)) !== head.hash) {
      throw new RetryableError("CHAIN_STALE", `block ${number} does not follow on what was followed: a reorg`);
    }
    const logs = await asked(async () => provider.getLogs({ address: [...addresses], blockHash: hash }));
    this.#apply(logs, { number, hash, timestamp });
  }

  /** Hardhat names no parent in blocks that it was told to skip over. */
  async #parentOf(number: number, parentHash: string): Promise<string> {
    return parentHash === ZeroHash ? (await readHead(this.#options.provider, number - 1)).hash : parentHash;
  }

  #apply(found: readonly Log[], head: Head): void {
    const { transaction, apply, cursor } = this.#options;
    const logs = found.map(followedLog).sort((a, b) => a.blockNumber - b.blockNumber || a.index - b.index);
    transaction(() => {
      apply(logs, head);
      cursor.advance(head);
    });
  }
}

function stale(newest: Head, head: Head): RetryableError {
  return new RetryableError("CHAIN_STALE", `the node is at block ${newest.number}, ${head.number} was followed`);
}

function followedLog({ address, topics, data, blockNumber, blockHash, transactionHash, index }: Log): FollowedLog {
  return { address, topics, data, blockNumber, blockHash, transactionHash, index };
}

import type { Head } from "../chain/head.ts";
import { RetryableError } from "../errors.ts";

export type HeadWatchOptions = {
  /** The newest block that the journal has followed. */
  head: () => Head | undefined;
  /** Milliseconds since any fixed moment; never goes back. */
  monotonic: () => number;
  /** How long the chain may not be followed, milliseconds. */
  staleAfterMs: number;
  /** How long a chain that is followed may have no new block, milliseconds: then the node is stuck. */
  quietAfterMs: number;
};

/**
 * Says which block is the present, or why nobody knows. Time since the last look is measured by the monotonic clock, so
 * that a host's clock that is wrong changes nothing.
 */
export class HeadWatch {
  readonly #options: HeadWatchOptions;
  #followedAt: number | undefined;
  #newest: { hash: string; since: number } | undefined;
  #isRecovered = false;

  constructor(options: HeadWatchOptions) {
    this.#options = options;
  }

  /** What became of every transaction of an earlier run is known. */
  recovered(): void {
    this.#isRecovered = true;
  }

  /** The chain was just followed to its newest block. */
  followed(): void {
    const now = this.#options.monotonic();
    this.#followedAt = now;
    const hash = this.#options.head()?.hash;
    if (hash !== undefined && hash !== this.#newest?.hash) this.#newest = { hash, since: now };
  }

  /**
   * The followed head, as fresh as it must be to decide anything.
   * @throws RetryableError `NOT_READY` while the program starts, `CHAIN_STALE`.
   */
  head(): Head {
    const head = this.#options.head();
    if (!this.#isRecovered || this.#followedAt === undefined || head === undefined) {
      throw new RetryableError("NOT_READY", "the program is starting: it has not caught up with the chain yet");
    }
    const now = this.#options.monotonic();
    const { staleAfterMs, quietAfterMs } = this.#options;
    const unfollowed = now - this.#followedAt;
    if (unfollowed > staleAfterMs) throw stale(`the chain could not be followed for ${seconds(unfollowed)}`);
    const quiet = now - (this.#newest?.since ?? now);
    if (quiet > quietAfterMs) throw stale(`the node has had no new block for ${seconds(quiet)}`);
    return head;
  }
}

const stale = (sentence: string): RetryableError => new RetryableError("CHAIN_STALE", sentence);
const seconds = (ms: number): string => `${Math.floor(ms / 1_000)} s`;

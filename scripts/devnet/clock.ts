/**
 * The chain's time. The one place that uses methods which only chains for development have: `evm_setAutomine`, `evm_mine`,
 * `evm_increaseTime` and `evm_setNextBlockTimestamp`, which hardhat node, anvil and others share.
 */
import type { JsonRpcProvider } from "ethers";

/** How time passes while nobody moves it. */
export type Pace = {
  /** From block to block, milliseconds of our time. */
  readonly everyMs: number;
  /** Seconds of the chain's time that a second of ours takes; blocks are at least one second apart all the same. */
  readonly speed: number;
};

export class Clock {
  readonly #provider: JsonRpcProvider;
  /** One thing at a time: a tick between setting a block's time and mining it would take that time away. */
  #last: Promise<unknown> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;
  #ticking = false;

  constructor(provider: JsonRpcProvider) {
    this.#provider = provider;
  }

  /** From now on blocks come at that pace, and transactions wait for them. */
  async run({ everyMs, speed }: Pace): Promise<void> {
    await this.#alone(() => this.#provider.send("evm_setAutomine", [false]));
    const extra = Math.max(0, Math.round(((speed - 1) * everyMs) / 1_000));
    this.#timer = setInterval(() => {
      if (this.#ticking) return; // a slow chain gets fewer blocks, not a queue of them
      this.#ticking = true;
      void this.#alone(async () => {
        if (extra > 0) await this.#provider.send("evm_increaseTime", [extra]);
        await this.#provider.send("evm_mine", []);
      })
        .catch(() => undefined) // whoever watches the chain's process says why it is gone
        .finally(() => (this.#ticking = false));
    }, everyMs);
  }

  /** No block by itself any more: one for each transaction, at once. */
  async pause(): Promise<void> {
    this.stop();
    await this.#alone(() => this.#provider.send("evm_setAutomine", [true]));
    await this.mine(); // what waited for a block
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** Time of the newest block, Unix seconds. */
  async now(): Promise<number> {
    const block = await this.#provider.getBlock("latest");
    return block!.timestamp;
  }

  async mine(blocks = 1): Promise<void> {
    await this.#alone(async () => {
      for (let mined = 0; mined < blocks; mined++) await this.#provider.send("evm_mine", []);
    });
  }

  /** Mines a block that far ahead of the newest one, seconds. */
  async increase(seconds: number): Promise<void> {
    await this.#alone(async () => this.#mineAt((await this.now()) + seconds));
  }

  /** Mines a block at that time, Unix seconds; does nothing if it is over. */
  async increaseTo(timestamp: number): Promise<void> {
    await this.#alone(async () => {
      if ((await this.now()) < timestamp) await this.#mineAt(timestamp);
    });
  }

  async #mineAt(timestamp: number): Promise<void> {
    await this.#provider.send("evm_setNextBlockTimestamp", [timestamp]);
    await this.#provider.send("evm_mine", []);
  }

  #alone<Result>(work: () => Promise<Result>): Promise<Result> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }
}

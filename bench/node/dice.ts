/** Chance that repeats: the same seed gives the same throws. */
export class Dice {
  #state: number;

  /** @param seed - unsigned, 32 bits. */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** 0 (inclusive) to 1 (exclusive): mulberry32. */
  throw(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), this.#state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  /** A whole number of `from` (inclusive) to `to` (exclusive). */
  between(from: number, to: number): number {
    return from + Math.floor(this.throw() * (to - from));
  }
}

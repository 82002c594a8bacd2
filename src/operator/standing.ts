import type { Provider } from "ethers";

import { translated } from "../chain/calls.ts";
import type { Contracts } from "../chain/contracts.ts";
import type { Head } from "../chain/head.ts";
import { readBacking, type Backing } from "../chain/rooms.ts";
import { RetryableError } from "../errors.ts";
import { ContractError } from "../protocol/errors.ts";
import type { ModelId, SignerId } from "../protocol/ids.ts";
import type { HeadWatch } from "./headWatch.ts";

/** What the chain lets an operator sign, in one block. */
export type Standing = {
  readonly head: Head;
  readonly backing: Backing;
  /** Why operator and key may not sign at all; undefined if they may. */
  readonly refusal: string | undefined;
  /** Why no answers are taken for a model, by model; those that are served are not in it. */
  readonly unserved: ReadonlyMap<ModelId, string>;
};

export type StandingReaderOptions = {
  contracts: Contracts;
  provider: Provider;
  watch: HeadWatch;
  operator: string;
  signerId: SignerId;
  modelIds: readonly ModelId[];
};

/** How often the head may move while it is read. */
const ATTEMPTS = 5;

/** Reads an operator's standing, once for each followed head. */
export class StandingReader {
  readonly #options: StandingReaderOptions;
  #latest: { hash: string; standing: Promise<Standing> } | undefined;

  constructor(options: StandingReaderOptions) {
    this.#options = options;
  }

  /**
   * Runs work with the standing at the followed head, in the instant in which it is the head: work is synchronous, and the
   * journal says nothing newer.
   * @throws RetryableError `NOT_READY`, `CHAIN_STALE`, `CHAIN_UNREACHABLE`, or what the work throws.
   */
  async atHead<Result>(work: (standing: Standing) => Result): Promise<Result> {
    const { watch } = this.#options;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const standing = await this.#at(watch.head());
      if (watch.head().hash === standing.head.hash) return work(standing);
    }
    throw new RetryableError("CHAIN_STALE", "the chain moves faster than it can be read");
  }

  async #at(head: Head): Promise<Standing> {
    if (this.#latest?.hash === head.hash) return this.#latest.standing;
    const standing = this.#read(head);
    const latest = { hash: head.hash, standing };
    this.#latest = latest;
    try {
      return await standing;
    } catch (error) {
      if (this.#latest === latest) this.#latest = undefined;
      throw error;
    }
  }

  async #read(head: Head): Promise<Standing> {
    const { contracts, provider, operator, signerId, modelIds } = this.#options;
    const blockTag = head.number;
    return translated(contracts, async () => {
      const [backing, refusal, reasons] = await Promise.all([
        readBacking(contracts, provider, head, operator),
        this.#refusal(() => contracts.operators.requireActive(operator, signerId, { blockTag })),
        Promise.all(modelIds.map((modelId) => this.#whyUnserved(modelId, blockTag))),
      ]);
      // All of it was read by number: it is of this block only if the number still is this block's.
      const block = await provider.getBlock(blockTag);
      if (block?.hash !== head.hash) {
        throw new RetryableError(
          "CHAIN_STALE",
          `block ${blockTag} is another one than was followed: a reorg is on its way`,
        );
      }
      const unserved = new Map<ModelId, string>();
      for (const [i, reason] of reasons.entries()) if (reason !== undefined) unserved.set(modelIds[i]!, reason);
      return { head, backing, refusal, unserved };
    });
  }

  async #whyUnserved(modelId: ModelId, blockTag: number): Promise<string | undefined> {
    const { contracts, operator } = this.#options;
    const [isHosted, { deprecatedAt }] = await Promise.all([
      contracts.operators.hosts(operator, modelId, { blockTag }),
      contracts.models.terms(modelId, { blockTag }),
    ]);
    if (deprecatedAt !== 0n) return "the model is deprecated: it takes no new batches";
    return isHosted ? undefined : "the operator does not host the model in OperatorRegistry";
  }

  /** Why a contract refuses a read; undefined if it does not. */
  async #refusal(read: () => Promise<unknown>): Promise<string | undefined> {
    try {
      await translated(this.#options.contracts, read);
      return undefined;
    } catch (error) {
      if (error instanceof ContractError) return error.message;
      throw error;
    }
  }
}

import { translated } from "../chain/calls.ts";
import type { Contracts } from "../chain/contracts.ts";

/** What never changes of a model. */
export type FixedTerms = { privateInput: boolean };

/** Reads terms of models once. */
export class ModelTerms {
  readonly #contracts: Contracts;
  readonly #known = new Map<string, FixedTerms>();

  constructor(contracts: Contracts) {
    this.#contracts = contracts;
  }

  /** @throws ContractError `ModelUnknown`. RetryableError `CHAIN_UNREACHABLE`. */
  async of(modelId: string): Promise<FixedTerms> {
    const known = this.#known.get(modelId);
    if (known !== undefined) return known;
    const { privateInput } = await translated(this.#contracts, () => this.#contracts.models.terms(modelId));
    this.#known.set(modelId, { privateInput });
    return { privateInput };
  }
}

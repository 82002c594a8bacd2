import {
  AbstractSigner,
  type Provider,
  type Signer,
  type TransactionRequest,
  type TransactionResponse,
  type TypedDataDomain,
  type TypedDataField,
} from "ethers";

import { CredenceError, RetryableError } from "../errors.ts";
import type { Budget } from "./budget.ts";

export type BudgetedSignerOptions = {
  /** Sends; its provider resolves the receipt of a transaction once its fate is known. */
  readonly signer: Signer & { readonly provider: Provider };
  readonly budget: Budget;
  /** What has to be done for games that are open is never refused. */
  readonly isDuty: boolean;
  /** Most that a unit of gas may cost, wei; twice what the node suggests unless given. */
  readonly maxFeePerGas: bigint | undefined;
  /** By the chain, Unix time in seconds. */
  readonly now: () => number;
};

/** As the signer that sends: state may change between the estimate and the block. */
const MARGIN_PERCENT = 20n;
const MAX_GAS = 1n << 24n;

/** Sends nothing that a day's limit of gas does not have room for: what it can cost at most is in the journal before. */
export class BudgetedSigner extends AbstractSigner<Provider> {
  readonly #options: BudgetedSignerOptions;

  constructor(options: BudgetedSignerOptions) {
    super(options.signer.provider);
    this.#options = options;
  }

  override async getAddress(): Promise<string> {
    return this.#options.signer.getAddress();
  }

  /** @throws RetryableError `BUDGET_GAS` if the day's limit stands against it, and as the signer. */
  override async sendTransaction(request: TransactionRequest): Promise<TransactionResponse> {
    const { signer, budget, isDuty, now } = this.#options;
    const estimate = await this.provider.estimateGas({ ...request, from: await this.getAddress() });
    const ample = (estimate * (100n + MARGIN_PERCENT)) / 100n;
    const gasLimit = estimate <= MAX_GAS && ample > MAX_GAS ? MAX_GAS : ample;
    const price = await this.#price();
    const reservation = budget.reserveGas({ wei: gasLimit * price, price, now: now(), isDuty });
    if (reservation === undefined) {
      throw new RetryableError("BUDGET_GAS", `${gasLimit * price} wei of gas do not fit into the limit of this day`);
    }
    let sent: TransactionResponse;
    try {
      sent = await signer.sendTransaction({ ...request, gasLimit });
    } catch (error) {
      // Nothing was signed then; anything else may have been sent, and keeps its reservation.
      if (error instanceof CredenceError) budget.settleGas(reservation, 0n);
      throw error;
    }
    void this.#settle(reservation, sent.hash);
    return sent;
  }

  override async signTransaction(request: TransactionRequest): Promise<string> {
    return this.#options.signer.signTransaction(request);
  }

  override async signMessage(message: string | Uint8Array): Promise<string> {
    return this.#options.signer.signMessage(message);
  }

  override async signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string> {
    return this.#options.signer.signTypedData(domain, types, value);
  }

  override connect(): Signer {
    return this.#options.signer.connect(this.provider);
  }

  async #price(): Promise<bigint> {
    const { maxFeePerGas } = this.#options;
    if (maxFeePerGas !== undefined) return maxFeePerGas;
    const suggested = await this.provider.getFeeData();
    return 2n * (suggested.maxFeePerGas ?? suggested.gasPrice ?? 0n);
  }

  async #settle(reservation: number, hash: string): Promise<void> {
    try {
      const receipt = await this.provider.getTransactionReceipt(hash);
      if (receipt !== null) this.#options.budget.settleGas(reservation, receipt.gasUsed * receipt.gasPrice);
    } catch {
      // Its fate is not known in this run: what it can cost at most stays in the journal.
    }
  }
}

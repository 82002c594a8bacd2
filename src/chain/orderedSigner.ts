import {
  AbstractSigner,
  Transaction,
  TransactionResponse,
  isError,
  resolveAddress,
  type Provider,
  type Signer,
  type TransactionRequest,
  type TypedDataDomain,
  type TypedDataField,
} from "ethers";

import { FatalError } from "../errors.ts";
import { awaitingProvider } from "./awaitingProvider.ts";
import { ampleGas } from "./gas.ts";
import { OutboxKeeper, type KeeperOptions } from "./outboxKeeper.ts";
import type { OutboxEntry, Route } from "./outbox.ts";

export type OrderedSignerOptions = KeeperOptions;

const RECOVER_WITHIN_MS = 60_000;

/**
 * A signer whose transactions land at most once each, in the order of their nonces, whatever becomes of the process or
 * the node: each is written to the outbox before it is broadcast, seen through, and sent again when a reorg throws it out.
 * The same call (to, data, value) while one is pending is that one. `wait()` of a response resolves with the receipt of
 * the replacement that landed, after the confirmations of the options.
 *
 * sendTransaction throws FatalError `OUT_OF_GAS_MONEY`, `TRANSACTION_REFUSED`, `FEES_UNKNOWN`, or as the outbox does;
 * RetryableError `CHAIN_UNREACHABLE` as long as nothing was signed. wait() rejects with RetryableError `TRANSACTION_LOST`
 * when something else used the nonce: look at the chain and decide anew; RetryableError `STOPPING` when the program ends.
 */
export class OrderedSigner extends AbstractSigner<Provider> {
  readonly #signer: Signer;
  readonly #keeper: OutboxKeeper;
  readonly #options: OrderedSignerOptions;
  readonly #route: Route;

  /** @param shared Of the signer that this one is a view of. */
  constructor(options: OrderedSignerOptions, shared?: { keeper: OutboxKeeper; route: Route }) {
    const keeper = shared?.keeper ?? new OutboxKeeper(options);
    super(awaitingProvider(options.provider, async (hash) => keeper.receiptOf(hash)));
    this.#options = options;
    this.#signer = options.signer;
    this.#keeper = keeper;
    this.#route = shared?.route ?? "public";
  }

  /**
   * The same key with the same nonces, which broadcasts to the private nodes only, until they have left a transaction out
   * for three times `stuckAfterMs`: then it goes to everybody, for it holds up those after it.
   */
  private(): OrderedSigner {
    return new OrderedSigner(this.#options, { keeper: this.#keeper, route: "private" });
  }

  /**
   * Takes up what an earlier run has sent: call it before anything is decided. Resolves when the fate of all of it is
   * known, or after a minute of trying: then the rest goes on by itself.
   * @throws RetryableError if the chain could not be read in this time.
   */
  async recover(signal: AbortSignal = this.#options.signal, withinMs = RECOVER_WITHIN_MS): Promise<void> {
    await this.#keeper.recover(signal, withinMs);
  }

  override async getAddress(): Promise<string> {
    return this.#signer.getAddress();
  }

  override async sendTransaction(request: TransactionRequest): Promise<TransactionResponse> {
    const call = await this.#resolve(request);
    const entry = this.#keeper.twin(call) ?? (await this.#submit(request, call));
    return responseOf(entry, this.provider);
  }

  async #submit(request: TransactionRequest, call: { to: string; data: string; value: bigint }): Promise<OutboxEntry> {
    const gasLimit = BigInt(request.gasLimit ?? (await this.#gasFor(call)));
    return this.#keeper.submit({ ...call, gasLimit }, this.#route);
  }

  async #resolve({ to, data, value, nonce }: TransactionRequest): Promise<{ to: string; data: string; value: bigint }> {
    if (!to) throw new FatalError("TRANSACTION_REFUSED", "expected a transaction with an address to call");
    if ((nonce ?? undefined) !== undefined)
      throw new FatalError("TRANSACTION_REFUSED", "the nonce is not the caller's to choose");
    const address = await resolveAddress(to, this.provider);
    return { to: address, data: (data ?? "0x").toLowerCase(), value: BigInt(value ?? 0n) };
  }

  async #gasFor(call: { to: string; data: string; value: bigint }): Promise<bigint> {
    try {
      const estimate = await this.provider.estimateGas({ ...call, from: await this.getAddress() });
      return ampleGas(estimate);
    } catch (error) {
      if (!isError(error, "INSUFFICIENT_FUNDS")) throw error;
      const [address, text] = [await this.getAddress(), `expected enough for ${call.value} wei and gas: send it some`];
      const balance = await this.provider.getBalance(address);
      throw new FatalError("OUT_OF_GAS_MONEY", `${address} has ${balance} wei, ${text}`, { cause: error });
    }
  }

  override async signTransaction(request: TransactionRequest): Promise<string> {
    return this.#signer.signTransaction(request);
  }

  override async signMessage(message: string | Uint8Array): Promise<string> {
    return this.#signer.signMessage(message);
  }

  override async signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string> {
    return this.#signer.signTypedData(domain, types, value);
  }

  /** @throws FatalError `SIGNER_CONNECTED` always: nonces belong to one chain. */
  override connect(): never {
    throw new FatalError("SIGNER_CONNECTED", "an ordered signer stays with the chain that its outbox is about");
  }
}

function responseOf(entry: OutboxEntry, provider: Provider): TransactionResponse {
  const { hash, raw } = entry;
  const transaction = Transaction.from(raw);
  const { type, to, nonce, gasLimit, maxFeePerGas, maxPriorityFeePerGas, data, value, chainId } = transaction;
  const { from, signature } = transaction;
  const fields = {
    blockNumber: null,
    blockHash: null,
    hash,
    index: 0,
    type: type!,
    to,
    from: from!,
    nonce,
    gasLimit,
    gasPrice: maxFeePerGas!,
    maxPriorityFeePerGas,
    maxFeePerGas,
    data,
    value,
    chainId,
    signature: signature!,
    accessList: null,
    authorizationList: null,
  };
  return new TransactionResponse(fields, provider); // signed, of type 2
}

import {
  AbstractSigner,
  resolveAddress,
  type Provider,
  type Signer,
  type TransactionRequest,
  type TransactionResponse,
  type TypedDataDomain,
  type TypedDataField,
} from "ethers";

import { DryRunStop } from "./dryRun.ts";

export type TaskSignerOptions = {
  /** Of the project's configuration. */
  readonly account: Signer;
  readonly provider: Provider;
  readonly dryRun: boolean;
  /** Is told what is under way. */
  readonly say: (line: string) => void;
};

/** An account of the project: says what it sends and keeps its hashes, or sends nothing in a dry run. */
export class TaskSigner extends AbstractSigner<Provider> {
  /** Hashes of what was sent, in order. */
  readonly sent: string[] = [];
  readonly #options: TaskSignerOptions;

  constructor(options: TaskSignerOptions) {
    super(options.provider);
    this.#options = options;
  }

  override getAddress(): Promise<string> {
    return this.#options.account.getAddress();
  }

  /** @throws DryRunStop in a dry run. */
  override async sendTransaction(request: TransactionRequest): Promise<TransactionResponse> {
    const { account, dryRun, say } = this.#options;
    if (dryRun) {
      const [from, to] = await Promise.all([account.getAddress(), resolveAddress(request.to!, this.provider)]);
      throw new DryRunStop({ from, to, data: request.data ?? "0x" });
    }
    const response = await account.sendTransaction(request);
    this.sent.push(response.hash);
    say(`sent ${response.hash}, waiting until it is in a block`);
    return response;
  }

  override signMessage(message: string | Uint8Array): Promise<string> {
    return this.#options.account.signMessage(message);
  }

  override signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string> {
    return this.#options.account.signTypedData(domain, types, value);
  }

  override signTransaction(request: TransactionRequest): Promise<string> {
    return this.#options.account.signTransaction(request);
  }

  override connect(provider: Provider): TaskSigner {
    return new TaskSigner({ ...this.#options, provider });
  }
}

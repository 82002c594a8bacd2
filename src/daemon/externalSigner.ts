import {
  AbstractSigner,
  Transaction,
  TypedDataEncoder,
  getAddress,
  resolveAddress,
  resolveProperties,
  toQuantity,
  verifyTypedData,
  type Provider,
  type TransactionRequest,
  type TypedDataDomain,
  type TypedDataField,
} from "ethers";

import { FatalError, RetryableError } from "../errors.ts";

export type ExternalSignerOptions = {
  /** Where it answers JSON-RPC over HTTP. */
  url: string;
  address: string;
  /** Of one request; a signer that asks a person needs longer. */
  timeoutMs: number;
  provider?: Provider | null;
};

/** What names one request has: Web3Signer's and the nodes', then Clef's. */
const METHODS = {
  accounts: ["eth_accounts", "account_list"],
  transaction: ["eth_signTransaction", "account_signTransaction"],
  typedData: ["eth_signTypedData_v4", "eth_signTypedData", "account_signTypedData"],
} as const;

type Request = keyof typeof METHODS;
type Reply = { result?: unknown; error?: { code?: number; message?: string } };

const METHOD_NOT_FOUND = -32601;
const MAX_REPLY_BYTES = 1_000_000;

/**
 * An account whose key is in another process, such as Web3Signer or Clef. What comes back is checked: a signature is this
 * account's, and a transaction is the one that was to be signed.
 */
export class ExternalSigner extends AbstractSigner {
  readonly #options: ExternalSignerOptions;
  /** The names that this signer knows. */
  readonly #known = new Map<Request, string>();
  #nextId = 1;

  constructor(options: ExternalSignerOptions) {
    super(options.provider ?? undefined);
    this.#options = { ...options, address: getAddress(options.address) };
  }

  async getAddress(): Promise<string> {
    return this.#options.address;
  }

  connect(provider: Provider | null): ExternalSigner {
    return new ExternalSigner({ ...this.#options, provider });
  }

  /** @throws FatalError `SIGNER_ACCOUNT_MISSING` if the signer does not have the account's key. */
  async check(): Promise<void> {
    const accounts = await this.#ask("accounts", () => []);
    const held = Array.isArray(accounts) ? accounts.map((account) => String(account).toLowerCase()) : [];
    if (held.includes(this.#options.address.toLowerCase())) return;
    const sentence = `the external signer has no key of ${this.#options.address}, but of ${held.join(", ") || "nobody"}`;
    throw new FatalError("SIGNER_ACCOUNT_MISSING", sentence);
  }

  async signTransaction(request: TransactionRequest): Promise<string> {
    const { from: _, to, ...fields } = await resolveProperties(request);
    const wanted = Transaction.from({
      ...fields,
      to: to === null || to === undefined ? null : await resolveAddress(to),
    } as never);
    const fee =
      wanted.type === 2
        ? {
            maxFeePerGas: toQuantity(wanted.maxFeePerGas ?? 0n),
            maxPriorityFeePerGas: toQuantity(wanted.maxPriorityFeePerGas ?? 0n),
          }
        : { gasPrice: toQuantity(wanted.gasPrice ?? 0n) };
    const reply = await this.#ask("transaction", () => [
      {
        from: this.#options.address,
        ...(wanted.to === null ? {} : { to: wanted.to }),
        gas: toQuantity(wanted.gasLimit),
        value: toQuantity(wanted.value),
        data: wanted.data,
        nonce: toQuantity(wanted.nonce),
        chainId: toQuantity(wanted.chainId),
        ...fee,
      },
    ]);
    const signed = transactionIn(reply);
    const isWanted = signed?.unsignedHash === wanted.unsignedHash && signed.from === this.#options.address;
    if (isWanted) return signed.serialized;
    throw new FatalError("SIGNER_WRONG", "the external signer returned another transaction than it was asked to sign");
  }

  async signMessage(): Promise<string> {
    throw new FatalError("SIGNER_UNSUPPORTED", "the external signer is asked for transactions and typed data only");
  }

  async signTypedData(
    domain: TypedDataDomain,
    types: Record<string, TypedDataField[]>,
    value: Record<string, unknown>,
  ): Promise<string> {
    const { address } = this.#options;
    const payload: unknown = TypedDataEncoder.getPayload(domain, types, value);
    const signature = await this.#ask("typedData", (method) => [
      address,
      method === "account_signTypedData" ? payload : JSON.stringify(payload),
    ]);
    if (typeof signature === "string" && isOf(address, () => verifyTypedData(domain, types, value, signature))) {
      return signature;
    }
    throw new FatalError("SIGNER_WRONG", `the external signer's signature of typed data is not one of ${address}`);
  }

  /** Tries the names of a request until the signer knows one. */
  async #ask(request: Request, parameters: (method: string) => unknown[]): Promise<unknown> {
    const known = this.#known.get(request);
    for (const method of known === undefined ? METHODS[request] : [known]) {
      const { result, error } = await this.#post(method, parameters(method));
      if (error?.code === METHOD_NOT_FOUND) continue;
      if (error !== undefined) {
        throw new FatalError(
          "SIGNER_REFUSED",
          `the external signer refuses ${method}: ${error.message ?? "no reason"}`,
        );
      }
      this.#known.set(request, method);
      return result;
    }
    throw new FatalError("SIGNER_UNSUPPORTED", `the external signer knows none of ${METHODS[request].join(", ")}`);
  }

  async #post(method: string, parameters: unknown[]): Promise<Reply> {
    const body = JSON.stringify({ jsonrpc: "2.0", id: this.#nextId++, method, params: parameters });
    let text: string;
    try {
      const response = await fetch(this.#options.url, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body,
        redirect: "error",
        signal: AbortSignal.timeout(this.#options.timeoutMs),
      });
      text = await limited(response);
    } catch (cause) {
      if (cause instanceof FatalError) throw cause;
      const isLate = cause instanceof Error && cause.name === "TimeoutError";
      const reason = isLate ? `no answer within ${this.#options.timeoutMs} ms` : "it cannot be reached";
      throw new RetryableError("SIGNER_UNREACHABLE", `the external signer does not answer ${method}: ${reason}`, {
        cause,
      });
    }
    return replyIn(text, method);
  }
}

async function limited(response: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > MAX_REPLY_BYTES)
      throw new FatalError("SIGNER_WRONG", `the external signer answers more than ${MAX_REPLY_BYTES} bytes`);
    chunks.push(chunk as Uint8Array);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function replyIn(text: string, method: string): Reply {
  try {
    const reply: unknown = JSON.parse(text);
    if (typeof reply === "object" && reply !== null) return reply;
  } catch {
    // said below
  }
  throw new RetryableError("SIGNER_UNREACHABLE", `the external signer answers ${method} with something else than JSON`);
}

/** Web3Signer returns the signed transaction as hex; Clef and geth an object with it. */
function transactionIn(reply: unknown): Transaction | undefined {
  const raw = typeof reply === "object" && reply !== null && "raw" in reply ? reply.raw : reply;
  if (typeof raw !== "string") return undefined;
  try {
    return Transaction.from(raw);
  } catch {
    return undefined; // no transaction
  }
}

function isOf(address: string, recover: () => string): boolean {
  try {
    return recover() === address;
  } catch {
    return false; // no signature
  }
}

import type { FetcherOptions } from "../api/fetchJson.ts";
import { OperatorClient, operatorUrlOf } from "../api/operatorClient.ts";
import type { Journal } from "../daemon/journal.ts";

/** How many connections are kept: one operator may name many addresses. */
const MOST_CLIENTS = 64;

/** Where operators serve what they answered, as they say themselves, and clients for it. */
export class Operators {
  readonly #journal: Journal;
  readonly #options: FetcherOptions;
  readonly #clients = new Map<string, OperatorClient>();

  constructor(journal: Journal, options: FetcherOptions) {
    this.#journal = journal;
    this.#options = options;
  }

  /** A client for the operator of a batch, or for what the registry says of it; undefined if neither names an address. */
  clientOf(operator: string, dataURI?: string): OperatorClient | undefined {
    const url = (dataURI === undefined ? undefined : operatorUrlOf(dataURI)) ?? this.#endpointOf(operator);
    return url === undefined ? undefined : this.#client(url);
  }

  async close(): Promise<void> {
    const clients = [...this.#clients.values()];
    this.#clients.clear();
    await Promise.all(clients.map(async (client) => client.close()));
  }

  #endpointOf(operator: string): string | undefined {
    const row = this.#journal.database
      .prepare("SELECT uri FROM endpoints WHERE operator = ? ORDER BY block DESC LIMIT 1")
      .get(operator.toLowerCase()) as { uri: string } | undefined;
    return row !== undefined && URL.canParse(row.uri) ? row.uri : undefined;
  }

  #client(url: string): OperatorClient {
    const known = this.#clients.get(url);
    if (known !== undefined) {
      this.#clients.delete(url); // to the end: what is used last is closed last
      this.#clients.set(url, known);
      return known;
    }
    const [oldest] = this.#clients.keys();
    if (this.#clients.size >= MOST_CLIENTS && oldest !== undefined) {
      void this.#clients.get(oldest)!.close();
      this.#clients.delete(oldest);
    }
    const client = new OperatorClient({ url, ...this.#options });
    this.#clients.set(url, client);
    return client;
  }
}

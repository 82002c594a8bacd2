/** Where a transaction went in. */
export type Inclusion = { blockNumber: number; blockHash: string; status: 0 | 1; hash: string };

/** To everybody, or to the private nodes alone, because a copy would take the reward. */
export type Route = "public" | "private";

/** A transaction that was signed, with all its replacements: they share one nonce, so that at most one of them lands. */
export type OutboxEntry = {
  id: number;
  nonce: number;
  to: string;
  /** Call data, hex. */
  data: string;
  /** Wei. */
  value: bigint;
  route: Route;
  /** Signed, as it was last broadcast. */
  raw: string;
  /** Of `raw`. */
  hash: string;
  /** Of everything that was ever signed for this entry, oldest first, `hash` last. */
  hashes: string[];
  /** `failed` is in a block and reverted there; `lost` never lands, something else used its nonce. */
  state: "pending" | "mined" | "failed" | "lost";
  /** Only of `mined` and `failed`. */
  minedIn?: Inclusion;
};

/** What is written down before a transaction is broadcast for the first time. */
export type NewEntry = Pick<OutboxEntry, "nonce" | "to" | "data" | "value" | "route" | "raw" | "hash">;

/** What became of an entry. `block` is the newest one when that was found out. */
export type Settlement = { minedIn: Inclusion } | { lost: true; block: number };

/** The transactions that one key sent, on disk: whatever returns has been synced. */
export type Outbox = {
  /** By nonce, lowest first. */
  pending(): OutboxEntry[];
  /** Those in a block that are still kept, because a reorg may throw them out: newest block first. */
  landed(): OutboxEntry[];
  /** The one that a transaction belongs to, replaced or not; undefined if it is no longer kept, or never was. */
  find(hash: string): OutboxEntry | undefined;
  /** Highest nonce that was used and not given back (an entry that is lost has none); undefined if there is none. */
  lastNonce(): number | undefined;
  add(entry: NewEntry): OutboxEntry;
  /** Signed anew with the same nonce. */
  replace(id: number, raw: string, hash: string): void;
  settle(id: number, result: Settlement): void;
  /** Thrown out by a reorg: pending again. */
  reopen(id: number): void;
  /** Forgets what was settled before a block, but for the entry with the highest nonce. */
  prune(beforeBlock: number): void;
};

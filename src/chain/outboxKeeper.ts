import { Transaction, formatEther, type Provider, type Signer, type TransactionReceipt } from "ethers";

import { FatalError, RetryableError } from "../errors.ts";
import { broadcast, type Refusal, type Reply } from "./broadcast.ts";
import { silent, type ChainLog, type Clock } from "./clock.ts";
import { raiseFees, suggestFees, type Fees } from "./fees.ts";
import { readHead, type Head } from "./head.ts";
import { findNonceUse } from "./nonceUse.ts";
import type { Inclusion, Outbox, OutboxEntry, Route } from "./outbox.ts";
import { lost, refusal, stopping } from "./outboxErrors.ts";
import { Waiters } from "./waiters.ts";

export type KeeperOptions = {
  /** Signs; need not be connected to anything. */
  signer: Signer;
  provider: Provider;
  /** Nodes for what must not be seen before it is in a block; without them that goes to `provider` as well. */
  broadcast?: readonly Provider[];
  outbox: Outbox;
  /** Blocks, from 1: the one that a transaction is in counts. */
  confirmations: number;
  /** Between two looks at the chain, milliseconds. */
  pollMs: number;
  limits: {
    /** Wei per gas; no limit if left out. */
    maxFeePerGas?: bigint;
    /** Without being in a block, milliseconds: then the fee is raised. */
    stuckAfterMs: number;
  };
  clock: Clock;
  /** Aborted when the program ends: nothing is broadcast any more, who waits gets RetryableError `STOPPING`. */
  signal: AbortSignal;
  log?: ChainLog;
};

/** What is to be sent, resolved. */
export type Call = { to: string; data: string; value: bigint; gasLimit: bigint };

/** A reorg that is deeper than this is not undone. */
const KEPT_BLOCKS = 64;
/** Looks at the chain after which a transaction without a receipt counts as lost where the node forgot old states. */
const LOOKS_UNTIL_LOST = 5;

/** Times as long as a transaction of ours may be stuck, one of another program may that comes before it. */
const GAP_PATIENCE = 4;

/**
 * Times that a transaction may be stuck at the private nodes: then it goes to everybody. It holds up all those after it, and
 * a game that is lost by the clock costs more than a reward that somebody copies.
 */
const PRIVATE_PATIENCE = 3;

/** When something was last done for an entry, by the monotonic clock; what is not known yet is due. */
type Care = { signedAt: number; offeredAt: number; looks: number; timesStuck: number };

/** Sees every transaction of one key through: one nonce each, written down before it is broadcast, until it has landed. */
export class OutboxKeeper {
  readonly #options: KeeperOptions;
  readonly #log: ChainLog;
  readonly #care = new Map<number, Care>();
  readonly #waiters = new Waiters();
  #address: string | undefined;
  #chainId: bigint | undefined;
  /** End of what was started last; each starts when the one before has ended. */
  #turn: Promise<unknown> = Promise.resolve();
  #isWatching = false;

  constructor(options: KeeperOptions) {
    this.#options = options;
    this.#log = options.log ?? silent;
    options.signal.addEventListener("abort", () => {
      this.#waiters.rejectAll(stopping());
    });
  }

  /** The pending entry that does exactly this. */
  twin(call: Pick<Call, "to" | "data" | "value">): OutboxEntry | undefined {
    const { to, data, value } = call;
    return this.#options.outbox.pending().find((e) => e.to === to && e.data === data && e.value === value);
  }

  /**
   * Signs, writes down and broadcasts, unless exactly this is pending already. After this has returned, the transaction is
   * seen through even if no node has it yet.
   */
  async submit(call: Call, route: Route): Promise<OutboxEntry> {
    const entry = await this.#inTurn(async () => this.twin(call) ?? this.#submit(call, route));
    void this.#watch();
    return entry;
  }

  /** Receipt of the replacement that landed, once it has its confirmations; undefined if the hash is not of this outbox. */
  async receiptOf(hash: string): Promise<TransactionReceipt | undefined> {
    const { outbox, provider, clock, pollMs, signal } = this.#options;
    for (;;) {
      const entry = outbox.find(hash);
      if (entry === undefined) return undefined;
      if (signal.aborted) throw stopping();
      if (entry.state === "lost") throw lost(entry);
      if (entry.state === "pending") {
        void this.#watch();
        await this.#waiters.wait(entry.id);
        continue;
      }
      const receipt = await provider.getTransactionReceipt(entry.minedIn!.hash);
      if (receipt !== null) return receipt;
      await clock.sleep(pollMs, signal); // this node is behind, or a reorg is on its way
    }
  }

  /**
   * Broadcasts what is pending again and waits until none is, or until a time is over: then that goes on by itself.
   * @throws RetryableError if the chain could not be read in this time.
   */
  async recover(signal: AbortSignal, withinMs: number): Promise<void> {
    const { outbox, clock, pollMs } = this.#options;
    const end = clock.monotonic() + withinMs;
    for (let isRead = false; !isRead || outbox.pending().length > 0;) {
      try {
        await this.#inTurn(async () => this.#look());
        isRead = true;
      } catch (error) {
        if (!(error instanceof RetryableError) || clock.monotonic() >= end) throw error;
      }
      if (clock.monotonic() >= end) break;
      if (!isRead || outbox.pending().length > 0) await clock.sleep(pollMs, signal);
    }
    const left = outbox.pending().length;
    if (left > 0) this.#log.warn({ left }, "transactions of an earlier run are still pending");
    void this.#watch();
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  /* SENDING */

  async #submit(call: Call, route: Route): Promise<OutboxEntry> {
    const { provider, limits, outbox, signal } = this.#options;
    if (signal.aborted) throw stopping();
    const fees = await suggestFees(provider, limits.maxFeePerGas);
    await this.#requireFunds(call, fees);
    const nonce = await this.#nextNonce();
    const { raw, hash } = await this.#sign({ ...call, nonce }, fees);
    const { to, data, value } = call;
    const entry = outbox.add({ nonce, to, data, value, route, raw, hash });
    this.#attend(entry).signedAt = this.#options.clock.monotonic();
    const reply = await this.#offer(entry);
    if (reply.kind === "unfunded" || reply.kind === "refused") await this.#giveBack(entry, reply);
    return entry;
  }

  /** A node refused what no other has: the next transaction gets its nonce. */
  async #giveBack(entry: OutboxEntry, reply: Refusal): Promise<void> {
    const { provider, outbox } = this.#options;
    const isThere = (await provider.getTransaction(entry.hash)) !== null; // some report a revert as a refusal
    if (isThere) return;
    const { number } = await readHead(provider);
    outbox.settle(entry.id, { lost: true, block: number });
    throw refusal(reply);
  }

  async #nextNonce(): Promise<number> {
    const { provider, outbox } = this.#options;
    const address = await this.#addressOf();
    const chain = await provider.getTransactionCount(address, "pending");
    const last = outbox.lastNonce();
    if (last === undefined) return chain;
    if (chain > last + 1) this.#log.warn({ chain, own: last + 1 }, "something else sends with this key");
    return Math.max(chain, last + 1);
  }

  async #requireFunds(call: Call, fees: Fees): Promise<void> {
    const { provider, outbox } = this.#options;
    const address = await this.#addressOf();
    const balance = await provider.getBalance(address);
    const reserved = outbox.pending().reduce((sum, { raw }) => sum + costOf(Transaction.from(raw)), 0n);
    const needed = reserved + costOf({ ...call, ...fees });
    if (balance >= needed) return;
    const text = `${address} has ${formatEther(balance)} ETH, expected at least ${formatEther(needed)} for what it sends: send it some`;
    throw new FatalError("OUT_OF_GAS_MONEY", text);
  }

  async #sign(call: Call & { nonce: number }, fees: Fees): Promise<{ raw: string; hash: string }> {
    this.#chainId ??= (await this.#options.provider.getNetwork()).chainId;
    const { to, data, value, gasLimit, nonce } = call;
    const fields = { type: 2, chainId: this.#chainId, to, data, value, gasLimit, nonce, ...fees };
    const raw = await this.#options.signer.signTransaction(fields);
    return { raw, hash: Transaction.from(raw).hash! }; // it is signed
  }

  async #offer(entry: OutboxEntry): Promise<Reply> {
    const { provider, broadcast: hidden = [], clock } = this.#options;
    const care = this.#attend(entry);
    const isHidden = entry.route === "private" && hidden.length > 0 && care.timesStuck < PRIVATE_PATIENCE;
    const reply = await broadcast(isHidden ? hidden : [provider], entry.raw);
    care.offeredAt = reply.kind === "unsure" ? -Infinity : clock.monotonic();
    if (reply.kind === "underpriced") care.signedAt = -Infinity; // to be raised at the next look
    const { hash, nonce } = entry;
    if (reply.kind !== "accepted") this.#log.warn({ hash, nonce, reply }, "a transaction was not accepted");
    return reply;
  }

  /* WATCHING */

  async #watch(): Promise<void> {
    if (this.#isWatching) return;
    this.#isWatching = true;
    const { clock, pollMs, signal, outbox } = this.#options;
    let failures = 0;
    try {
      while (!signal.aborted && (await this.#lookSafely((n) => (failures = n(failures))))) {
        await clock.sleep(pollMs * 2 ** Math.min(failures, 4), signal);
      }
    } catch {
      // The sleep was cut short by the end of the program.
    } finally {
      this.#isWatching = false;
    }
    if (!signal.aborted && outbox.pending().length > 0) void this.#watch(); // it came while this ended
  }

  /** @returns whether there is something left to watch. */
  async #lookSafely(count: (next: (failures: number) => number) => void): Promise<boolean> {
    try {
      const isMore = await this.#inTurn(async () => this.#look());
      count(() => 0);
      return isMore;
    } catch (error) {
      count((failures) => failures + 1);
      this.#log.warn({ err: error }, "looking after transactions failed, it goes on");
      if (error instanceof FatalError) this.#waiters.rejectAll(error);
      return true;
    }
  }

  /** Looks once at the chain and does what is due for every entry. @returns whether there is something left to watch. */
  async #look(): Promise<boolean> {
    const { provider, outbox } = this.#options;
    const head = await readHead(provider);
    await this.#reopen(head);
    const missing: OutboxEntry[] = [];
    for (const entry of outbox.pending()) if (await this.#isMissing(entry, head)) missing.push(entry);
    if (missing.length > 0) await this.#attendTo(missing, head);
    outbox.prune(head.number - KEPT_BLOCKS);
    const newest = outbox.landed()[0]?.minedIn;
    return outbox.pending().length > 0 || (newest !== undefined && newest.blockNumber > head.number - KEPT_BLOCKS);
  }

  /** Takes back what a reorg threw out: if a block is still part of the chain, so is everything before it. */
  async #reopen(head: Head): Promise<void> {
    const { provider, outbox } = this.#options;
    for (const { id, nonce, minedIn } of outbox.landed()) {
      const { blockNumber, blockHash, hash } = minedIn!;
      if (blockNumber > head.number) return; // the node is behind, or its new chain is shorter: wait for more
      const block = await provider.getBlock(blockNumber);
      if (block === null || block.hash === blockHash) return;
      this.#log.warn({ hash, nonce, blockNumber }, "a reorg threw a transaction out, it is sent again");
      outbox.reopen(id);
      this.#care.delete(id);
    }
  }

  /** Settles what has its confirmations. @returns whether it is in no block. */
  async #isMissing(entry: OutboxEntry, head: Head): Promise<boolean> {
    const { provider, confirmations } = this.#options;
    for (const hash of entry.hashes.toReversed()) {
      const receipt = await provider.getTransactionReceipt(hash);
      if (receipt === null) continue;
      const { blockNumber, blockHash, status } = receipt;
      if (head.number - blockNumber + 1 < confirmations) return false;
      const block = await provider.getBlock(blockNumber);
      if (block?.hash === blockHash)
        this.#settle(entry, { blockNumber, blockHash, hash, status: status === 1 ? 1 : 0 });
      return false;
    }
    return true;
  }

  #settle(entry: OutboxEntry, minedIn: Inclusion): void {
    this.#options.outbox.settle(entry.id, { minedIn });
    this.#care.delete(entry.id);
    this.#waiters.resolve(entry.id);
  }

  async #attendTo(missing: readonly OutboxEntry[], head: Head): Promise<void> {
    const { provider } = this.#options;
    const used = await provider.getTransactionCount(await this.#addressOf(), "latest");
    const [first] = missing;
    if (used < first!.nonce) await this.#fillGap(used, first!);
    for (const entry of missing) {
      if (entry.nonce < used) await this.#investigate(entry, head);
      else await this.#push(entry, entry.nonce === used);
    }
  }

  /** Broadcasts again what the node may have lost, for a higher fee if that is due. */
  async #push(entry: OutboxEntry, isNext: boolean): Promise<void> {
    const { clock, limits } = this.#options;
    const care = this.#attend(entry);
    const now = clock.monotonic();
    const isStuck = isNext && now - care.signedAt >= limits.stuckAfterMs;
    const raised = isStuck ? await this.#raise(entry) : undefined;
    if (raised === undefined && now - care.offeredAt < limits.stuckAfterMs / 4) return;
    const reply = await this.#offer(raised ?? entry);
    // Without money it waits for some: what was signed may still land, and nobody should decide anew meanwhile.
    if (reply.kind === "refused") this.#waiters.reject(entry.id, refusal(reply));
  }

  async #raise(entry: OutboxEntry): Promise<OutboxEntry | undefined> {
    const { provider, limits, outbox, clock } = this.#options;
    const transaction = Transaction.from(entry.raw);
    const { maxFeePerGas, maxPriorityFeePerGas, gasLimit } = transaction;
    const current = { maxFeePerGas: maxFeePerGas!, maxPriorityFeePerGas: maxPriorityFeePerGas! }; // of type 2
    const fees = raiseFees(current, await suggestFees(provider, limits.maxFeePerGas), limits.maxFeePerGas);
    const care = this.#attend(entry);
    care.signedAt = clock.monotonic();
    care.timesStuck += 1;
    const { hash, nonce } = entry;
    if (fees === undefined) {
      this.#log.warn({ hash, nonce, maxFeePerGas }, "a transaction is stuck and its fee at the limit");
      return undefined;
    }
    const signed = await this.#sign({ ...entry, gasLimit }, fees);
    outbox.replace(entry.id, signed.raw, signed.hash);
    this.#log.info({ hash, nonce, by: signed.hash, ...fees }, "a transaction is stuck, its fee is raised");
    return { ...entry, ...signed, hashes: [...entry.hashes, signed.hash] };
  }

  /** Its nonce is used, and no receipt of it is there: by something else, or the node is behind itself. */
  async #investigate(entry: OutboxEntry, head: Head): Promise<void> {
    const { provider, confirmations, outbox } = this.#options;
    const use = await findNonceUse(provider, await this.#addressOf(), entry.nonce, head.number);
    const care = this.#attend(entry);
    care.looks = use === undefined ? care.looks + 1 : 0;
    const isOther = use !== undefined && !entry.hashes.includes(use.hash);
    const isOld = isOther && head.number - use.blockNumber + 1 >= confirmations;
    if (!isOld && !(use === undefined && care.looks >= LOOKS_UNTIL_LOST)) return;
    this.#log.warn({ hash: entry.hash, nonce: entry.nonce, by: use?.hash }, "another transaction used the nonce");
    outbox.settle(entry.id, { lost: true, block: head.number });
    this.#care.delete(entry.id);
    this.#waiters.reject(entry.id, lost(entry));
  }

  /** Nonces below ours that nobody uses hold ours back for ever: sends nothing to itself with the first of them. */
  async #fillGap(used: number, first: OutboxEntry): Promise<void> {
    const { provider, outbox, limits, clock } = this.#options;
    const care = this.#attend(first);
    const waited = clock.monotonic() - care.signedAt;
    if (waited < limits.stuckAfterMs) return;
    const to = await this.#addressOf();
    const isKnown = (await provider.getTransactionCount(to, "pending")) > used; // by the node, of another program
    if (isKnown && waited < limits.stuckAfterMs * GAP_PATIENCE) return;
    const call = { to, data: "0x", value: 0n, gasLimit: 21_000n, nonce: used };
    const { raw, hash } = await this.#sign(call, await suggestFees(provider, limits.maxFeePerGas));
    this.#log.warn({ nonce: used, until: first.nonce, hash }, "nothing uses a nonce, it is filled");
    const entry = outbox.add({ ...call, route: "public", raw, hash });
    this.#attend(entry).signedAt = clock.monotonic();
    await this.#offer(entry);
  }

  #attend({ id }: OutboxEntry): Care {
    const signedAt = this.#options.clock.monotonic();
    const care = this.#care.get(id) ?? { signedAt, offeredAt: -Infinity, looks: 0, timesStuck: 0 };
    this.#care.set(id, care);
    return care;
  }

  async #addressOf(): Promise<string> {
    this.#address ??= await this.#options.signer.getAddress();
    return this.#address;
  }
}

/** Most that a transaction can cost, wei. */
function costOf(t: { value: bigint; gasLimit: bigint; maxFeePerGas: bigint | null }): bigint {
  return t.value + t.gasLimit * (t.maxFeePerGas ?? 0n);
}

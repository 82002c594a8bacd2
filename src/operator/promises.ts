import type { Head } from "../chain/head.ts";
import { roomsAt, type Backing } from "../chain/rooms.ts";
import { RetryableError } from "../errors.ts";
import { formatTime } from "../protocol/errors.ts";
import type { AnswerJournal } from "./journal.ts";

/** What a receipt that is about to be signed will promise. */
export type Promised = {
  /** The followed head; `backing` is of that block. */
  head: Head;
  backing: Backing;
  /** Coverage and penalty. Stake token, smallest unit. */
  lock: bigint;
  /** Of the receipt, Unix time in seconds. */
  anchorBy: number;
};

/** A place for a receipt that is being signed. Ends once, in one of two ways. */
export type Reservation = {
  /** The receipt is in the journal. To be called in the same turn. */
  keep(): void;
  /** There is no receipt. */
  free(): void;
};

type Known = { hash: string; promised: bigint; latestAnchorBy: number };

/**
 * The ledger of promises: no receipt is signed unless stake and exposure cap still have room for it and for everything else
 * that was promised. A receipt counts from before it is signed until its `anchorBy`, but not while it is published or in a
 * batch whose lock is open: those have their lock on chain.
 */
export class PromiseLedger {
  readonly #answers: Pick<AnswerJournal, "promised" | "latestAnchorBy">;
  readonly #format: (amount: bigint) => string;
  /** Of the receipts in the journal, at a head; what the chain says of them changes with the head only. */
  #known: Known | undefined;
  /** Of the receipts that are being signed. */
  #reserved = 0n;

  /** @param format - how amounts read in refusals. */
  constructor(answers: Pick<AnswerJournal, "promised" | "latestAnchorBy">, format: (amount: bigint) => string) {
    this.#answers = answers;
    this.#format = format;
  }

  /** What was promised until now. Stake token, smallest unit. */
  promised(head: Head): bigint {
    return this.#at(head).promised + this.#reserved;
  }

  /** What is left to promise, by the smaller of stake and exposure cap. Stake token, smallest unit. */
  room({ head, backing, anchorBy }: Omit<Promised, "lock">): bigint {
    const { stake, cap } = roomsAt(backing, Math.max(anchorBy, this.#at(head).latestAnchorBy));
    const left = (stake < cap ? stake : cap) - this.promised(head);
    return left > 0n && backing.optedInUntil >= anchorBy ? left : 0n;
  }

  /**
   * Refuses what there is no room for.
   * @throws RetryableError `COVERAGE_STAKE`, `COVERAGE_CAP`: there may be later.
   */
  require({ head, backing, lock, anchorBy }: Promised): void {
    if (backing.optedInUntil < anchorBy) {
      const sentence = `the operator's stake can be locked for answers until ${formatTime(backing.optedInUntil)} only`;
      throw new RetryableError("COVERAGE_STAKE", sentence);
    }
    // A promise that can be kept later than this one needs stake that backs it for longer.
    const { stake, cap } = roomsAt(backing, Math.max(anchorBy, this.#at(head).latestAnchorBy));
    const promised = this.promised(head);
    const needed = `it locks ${this.#format(lock)}, and ${this.#format(promised)} are promised to others`;
    if (promised + lock > stake) {
      throw new RetryableError("COVERAGE_STAKE", `the operator's stake has ${this.#format(stake)} to lock: ${needed}`);
    }
    if (promised + lock > cap) {
      throw new RetryableError("COVERAGE_CAP", `the operator's exposure cap leaves ${this.#format(cap)}: ${needed}`);
    }
  }

  /**
   * Sets aside what a receipt will promise.
   * @throws as `require`.
   */
  reserve(promised: Promised): Reservation {
    this.require(promised);
    const { lock, anchorBy } = promised;
    this.#reserved += lock;
    let isOver = false;
    const end = (): boolean => {
      if (isOver) return false;
      isOver = true;
      this.#reserved -= lock;
      return true;
    };
    return {
      keep: () => {
        if (!end() || this.#known === undefined) return;
        this.#known.promised += lock;
        this.#known.latestAnchorBy = Math.max(this.#known.latestAnchorBy, anchorBy);
      },
      free: () => void end(),
    };
  }

  /** The journal says something else of the same head. */
  refresh(): void {
    this.#known = undefined;
  }

  #at({ hash, timestamp }: Head): Known {
    if (this.#known?.hash === hash) return this.#known;
    const [promised, latestAnchorBy] = [this.#answers.promised(timestamp), this.#answers.latestAnchorBy()];
    this.#known = { hash, promised, latestAnchorBy };
    return this.#known;
  }
}

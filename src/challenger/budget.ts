import type { Journal } from "../daemon/journal.ts";
import type { ReceiptId } from "../protocol/ids.ts";

/** What a challenger may put at stake. */
export type BudgetLimits = {
  /** Most that may be down in bonds of games, and bonds and fees of cases, at one time: stake token, smallest unit. */
  readonly bonds: bigint;
  /** Most that transactions of one day, by the chain's time, may cost: wei. */
  readonly gasPerDay: bigint;
  /** Most games at one time. */
  readonly maxOpenGames: number;
  /** Set aside for the moves and the proof of each open game: units of gas. */
  readonly gasPerGame: bigint;
};

/** What is put down to contest an answer. */
export type StakeKind = "game" | "case";

/** Why nothing was reserved. */
export type BudgetRefusal = "BONDS" | "OPEN_GAMES" | "GAS";

type AmountRow = { amount: string };

const DAY = 86_400;

/**
 * Keeps a challenger inside its limits. All that counts is in the journal, written before anything is sent, so that a
 * restart forgets nothing; each method is one transaction, so that nothing comes between looking and reserving.
 */
export class Budget {
  readonly #journal: Journal;
  readonly #limits: BudgetLimits;

  constructor(journal: Journal, limits: BudgetLimits) {
    this.#journal = journal;
    this.#limits = limits;
  }

  /** Down, or about to be: stake token, smallest unit. */
  get atRisk(): bigint {
    const rows = this.#journal.database
      .prepare(
        `SELECT amount FROM stakes WHERE ended_block IS NULL
         UNION ALL SELECT amount FROM intents i WHERE NOT EXISTS
           (SELECT 1 FROM stakes s WHERE s.kind = i.kind AND s.receipt_id = i.receipt_id)`,
      )
      .all() as AmountRow[];
    return sumOf(rows.map(({ amount }) => amount));
  }

  /** Games that are open, or about to be. */
  get openGames(): number {
    const row = this.#journal.database
      .prepare(
        `SELECT (SELECT count(*) FROM stakes WHERE kind = 'game' AND ended_block IS NULL)
              + (SELECT count(*) FROM intents i WHERE kind = 'game' AND NOT EXISTS
                  (SELECT 1 FROM stakes s WHERE s.kind = 'game' AND s.receipt_id = i.receipt_id)) AS games`,
      )
      .get() as { games: number };
    return row.games;
  }

  /**
   * Reserves what contesting an answer puts down. Asking again for the same answer is granted and counts once, unless
   * that was put down: nothing is put down twice on one answer.
   * @returns undefined if it is reserved, otherwise what stands against it.
   */
  reserve(kind: StakeKind, receiptId: ReceiptId, amount: bigint): BudgetRefusal | "DOWN_ALREADY" | undefined {
    return this.#journal.transaction(() => {
      const { database } = this.#journal;
      if (this.hasStake(kind, receiptId)) return "DOWN_ALREADY";
      const known = database
        .prepare("SELECT amount FROM intents WHERE kind = ? AND receipt_id = ?")
        .get(kind, receiptId) as AmountRow | undefined;
      const reserved = known === undefined ? 0n : BigInt(known.amount);
      if (this.atRisk - reserved + amount > this.#limits.bonds) return "BONDS";
      const isNewGame = kind === "game" && known === undefined;
      if (isNewGame && this.openGames >= this.#limits.maxOpenGames) return "OPEN_GAMES";
      database
        .prepare(
          "INSERT INTO intents (kind, receipt_id, amount) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET amount = excluded.amount",
        )
        .run(kind, receiptId, amount.toString());
      return undefined;
    });
  }

  /** Whether this account has, or had, a game or a case of its own on the answer. */
  hasStake(kind: StakeKind, receiptId: ReceiptId): boolean {
    const { database } = this.#journal;
    return (
      database.prepare("SELECT 1 FROM stakes WHERE kind = ? AND receipt_id = ?").get(kind, receiptId) !== undefined
    );
  }

  /** Whether something was reserved for the answer, and perhaps sent. */
  hasIntent(kind: StakeKind, receiptId: ReceiptId): boolean {
    const { database } = this.#journal;
    return (
      database.prepare("SELECT 1 FROM intents WHERE kind = ? AND receipt_id = ?").get(kind, receiptId) !== undefined
    );
  }

  /** Nothing was put down, and it is certain: the chain refused. */
  release(kind: StakeKind, receiptId: ReceiptId): void {
    this.#journal.database.prepare("DELETE FROM intents WHERE kind = ? AND receipt_id = ?").run(kind, receiptId);
  }

  /** What transactions of a day cost so far, or can cost: wei. @param now - Unix time in seconds, the chain's. */
  gasSpent(now: number): bigint {
    const rows = this.#journal.database.prepare("SELECT wei FROM gas WHERE day = ?").all(dayOf(now)) as {
      wei: string;
    }[];
    return sumOf(rows.map(({ wei }) => wei));
  }

  /**
   * Reserves what a transaction can cost. What has to be done for games that are open is always granted, and for each of
   * them something is set aside, so that it fits.
   * @param parameters - `wei` at most, `price` of a unit of gas, `now` by the chain.
   * @returns the reservation's number; undefined if the day's limit stands against it.
   */
  reserveGas(parameters: { wei: bigint; price: bigint; now: number; isDuty: boolean }): number | undefined {
    const { wei, price, now, isDuty } = parameters;
    return this.#journal.transaction(() => {
      const { database } = this.#journal;
      const aside = BigInt(this.openGames) * this.#limits.gasPerGame * price;
      if (!isDuty && this.gasSpent(now) + aside + wei > this.#limits.gasPerDay) return undefined;
      database.prepare("DELETE FROM gas WHERE day < ?").run(dayOf(now) - 7);
      const { lastInsertRowid } = database
        .prepare("INSERT INTO gas (day, wei) VALUES (?, ?)")
        .run(dayOf(now), wei.toString());
      return Number(lastInsertRowid);
    });
  }

  /** What the transaction did cost; 0 if it was not sent. */
  settleGas(reservation: number, wei: bigint): void {
    this.#journal.database.prepare("UPDATE gas SET wei = ? WHERE id = ?").run(wei.toString(), reservation);
  }
}

function dayOf(now: number): number {
  return Math.floor(now / DAY);
}

function sumOf(amounts: readonly string[]): bigint {
  return amounts.reduce((sum, amount) => sum + BigInt(amount), 0n);
}

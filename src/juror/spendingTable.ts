import type { Journal } from "../daemon/journal.ts";

/** Migration of a journal that has a spending table. */
export const SPENDING_TABLE = `
  CREATE TABLE spending (day INTEGER PRIMARY KEY, wei TEXT NOT NULL) STRICT;
`;

const DAY = 86_400;

/** What was spent on work for everybody, by days of the chain's time. */
export type SpendingTable = {
  /**
   * Sets an amount aside, if the day's budget still has it.
   * @param now Chain time, Unix seconds.
   */
  reserve(now: number, wei: bigint, budget: bigint): boolean;
  /** Replaces what was set aside by what it came to. */
  settle(now: number, reserved: bigint, spent: bigint): void;
};

/** @param journal - With `SPENDING_TABLE` among its migrations. */
export function spendingTable(journal: Journal): SpendingTable {
  const { database } = journal;
  const select = database.prepare("SELECT wei FROM spending WHERE day = ?");
  const upsert = database.prepare(
    "INSERT INTO spending (day, wei) VALUES (?1, ?2) ON CONFLICT (day) DO UPDATE SET wei = ?2",
  );
  const dayOf = (now: number): number => Math.floor(now / DAY);
  const spentOn = (day: number): bigint => BigInt((select.get(day) as { wei: string } | undefined)?.wei ?? 0);
  return {
    reserve: (now, wei, budget) =>
      journal.transaction(() => {
        const total = spentOn(dayOf(now)) + wei;
        if (total > budget) return false;
        upsert.run(dayOf(now), total.toString());
        return true;
      }),
    settle(now, reserved, spent) {
      journal.transaction(() => upsert.run(dayOf(now), (spentOn(dayOf(now)) - reserved + spent).toString()));
    },
  };
}

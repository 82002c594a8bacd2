import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import fc from "fast-check";
import { id } from "ethers";

import { Budget } from "../../../src/challenger/budget.ts";
import { CHALLENGER_MIGRATIONS } from "../../../src/challenger/tables.ts";
import { openJournal, type Journal } from "../../../src/daemon/journal.ts";
import type { ReceiptId } from "../../../src/protocol/ids.ts";

const LIMITS = { bonds: 200n, gasPerDay: 1_000n, maxOpenGames: 3, gasPerGame: 10n };
const RECEIPTS = Array.from({ length: 6 }, (_, i) => id(`receipt ${i}`) as ReceiptId);

/** What happens to a challenger's budget: what it asks for, what the chain says, and restarts. */
type Step =
  | { do: "reserve"; kind: "game" | "case"; receipt: number; amount: bigint }
  | { do: "release"; kind: "game" | "case"; receipt: number }
  | { do: "opened"; receipt: number }
  | { do: "ended"; receipt: number }
  | { do: "gas"; wei: bigint; isDuty: boolean; day: number }
  | { do: "settle"; part: bigint }
  | { do: "restart" };

const receipt = fc.nat({ max: RECEIPTS.length - 1 });
const kind = fc.constantFrom("game" as const, "case" as const);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ do: fc.constant("reserve" as const), kind, receipt, amount: fc.bigInt({ min: 0n, max: 120n }) }),
  fc.record({ do: fc.constant("release" as const), kind, receipt }),
  fc.record({ do: fc.constant("opened" as const), receipt }),
  fc.record({ do: fc.constant("ended" as const), receipt }),
  fc.record({
    do: fc.constant("gas" as const),
    wei: fc.bigInt({ min: 0n, max: 600n }),
    isDuty: fc.boolean(),
    day: fc.nat({ max: 1 }),
  }),
  fc.record({ do: fc.constant("settle" as const), part: fc.bigInt({ min: 0n, max: 100n }) }),
  fc.constant({ do: "restart" as const }),
);

describe("src/challenger/budget", () => {
  let folder: string;
  let journal: Journal;
  let budget: Budget;
  let files = 0;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "credence-budget-"));
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  const open = (): void => {
    const path = join(folder, `${files}.sqlite`);
    journal = openJournal(path, { program: "challenger", identity: {}, migrations: CHALLENGER_MIGRATIONS });
    budget = new Budget(journal, LIMITS);
  };
  const fresh = (): void => {
    files += 1;
    open();
  };
  const stake = (game: number, end: number | null = null): void => {
    journal.database
      .prepare(
        "INSERT INTO stakes VALUES ('game', ?, ?, '50', 1, ?) ON CONFLICT DO UPDATE SET ended_block = excluded.ended_block",
      )
      .run(String(game), RECEIPTS[game]!, end);
  };

  it("is never exceeded by what is granted, whatever comes in between", () => {
    const run = (steps: Step[]): void => {
      fresh();
      // Written apart: what is down or reserved, and gas by day and purpose.
      const down = new Map<string, bigint>();
      const ended = new Set<string>();
      const gas: { id: number; day: number; wei: bigint; isDuty: boolean }[] = [];
      const keyOf = (of: "game" | "case", n: number): string => `${of} ${n}`;
      const atRisk = (): bigint => [...down].reduce((sum, [key, amount]) => sum + (ended.has(key) ? 0n : amount), 0n);
      const games = (): number => [...down.keys()].filter((key) => key.startsWith("game") && !ended.has(key)).length;
      const opened = new Set<string>();
      for (const each of steps) {
        switch (each.do) {
          case "reserve": {
            const key = keyOf(each.kind, each.receipt);
            const refusal = budget.reserve(each.kind, RECEIPTS[each.receipt]!, each.amount);
            if (opened.has(key)) expect(refusal).to.equal("DOWN_ALREADY");
            else {
              const without = atRisk() - (down.get(key) ?? 0n);
              const isGame = each.kind === "game" && !down.has(key);
              const fits = without + each.amount <= LIMITS.bonds;
              const expected = !fits ? "BONDS" : isGame && games() >= LIMITS.maxOpenGames ? "OPEN_GAMES" : undefined;
              expect(refusal).to.equal(expected);
              if (refusal === undefined) down.set(key, each.amount);
            }
            break;
          }
          case "release": {
            const key = keyOf(each.kind, each.receipt);
            budget.release(each.kind, RECEIPTS[each.receipt]!);
            if (!opened.has(key)) down.delete(key);
            break;
          }
          case "opened": {
            const key = keyOf("game", each.receipt);
            if (!down.has(key) || opened.has(key)) break; // the chain opens none that was not asked for
            stake(each.receipt);
            opened.add(key);
            down.set(key, 50n);
            break;
          }
          case "ended": {
            const key = keyOf("game", each.receipt);
            if (!opened.has(key)) break;
            stake(each.receipt, 2);
            ended.add(key);
            break;
          }
          case "gas": {
            const { wei, isDuty, day } = each;
            const spent = gas.filter((row) => row.day === day).reduce((sum, row) => sum + row.wei, 0n);
            const aside = BigInt(games()) * LIMITS.gasPerGame * 2n;
            const reserved = budget.reserveGas({ wei, price: 2n, now: day * 86_400 + 5, isDuty });
            expect(reserved !== undefined).to.equal(isDuty || spent + aside + wei <= LIMITS.gasPerDay);
            if (reserved !== undefined) gas.push({ id: reserved, day, wei, isDuty });
            break;
          }
          case "settle": {
            const last = gas.at(-1);
            if (last === undefined) break;
            last.wei = (last.wei * each.part) / 100n;
            budget.settleGas(last.id, last.wei);
            break;
          }
          case "restart":
            journal.close();
            open();
        }
        expect(budget.atRisk).to.equal(atRisk());
        expect(budget.openGames).to.equal(games());
        const ofDay = (day: number) => gas.filter((row) => row.day === day).reduce((sum, row) => sum + row.wei, 0n);
        for (const day of [0, 1]) expect(budget.gasSpent(day * 86_400)).to.equal(ofDay(day));
      }
      journal.close();
    };
    fc.assert(fc.property(fc.array(step, { maxLength: 40, size: "max" }), run), { numRuns: 60 });
  });

  it("what was put down is never put down again, also when it has ended", () => {
    fresh();
    const [first] = RECEIPTS;
    expect(budget.reserve("game", first!, 50n)).to.equal(undefined);
    stake(0);
    expect(budget.reserve("game", first!, 50n)).to.equal("DOWN_ALREADY");
    stake(0, 9);
    expect(budget.atRisk).to.equal(0n);
    expect(budget.reserve("game", first!, 50n)).to.equal("DOWN_ALREADY");
    expect(budget.reserve("case", first!, 50n)).to.equal(undefined);
    journal.close();
  });

  it("sets gas aside for each open game, which only what is done for games may use", () => {
    fresh();
    for (const game of [0, 1]) stake(game);
    const aside = 2n * LIMITS.gasPerGame * 3n;
    const ask = (wei: bigint, isDuty: boolean) => budget.reserveGas({ wei, price: 3n, now: 5, isDuty }) !== undefined;
    expect(ask(LIMITS.gasPerDay - aside + 1n, false)).to.equal(false);
    expect(ask(LIMITS.gasPerDay - aside, false)).to.equal(true);
    expect(ask(1n, false)).to.equal(false);
    expect(ask(aside, true)).to.equal(true);
    expect(ask(LIMITS.gasPerDay, true), "beyond the limit, for a bond is worth more").to.equal(true);
    journal.close();
  });

  it("counts what it finds on chain beyond its limits, and grants nothing more", () => {
    fresh();
    for (const game of [0, 1, 2, 3, 4]) stake(game);
    expect(budget.atRisk).to.equal(250n);
    expect(budget.reserve("game", RECEIPTS[5]!, 0n)).to.equal("BONDS");
    journal.close();
  });
});

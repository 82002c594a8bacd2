import { readFile } from "node:fs/promises";

import { expect } from "chai";

const ROOT = new URL("../../", import.meta.url);

describe("docs/gas.md", () => {
  it("has the figures of the report, and its ceilings", async () => {
    const page = await readFile(new URL("docs/gas.md", ROOT), "utf8");
    const report = JSON.parse(await readFile(new URL("bench/gas/report.json", ROOT), "utf8")) as Record<
      string,
      { gas: number; budget: number }
    >;
    const shown = page.split("\n").flatMap((line) => {
      const [, operation, gas, budget] = line.split("|").map((cell) => cell.trim());
      return operation !== undefined && operation in report ? [{ operation, gas, budget }] : [];
    });
    for (const { operation, gas, budget } of shown) {
      const figure = report[operation]!;
      const [shownGas, shownBudget] = [gas, budget].map((cell) => Number(cell!.replaceAll(",", ""))) as [
        number,
        number,
      ];
      expect(shownBudget, operation).to.equal(figure.budget);
      // Half a percent: solc inlines a little differently when other sources are compiled in the same run.
      // Not `closeTo`: with Hardhat's matchers loaded, as they are in a full run, it takes integers only.
      const isClose = Math.abs(shownGas - figure.gas) <= figure.gas / 200;
      expect(isClose, `${operation}: ${shownGas} shown, ${figure.gas} measured`).to.equal(true);
    }
    const measured = Object.keys(report).filter((operation) =>
      /lande|row|inner loop|seed|commit,|claim,/.test(operation),
    );
    expect(shown.map(({ operation }) => operation)).to.include.members(measured);
  });
});

import { readFile } from "node:fs/promises";

import { expect } from "chai";

const ROOT = new URL("../../", import.meta.url);

describe("docs/gas.md", () => {
  it("has the figures and ceilings of the report", async () => {
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
      const format = (value: number): string => value.toLocaleString("en", { maximumFractionDigits: 1 });
      expect([gas, budget], operation).to.deep.equal([format(figure.gas), format(figure.budget)]);
    }
    const measured = Object.keys(report).filter((operation) =>
      /lande|row|inner loop|seed|commit,|claim,/.test(operation),
    );
    expect(shown.map(({ operation }) => operation)).to.include.members(measured);
  });
});

import { readFile } from "node:fs/promises";

import { expect } from "chai";

import { measure } from "../../../bench/inference/measure.ts";
import { importDenseNetwork } from "../../../src/inference/denseNetwork.ts";

describe("bench/inference/measure", () => {
  it("divides the median with commitments by the median without, the first run apart", async () => {
    const network = await importDenseNetwork(new URL("../../../models/digits.dense.json", import.meta.url));
    // Bare and committed by turns: the run that does not count, then three.
    const durations = [900, 900, 10, 60, 4, 12, 100, 9];
    let time = 0;
    let calls = 0;
    const now = (): number => (calls++ % 2 === 0 ? time : (time += durations[(calls - 1) >> 1]!));
    const inputs = [new Int8Array(784), new Int8Array(784).fill(-128)];
    const measured = measure({ ...network, inputs }, { runs: 3, answers: 2, now });
    expect(measured).to.deep.equal({ bare: 5, committed: 6, ratio: 1.2 });
    expect(calls).to.equal(2 * durations.length);
  });

  it("the committed report has both models of this repository, within the budget of 2.0", async () => {
    const text = await readFile(new URL("../../../bench/inference/report.json", import.meta.url), "utf8");
    const report = JSON.parse(text) as Record<string, { ratio: number; budget: number; runs: number }>;
    expect(Object.keys(report)).to.deep.equal(["lande", "digits"]);
    for (const { ratio, budget, runs } of Object.values(report)) {
      expect(budget).to.equal(2);
      expect(ratio).to.be.within(1, budget);
      expect(runs).to.be.at.least(20);
    }
  });
});

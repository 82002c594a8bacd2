/**
 * Simulates panels of the court against attackers and writes bench/court/report.json:
 * `CREDENCE_COURT_CASES=10000 node bench/court/run.ts` (a minute or two). The same cases in every run, so that the report
 * changes with the arithmetic alone; test/bench/court/simulation.test.ts holds it against the design's figures.
 */
import { writeFile } from "node:fs/promises";

import { simulate } from "./simulation.ts";

const cases = Number(process.env.CREDENCE_COURT_CASES ?? 10_000);
const report = simulate(cases);
await writeFile(new URL("report.json", import.meta.url), `${JSON.stringify(report, undefined, 2)}\n`);
for (const { seats, attacker, turnout, wrong, exact } of report.panels) {
  const rate = `${((100 * wrong) / cases).toFixed(2)} % wrong, ${(100 * exact).toPrecision(3)} % expected`;
  console.log(`${String(seats)} seats, attacker ${String(attacker)} %, turnout ${String(turnout)} %: ${rate}`);
}

/**
 * Measures what committing to every tensor costs an operator beside bare inference: `npm run bench:inference`. Fails above
 * budget, and prints the committed bench/inference/report.json beside it; `-- --write` replaces that. A ratio, both measured by turns in one process, says the same on
 * every machine; the milliseconds beside it do not. The report has the models that this repository can rebuild; where
 * the third-party test data stands beside it, its anomaly detector is measured and printed as well.
 */
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import Table from "cli-table3";

import { readDigits, tensorOf } from "../../scripts/digits/images.ts";
import { importDenseNetwork } from "../../src/inference/denseNetwork.ts";
import { importLande } from "../../src/inference/lande.ts";
import { measure, type Measured, type Subject } from "./measure.ts";

const REPORT = new URL("report.json", import.meta.url);
const DIGITS = new URL("../../models/digits.dense.json", import.meta.url);
const DETECTOR = new URL("../../../shared/vectors/tflite/ad01_int8.dense.json", import.meta.url);
/** Committed by bare inference, of docs/protocol/inference.md. */
const BUDGET = 2;
const OPTIONS = { runs: 41, answers: 100, now: () => performance.now() };

const TEXTS = [
  "Where does this sentence come from?",
  "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan ja oikeuksiltaan.",
  "すべての人間は、生まれながらにして自由であり",
];

async function lande(): Promise<Subject> {
  const model = await importLande();
  return { ...model, inputs: TEXTS.map((text) => model.features(text)) };
}

async function digits(): Promise<Subject> {
  const images = readDigits("t10k");
  const inputs = Array.from({ length: 10 }, (_, image) => tensorOf(images, image));
  return { ...(await importDenseNetwork(DIGITS)), inputs };
}

async function detector(): Promise<Subject> {
  const network = await importDenseNetwork(DETECTOR);
  const { length } = network.spec.tensors[0]!;
  return { ...network, inputs: [Int8Array.from({ length }, (_, i) => i * 37)] };
}

const rows: Record<string, Measured> = {
  lande: measure(await lande(), OPTIONS),
  digits: measure(await digits(), OPTIONS),
};
const report = Object.fromEntries(
  Object.entries(rows).map(([model, { ratio, bare, committed }]) => [
    model,
    { ratio: round(ratio), budget: BUDGET, runs: OPTIONS.runs, bareMs: round(bare), committedMs: round(committed) },
  ]),
);
const { write } = parseArgs({ options: { write: { type: "boolean", default: false } } }).values;
if (write) await writeFile(REPORT, `${JSON.stringify(report, null, 2)}\n`);
const committed = JSON.parse(await readFile(REPORT, "utf8")) as Partial<typeof report>;

if (existsSync(DETECTOR)) rows["ad01 (not in the report)"] = measure(await detector(), OPTIONS);
const table = new Table({
  head: ["model", "bare, ms", "committed, ms", "ratio", "in the report", "budget", ""],
  style: { head: [], border: [] },
});
for (const [model, measured] of Object.entries(rows)) {
  const isAbove = measured.ratio > BUDGET;
  if (isAbove) process.exitCode = 1;
  const recorded = committed[model]?.ratio;
  const numbers = [measured.bare, measured.committed, measured.ratio, recorded, BUDGET].map(
    (n) => n?.toFixed(3) ?? "-",
  );
  const cells = numbers.map((content) => ({ content, hAlign: "right" as const }));
  table.push([model, ...cells, isAbove ? "ABOVE" : ""]);
}
console.log(table.toString());

function round(number: number): number {
  return Number(number.toFixed(3));
}

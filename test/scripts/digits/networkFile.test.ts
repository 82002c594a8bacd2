import { readFile } from "node:fs/promises";

import { expect } from "chai";

import { readDigits } from "../../../scripts/digits/images.ts";
import { makeNetworkFile } from "../../../scripts/digits/networkFile.ts";

/** About 25 seconds of processor time: CREDENCE_TRAIN=1. */
const itTrains = process.env.CREDENCE_TRAIN === "1" ? it : it.skip;

describe("scripts/digits/networkFile", () => {
  itTrains("makes the committed network, byte for byte (CREDENCE_TRAIN=1)", async function () {
    this.timeout(600_000);
    const committed = await readFile(new URL("../../../models/digits.dense.json", import.meta.url), "utf8");
    expect(committed.length).to.be.below(200_000);
    const epochs: string[] = [];
    const made = makeNetworkFile(readDigits("train"), (line) => epochs.push(line));
    expect(made === committed, "the same text").to.equal(true);
    expect(epochs).to.have.length(5);
  });
});

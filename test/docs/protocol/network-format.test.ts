import { readFile } from "node:fs/promises";

import { expect } from "chai";

import { importDenseNetwork } from "../../../src/inference/denseNetwork.ts";
import { evaluate } from "../../../src/inference/evaluate.ts";

describe("docs/protocol/network-format.md", function () {
  it("shows a network that imports, with the numbers it gives", async function () {
    const page = await readFile(new URL("../../../docs/protocol/network-format.md", import.meta.url), "utf8");
    const [, example] = /^```json\n([^]*?)^```$/m.exec(page)!;
    const { name, spec, weights, manifest } = await importDenseNetwork(Buffer.from(example!));
    expect(name).to.equal("pocket");
    expect(weights[0]!.bias).to.deep.equal(BigInt64Array.of(4n, 4n));
    const trace = evaluate(spec, weights, Int8Array.of(5, -2, 7));
    expect(trace.map((tensor) => [...tensor])).to.deep.equal([[5, -2, 7], [1, 0], [0]]);
    const rows = {
      "tensor 0": "`5, -2, 7`",
      "tensor 1": "`1, 0`",
      "tensor 2": "`0`",
      "`specHash`": manifest.specHash,
      "`weightsRoot`": manifest.weightsRoot,
    };
    for (const [row, value] of Object.entries(rows)) {
      expect(
        page.split("\n").find((line) => line.startsWith(`| ${row} `)),
        row,
      ).to.include(value);
    }
  });
});

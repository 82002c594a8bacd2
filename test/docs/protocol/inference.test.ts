import { readFile } from "node:fs/promises";

import { expect } from "chai";
import { keccak256 } from "ethers";

import { commitTrace, weightsRoot } from "../../../src/inference/commitments.ts";
import { evaluate } from "../../../src/inference/evaluate.ts";
import { Dtype, OpCode, Rounding, hashSpec, validateSpec, type GraphSpec } from "../../../src/inference/spec.ts";
import { encodeTensor } from "../../../src/inference/tensor.ts";
import type { DenseWeights } from "../../../src/inference/weights.ts";

const INPUT = Int8Array.of(5, -2, 7);

function example(rounding: Rounding, mult: bigint, zero: number): { spec: GraphSpec; weights: DenseWeights[] } {
  const argmax = { code: OpCode.ARGMAX, rounding: Rounding.FLOOR, input: 1, rows: 1, k: 2, zero: 0, lo: 0n, hi: 0n };
  const spec: GraphSpec = {
    tensors: [3, 2, 1].map((length) => ({ dtype: Dtype.I8, length })),
    ops: [{ code: OpCode.DENSE, rounding, input: 0, rows: 2, k: 3, zero, lo: -128n, hi: 127n }, argmax],
  };
  const weights: DenseWeights = {
    values: Int8Array.of(1, 2, -1, 3, 0, -4),
    mult: BigInt64Array.of(mult, mult),
    bias: BigInt64Array.of(4n, 4n),
    shift: Int8Array.of(2, 2),
  };
  return { spec, weights: [weights] };
}

describe("docs/protocol/inference.md", function () {
  it("FLOOR and GEMMLOWP give the numbers of the example", function () {
    const floor = example(Rounding.FLOOR, 3n, 0);
    validateSpec(floor.spec);
    expect(evaluate(floor.spec, floor.weights, INPUT).map((t) => [...t])).to.deep.equal([[5, -2, 7], [-4, -9], [0]]);
    const gemmlowp = example(Rounding.GEMMLOWP, 2n ** 30n, 1);
    validateSpec(gemmlowp.spec);
    expect(evaluate(gemmlowp.spec, gemmlowp.weights, INPUT).map((t) => [...t])).to.deep.equal([
      [5, -2, 7],
      [1, 0],
      [0],
    ]);
  });

  it("every commitment of the example stands on the page", async function () {
    const page = await readFile(new URL("../../../docs/protocol/inference.md", import.meta.url), "utf8");
    const { spec, weights } = example(Rounding.FLOOR, 3n, 0);
    const trace = evaluate(spec, weights, INPUT);
    const { tensorRoots, traceRoot } = commitTrace(spec, trace);
    const rows = {
      "`inputHash`": keccak256(encodeTensor(spec.tensors[0]!, trace[0]!)),
      "`outputHash`": keccak256(encodeTensor(spec.tensors[2]!, trace[2]!)),
      "`specHash`": hashSpec(spec),
      "`weightsRoot`": weightsRoot(spec, weights),
      "root of tensor 0": tensorRoots[0]!,
      "root of tensor 1": tensorRoots[1]!,
      "root of tensor 2": tensorRoots[2]!,
      "`traceRoot`": traceRoot,
    };
    for (const [name, value] of Object.entries(rows)) {
      const row = page.split("\n").find((line) => line.startsWith(`| ${name} `));
      expect(row, name).to.include(value);
    }
  });
});

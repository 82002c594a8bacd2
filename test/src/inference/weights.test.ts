import { expect } from "chai";

import { Dtype, OpCode, Rounding, type GraphSpec } from "../../../src/inference/spec.ts";
import { requireWeights, WeightsMismatchError, type DenseWeights } from "../../../src/inference/weights.ts";

/** i8[3] -> ARGMAX i8[1] -> DENSE i8[2]: the first weights belong to the second operator. */
const spec: GraphSpec = {
  tensors: [3, 1, 2].map((length) => ({ dtype: Dtype.I8, length })),
  ops: [
    { code: OpCode.ARGMAX, rounding: Rounding.FLOOR, input: 0, rows: 1, k: 3, zero: 0, lo: 0n, hi: 0n },
    { code: OpCode.DENSE, rounding: Rounding.FLOOR, input: 0, rows: 2, k: 3, zero: 0, lo: -128n, hi: 127n },
  ],
};
const weights: DenseWeights = {
  values: new Int8Array(6),
  mult: new BigInt64Array(2),
  bias: new BigInt64Array(2),
  shift: new Int8Array(2),
};

describe("inference/weights", () => {
  it("accepts parameters for each DENSE operator", () => {
    requireWeights(spec, [weights]);
  });

  it("refuses too few and too many operators", () => {
    expect(() => {
      requireWeights(spec, []);
    }).to.throw("number of weighted operators is 0, expected 1");
    expect(() => {
      requireWeights(spec, [weights, weights]);
    }).to.throw("number of weighted operators is 2, expected 1");
  });

  for (const [part, message] of [
    ["values", "DENSE 0: number of weights is 5, expected 6"],
    ["mult", "DENSE 0: number of multipliers is 1, expected 2"],
    ["bias", "DENSE 0: number of biases is 1, expected 2"],
    ["shift", "DENSE 0: number of shifts is 1, expected 2"],
  ] as const) {
    it(`refuses another number of elements in ${part}`, () => {
      const short = { ...weights, [part]: weights[part].slice(1) };
      expect(() => {
        requireWeights(spec, [short]);
      }).to.throw(WeightsMismatchError, message);
    });
  }
});

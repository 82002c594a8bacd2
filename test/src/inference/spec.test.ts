import { expect } from "chai";
import { keccak256 } from "ethers";

import { CredenceError, FatalError } from "../../../src/errors.ts";
import {
  Dtype,
  dtypeRange,
  hashSpec,
  InvalidSpecError,
  OpCode,
  Rounding,
  validateSpec,
  type GraphSpec,
  type Op,
  type Tensor,
} from "../../../src/inference/spec.ts";

const tensor = (dtype: number, length: number): Tensor => ({ dtype: dtype as Dtype, length });

const denseOp: Op = {
  code: OpCode.DENSE,
  rounding: Rounding.FLOOR,
  input: 0,
  rows: 3,
  k: 4,
  zero: 0,
  lo: -128n,
  hi: 127n,
};
const argmaxOp: Op = { ...denseOp, code: OpCode.ARGMAX, input: 1, rows: 1, k: 3, lo: 0n, hi: 0n };

/** i16[4] -> DENSE i8[3] -> ARGMAX i8[1] */
const valid: GraphSpec = {
  tensors: [tensor(Dtype.I16, 4), tensor(Dtype.I8, 3), tensor(Dtype.I8, 1)],
  ops: [denseOp, argmaxOp],
};
const withDense = (change: object): GraphSpec => ({ ...valid, ops: [{ ...denseOp, ...change }, argmaxOp] });
const withArgmax = (change: object): GraphSpec => ({ ...valid, ops: [denseOp, { ...argmaxOp, ...change }] });

/** One DENSE operator from `input` to one i8. */
const oneDense = (input: Tensor): GraphSpec => ({
  tensors: [input, tensor(Dtype.I8, 1)],
  ops: [{ ...denseOp, rows: 1, k: input.length }],
});
/** One ARGMAX operator from `input` to `output`. */
const oneArgmax = (input: Tensor, output: Tensor): GraphSpec => ({
  tensors: [input, output],
  ops: [{ ...argmaxOp, input: 0, k: input.length }],
});
/** One DENSE operator from `length` bytes to `rows` i64. */
const oneWide = (length: number, rows: number): GraphSpec => ({
  tensors: [tensor(Dtype.I8, length), tensor(Dtype.I64, rows)],
  ops: [{ ...denseOp, k: length, rows }],
});

describe("inference/spec", () => {
  describe("validateSpec", () => {
    it("accepts a graph that keeps every rule", () => {
      validateSpec(valid);
      validateSpec(withDense({ rounding: Rounding.GEMMLOWP, zero: -0x8000_0000 }));
      validateSpec(withDense({ rounding: Rounding.GEMMLOWP, zero: 0x7fff_ffff }));
      validateSpec(withDense({ lo: 5n, hi: 5n }));
    });

    it("accepts the longest row of each input type and refuses one element more", () => {
      for (const [dtype, longest] of [
        [Dtype.I8, 6_144],
        [Dtype.I16, 4_096],
        [Dtype.I32, 2_457],
        [Dtype.I64, 1_365],
      ] as const) {
        validateSpec(oneDense(tensor(dtype, longest)));
        validateSpec(oneArgmax(tensor(dtype, longest), tensor(Dtype.I32, 1)));
        expect(() => {
          validateSpec(oneDense(tensor(dtype, longest + 1)));
        }).to.throw("op 0: bytes of one unit");
        expect(() => {
          validateSpec(oneArgmax(tensor(dtype, longest + 1), tensor(Dtype.I32, 1)));
        }).to.throw("op 0: bytes of one unit");
      }
    });

    it("accepts an index type that holds the last index and refuses a smaller one", () => {
      validateSpec(oneArgmax(tensor(Dtype.I8, 128), tensor(Dtype.I8, 1)));
      expect(() => {
        validateSpec(oneArgmax(tensor(Dtype.I8, 129), tensor(Dtype.I8, 1)));
      }).to.throw("op 0: k is 129, expected at most 128");
    });

    it("limits first and last tensor to 16,384 bytes unless they stay private", () => {
      validateSpec(oneWide(6_144, 1_280)); // 6,144 + 8 * 1,280 = 16,384
      expect(() => {
        validateSpec(oneWide(6_144, 1_281));
      }).to.throw("bytes of first and last tensor together is 16392, expected an integer from 2 to 16384");
      validateSpec(oneWide(6_144, 1_281), true);
    });

    it("limits every tensor to 98,304 bytes, and operators to 256", () => {
      validateSpec(oneWide(1, 98_304 / 8), true);
      expect(() => {
        validateSpec(oneWide(1, 98_304 / 8 + 1), true);
      }).to.throw("tensor 1: bytes is 98312, expected an integer from 1 to 98304");
      const chain = (count: number): GraphSpec => ({
        tensors: Array.from({ length: count + 1 }, () => tensor(Dtype.I8, 1)),
        ops: Array.from({ length: count }, (_, input) => ({ ...valid.ops[1]!, k: 1, input })),
      });
      validateSpec(chain(256));
      expect(() => {
        validateSpec(chain(257));
      }).to.throw("number of operators is 257, expected an integer from 1 to 256");
    });

    for (const [rule, spec, message] of [
      ["no operator", { tensors: [tensor(0, 1)], ops: [] }, "number of operators is 0"],
      ["a tensor missing", { ...valid, tensors: valid.tensors.slice(0, 2) }, "number of tensors is 2, expected 3"],
      [
        "a tensor too many",
        { ...valid, tensors: [...valid.tensors, tensor(0, 1)] },
        "number of tensors is 4, expected 3",
      ],
      ["an unknown dtype", { ...valid, tensors: [tensor(4, 4), ...valid.tensors.slice(1)] }, "tensor 0: dtype is 4"],
      ["an empty tensor", { ...valid, tensors: [tensor(1, 0), ...valid.tensors.slice(1)] }, "tensor 0: length is 0"],
      ["a length that is no integer", oneDense(tensor(0, 1.5)), "tensor 0: length is 1.5"],
      ["a length beyond uint32", oneDense(tensor(0, 2 ** 32)), "tensor 0: length is 4294967296"],
      ["code 0", withDense({ code: 0 }), "op 0: code is 0, expected 1 (DENSE) or 2 (ARGMAX)"],
      ["code 3", withDense({ code: 3 }), "op 0: code is 3, expected 1 (DENSE) or 2 (ARGMAX)"],
      ["rounding 2", withDense({ rounding: 2 }), "op 0: rounding is 2"],
      ["an operator that reads its own output", withDense({ input: 1 }), "op 0: input tensor is 1"],
      ["a forward reference", withDense({ input: 2 }), "op 0: input tensor is 2"],
      ["a negative input", withArgmax({ input: -1 }), "op 1: input tensor is -1"],
      ["k of another tensor", withDense({ k: 3 }), "op 0: k is 3, expected 4 (the length of tensor 0)"],
      ["rows of another tensor", withDense({ rows: 4 }), "op 0: rows is 4, expected 3 (the length of tensor 1)"],
      ["lo above hi", withDense({ lo: 1n, hi: 0n }), "op 0: hi is 0, expected 1 (lo) to 127"],
      ["lo below the type", withDense({ lo: -129n }), "op 0: lo is -129, expected -128 to 127"],
      ["lo above the type", withDense({ lo: 128n, hi: 128n }), "op 0: lo is 128, expected -128 to 127"],
      ["hi above the type", withDense({ hi: 128n }), "op 0: hi is 128, expected -128 (lo) to 127"],
      ["FLOOR with a zero point", withDense({ zero: 1 }), "op 0: zero is 1, expected 0 (FLOOR has no zero point)"],
      ["a zero point beyond int32", withDense({ rounding: 1, zero: 2 ** 31 }), "op 0: zero is 2147483648"],
      [
        "ARGMAX with two rows",
        { tensors: [...valid.tensors.slice(0, 2), tensor(0, 2)], ops: [denseOp, { ...argmaxOp, rows: 2 }] },
        "op 1: rows is 2, expected 1 (ARGMAX writes one index)",
      ],
      ["ARGMAX with a rounding", withArgmax({ rounding: 1 }), "op 1: rounding is 1, expected 0 (unused by ARGMAX)"],
      ["ARGMAX with a zero point", withArgmax({ zero: -1 }), "op 1: zero is -1, expected 0 (unused by ARGMAX)"],
      ["ARGMAX with lo", withArgmax({ lo: -1n }), "op 1: lo is -1, expected 0 (unused by ARGMAX)"],
      ["ARGMAX with hi", withArgmax({ hi: 1n }), "op 1: hi is 1, expected 0 (unused by ARGMAX)"],
    ] satisfies [string, GraphSpec, string][]) {
      it(`refuses ${rule}`, () =>
        expect(() => {
          validateSpec(spec);
        }).to.throw(InvalidSpecError, message));
    }

    it("throws errors that carry a code and are fatal", () => {
      expect(() => {
        validateSpec(withDense({ k: 3 }));
      })
        .to.throw(FatalError)
        .that.is.instanceOf(CredenceError)
        .and.includes({ code: "INVALID_SPEC", name: "InvalidSpecError" });
    });
  });

  it("knows the range of every dtype", () => {
    expect(dtypeRange(Dtype.I8)).to.deep.equal({ min: -128n, max: 127n });
    expect(dtypeRange(Dtype.I16)).to.deep.equal({ min: -32_768n, max: 32_767n });
    expect(dtypeRange(Dtype.I32)).to.deep.equal({ min: -2_147_483_648n, max: 2_147_483_647n });
    expect(dtypeRange(Dtype.I64)).to.deep.equal({ min: -9_223_372_036_854_775_808n, max: 9_223_372_036_854_775_807n });
  });

  it("hashes the ABI encoding of version, tensors and operators", () => {
    const word = (value: bigint | number) => BigInt.asUintN(256, BigInt(value)).toString(16).padStart(64, "0");
    // version | offsets of the two arrays | 3 tensors of 2 words | 2 operators of 8 words
    const words = [
      1,
      3 * 32,
      (3 + 1 + 6) * 32,
      3,
      1,
      4,
      0,
      3,
      0,
      1,
      2,
      1,
      0,
      0,
      3,
      4,
      0,
      -128,
      127,
      2,
      0,
      1,
      1,
      3,
      0,
      0,
      0,
    ];
    expect(hashSpec(valid)).to.equal(keccak256(`0x${words.map(word).join("")}`));
  });
});

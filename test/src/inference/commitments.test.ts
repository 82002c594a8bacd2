import { expect } from "chai";
import { AbiCoder, concat, hexlify, keccak256, solidityPackedKeccak256, ZeroHash } from "ethers";

import { commitTrace, weightsRoot } from "../../../src/inference/commitments.ts";
import { Dtype, OpCode, Rounding, type GraphSpec, type Op } from "../../../src/inference/spec.ts";
import { TensorMismatchError } from "../../../src/inference/tensor.ts";
import { WeightsMismatchError, type DenseWeights } from "../../../src/inference/weights.ts";

const node = (left: string, right: string) => keccak256(concat(["0x03", left, right]));

const dense: Op = {
  code: OpCode.DENSE,
  rounding: Rounding.FLOOR,
  input: 0,
  rows: 2,
  k: 3,
  zero: 0,
  lo: -128n,
  hi: 127n,
};

/** i8[3] -> DENSE i8[2] -> ARGMAX i8[1] -> DENSE i8[1] */
const spec: GraphSpec = {
  tensors: [3, 2, 1, 1].map((length) => ({ dtype: Dtype.I8, length })),
  ops: [
    dense,
    { ...dense, code: OpCode.ARGMAX, input: 1, rows: 1, k: 2, lo: 0n, hi: 0n },
    { ...dense, input: 2, rows: 1, k: 1 },
  ],
};
const weights: DenseWeights[] = [
  {
    values: Int8Array.of(1, -1, 127, -128, 0, 2),
    mult: BigInt64Array.of(5n, -(2n ** 63n)),
    bias: BigInt64Array.of(-6n, 2n ** 63n - 1n),
    shift: Int8Array.of(-128, 127),
  },
  {
    values: Int8Array.of(-3),
    mult: BigInt64Array.of(1n),
    bias: BigInt64Array.of(0n),
    shift: Int8Array.of(20),
  },
];

const weightLeaf = (op: number, row: number, shift: number, mult: bigint, bias: bigint, rowBytes: string) =>
  solidityPackedKeccak256(
    ["uint8", "uint16", "uint32", "int8", "int64", "int64", "bytes"],
    [1, op, row, shift, mult, bias, rowBytes],
  );
const tensorLeaf = (tensor: number, leaf: number, data: string) =>
  solidityPackedKeccak256(["uint8", "uint16", "uint32", "bytes"], [2, tensor, leaf, data]);
const padded = (data: string) => data.padEnd(2 + 2 * 1_024, "0");

describe("inference/commitments", () => {
  describe("weightsRoot", () => {
    it("has a leaf for each row of each DENSE operator, with that operator's number in the graph", () => {
      const expected = [
        weightLeaf(0, 0, -128, 5n, -6n, "0x01ff7f"),
        weightLeaf(0, 1, 127, -(2n ** 63n), 2n ** 63n - 1n, "0x800002"),
        weightLeaf(2, 0, 20, 1n, 0n, "0xfd"),
      ] as const;
      expect(weightsRoot(spec, weights)).to.equal(node(node(expected[0], expected[1]), node(expected[2], ZeroHash)));
    });

    it("refuses weights that do not fit the spec", () => {
      expect(() => weightsRoot(spec, weights.slice(1))).to.throw(WeightsMismatchError, "is 1, expected 2");
    });
  });

  describe("commitTrace", () => {
    it("pads the only leaf of a small tensor with zeros and hashes the roots in order", () => {
      const { tensorRoots, traceRoot } = commitTrace(spec, [
        Int8Array.of(1, 2, -3),
        Int8Array.of(-128, 127),
        Int8Array.of(1),
        Int8Array.of(-3),
      ]);
      const expected = ["0x0102fd", "0x807f", "0x01", "0xfd"].map((data, i) => tensorLeaf(i, 0, padded(data)));
      expect(tensorRoots).to.deep.equal(expected);
      expect(traceRoot).to.equal(keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32[]"], [expected])));
    });

    it("splits a larger tensor into leaves of 1,024 bytes", () => {
      const lengths = [128, 129, 300];
      const large: GraphSpec = { tensors: lengths.map((length) => ({ dtype: Dtype.I64, length })), ops: [] };
      const trace = lengths.map((length) => BigInt64Array.from({ length }, (_, i) => BigInt(i) - 7n));
      const bytes = trace.map((data) => Buffer.concat(Array.from(data, bigEndian)));
      const leaf = (tensor: number, i: number) =>
        tensorLeaf(tensor, i, padded(hexlify(bytes[tensor]!.subarray(1_024 * i, 1_024 * (i + 1)))));

      const { tensorRoots, traceRoot } = commitTrace(large, trace);

      expect(tensorRoots[0]).to.equal(leaf(0, 0)); // exactly one leaf
      expect(tensorRoots[1]).to.equal(node(leaf(1, 0), leaf(1, 1))); // 8 bytes in the second
      expect(tensorRoots[2]).to.equal(node(node(leaf(2, 0), leaf(2, 1)), node(leaf(2, 2), ZeroHash)));
      expect(traceRoot).to.equal(keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32[]"], [tensorRoots])));
    });

    it("refuses tensors of another number or shape", () => {
      const trace = [new Int8Array(3), new Int8Array(2), new Int8Array(1), new Int8Array(1)];
      expect(() => commitTrace(spec, trace.slice(1))).to.throw(
        TensorMismatchError,
        "number of tensors is 3, expected 4",
      );
      expect(() => commitTrace(spec, [...trace.slice(0, 3), new Int8Array(2)])).to.throw(
        "tensor length is 2, expected 1",
      );
    });
  });
});

function bigEndian(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(value);
  return bytes;
}

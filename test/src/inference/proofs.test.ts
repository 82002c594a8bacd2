import { expect } from "chai";
import { ZeroHash, concat, dataLength, getBytes, hexlify, keccak256, solidityPackedKeccak256 } from "ethers";
import fc from "fast-check";

import { commitTrace, weightsRoot } from "../../../src/inference/commitments.ts";
import { evaluate } from "../../../src/inference/evaluate.ts";
import {
  TensorTree,
  WeightsTree,
  proofOfOpenings,
  tensorTree,
  traceOf,
  unitOf,
} from "../../../src/inference/proofs.ts";
import { Dtype, OpCode, Rounding, type GraphSpec, type Op } from "../../../src/inference/spec.ts";
import { TensorMismatchError } from "../../../src/inference/tensor.ts";
import { WeightsMismatchError } from "../../../src/inference/weights.ts";
import { bytes } from "../../setup/arbitraries.ts";
import { SMALL, WIDE } from "../../setup/graphs.ts";
import { climb, depthOf, rootOf, tensorLeafOf, tensorRootOf } from "../../setup/referee.ts";

const RUNS = { numRuns: 30 };
const LEAF = 1_024;
const bytesOf = (length: number) => ({ dtype: Dtype.I8, length });

/** DENSE operators of these many rows, one after the other, with an ARGMAX between. */
function layered(rows: readonly number[]): GraphSpec {
  const dense = (op: Pick<Op, "input" | "rows" | "k">): Op => ({
    code: OpCode.DENSE,
    rounding: Rounding.FLOOR,
    zero: 0,
    lo: -128n,
    hi: 127n,
    ...op,
  });
  const ops: Op[] = [];
  const tensors = [bytesOf(2)];
  for (const count of rows) {
    ops.push(dense({ input: ops.length, rows: count, k: tensors.at(-1)!.length }));
    tensors.push(bytesOf(count));
  }
  ops.push({
    ...dense({ input: ops.length, rows: 1, k: tensors.at(-1)!.length }),
    code: OpCode.ARGMAX,
    lo: 0n,
    hi: 0n,
  });
  tensors.push(bytesOf(1));
  ops.push(dense({ input: ops.length, rows: 3, k: 1 }));
  tensors.push(bytesOf(3));
  return { tensors, ops };
}

describe("inference/proofs", () => {
  describe("WeightsTree", () => {
    it("proves every row of a graph by a tree recomputed leaf for leaf", () => {
      const graphs = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 3 }).map(layered);
      fc.assert(
        fc.property(graphs, fc.infiniteStream(fc.integer({ min: -128, max: 127 })), (spec, noise) => {
          const next = (): number => noise.next().value as number;
          const dense = spec.ops.filter(({ code }) => code === OpCode.DENSE);
          const weights = dense.map(({ rows, k }) => ({
            values: Int8Array.from({ length: rows * k }, next),
            mult: BigInt64Array.from({ length: rows }, () => BigInt(next()) << 50n),
            bias: BigInt64Array.from({ length: rows }, () => -BigInt(next())),
            shift: Int8Array.from({ length: rows }, next),
          }));
          const tree = new WeightsTree(spec, weights);
          expect(tree.root).to.equal(weightsRoot(spec, weights));
          const leaves = spec.ops.flatMap(({ code, rows }, op) =>
            Array.from({ length: code === OpCode.DENSE ? rows : 0 }, (_, row) => ({ op, row })),
          );
          const types = ["uint8", "uint16", "uint32", "int8", "int64", "int64", "bytes"];
          const hashes = leaves.map(({ op, row }) => {
            const { shift, mult, bias, values } = tree.row(op, row);
            return solidityPackedKeccak256(types, [1, op, row, shift, mult, bias, values]);
          });
          expect(rootOf(hashes)).to.equal(tree.root);
          leaves.forEach(({ op, row }, position) => {
            expect(climb(hashes[position]!, position, tree.row(op, row).proof)).to.equal(tree.root);
            expect(tree.row(op, row).proof.length).to.equal(depthOf(leaves.length));
          });
        }),
        RUNS,
      );
    });

    it("has nothing to show of an operator without weights", () => {
      const tree = new WeightsTree(SMALL.spec, SMALL.weights);
      expect(tree.row(2, 0)).to.deep.equal({ shift: 0, mult: 0n, bias: 0n, values: "0x", proof: [] });
    });

    it("refuses weights that do not fit", () => {
      expect(() => new WeightsTree(SMALL.spec, SMALL.weights.slice(1))).to.throw(WeightsMismatchError);
    });
  });

  describe("TensorTree", () => {
    const sizes = fc.oneof(
      fc.integer({ min: 1, max: 40_000 }),
      fc.constantFrom(1, 1_023, 1_024, 1_025, 17_408, 17_409),
    );
    const tensors = sizes.chain((size) => fc.tuple(fc.integer({ min: 0, max: 0xffff }), bytes(size)));

    it("leads from every leaf to the root that the bytes have", () => {
      fc.assert(
        fc.property(tensors, ([number, data]) => {
          const tree = new TensorTree(bytesOf(dataLength(data)), number, getBytes(data));
          expect(tree.root).to.equal(tensorRootOf(number, data));
          for (let i = 0; i < tree.leaves; i++) {
            const leaf = hexlify(tree.leaf(i));
            expect(dataLength(leaf)).to.equal(LEAF);
            expect(climb(tensorLeafOf(number, i, leaf), i, tree.proof(i))).to.equal(tree.root);
          }
        }),
        RUNS,
      );
    });

    it("is opened 16 children at a time, fewer at the end, and the openings prove the leaf", () => {
      fc.assert(
        fc.property(tensors, fc.nat(), ([number, data], choice) => {
          const tree = new TensorTree(bytesOf(dataLength(data)), number, getBytes(data));
          const index = choice % tree.leaves;
          let left = depthOf(tree.leaves);
          let [level, position, node] = [0, 0, tree.root];
          const openings: { children: string[]; child: number }[] = [];
          for (let children = tree.children(0, 0); children.length > 0; children = tree.children(level, position)) {
            const steps = Math.min(left, 4);
            expect([children.length, rootOf(children)]).to.deep.equal([2 ** steps, node]);
            left -= steps;
            level += steps;
            position = Math.floor(index / 2 ** left);
            const child = position % children.length;
            node = children[child]!;
            expect(node).to.equal(tree.node(level, position));
            openings.push({ children, child });
          }
          expect([left, position, openings.length]).to.deep.equal([0, index, Math.ceil(depthOf(tree.leaves) / 4)]);
          expect(node).to.equal(tensorLeafOf(number, index, hexlify(tree.leaf(index))));
          expect(proofOfOpenings(openings)).to.deep.equal(tree.proof(index));
        }),
        RUNS,
      );
    });

    it("holds padding and leaves that the tensor does not have", () => {
      const data = new Uint8Array(3 * LEAF).fill(7);
      const word = keccak256("0x01");
      const tree = new TensorTree(bytesOf(2 * LEAF + 5), 9, data, [word]);
      const leaves = [0, 1, 2].map((i) => tensorLeafOf(9, i, hexlify(data.subarray(0, LEAF))));
      expect(tree.root).to.equal(rootOf([...leaves, word]));
      expect([tree.leaves, tree.elements.length]).to.deep.equal([3, 2 * LEAF + 5]);
      expect(climb(word, 3, tree.proof(3))).to.equal(tree.root);
    });

    it("refuses bytes that are not the tensor's, and more leaves than places", () => {
      const size = bytesOf(2 * LEAF + 5);
      const make = (length: number, missing: number) => () =>
        new TensorTree(size, 0, new Uint8Array(length), Array<string>(missing).fill(ZeroHash));
      for (const length of [0, 2 * LEAF, 2 * LEAF + 4, 2 * LEAF + 6, 3 * LEAF + 1]) {
        expect(make(length, 0), `${length} bytes`).to.throw(TensorMismatchError, "number of bytes");
      }
      expect(make(3 * LEAF, 1)).not.to.throw();
      expect(make(3 * LEAF, 2)).to.throw(TensorMismatchError, "number of leaves is 5, expected at most 4");
    });
  });

  it("shows a unit with the leaf that holds its element, without padding", () => {
    const { spec, weights, input } = WIDE;
    const trees = evaluate(spec, weights, input).map((data, number) => tensorTree(spec, number, data));
    const tree = new WeightsTree(spec, weights);
    const [first, second] = [trees[0]!, trees[1]!];
    const last = unitOf(spec, tree, { op: 0, row: 4_999, input: first, output: second });
    expect([last.op, last.row, last.input]).to.deep.equal([0, 4_999, "0x11fb63"]);
    expect(dataLength(last.outputLeaf)).to.equal(544);
    expect(climb(tensorLeafOf(1, 19, last.outputLeaf), 19, last.outputProof)).to.equal(second.root);
    expect(last.weights).to.deep.equal(tree.row(0, 4_999));
    const before = unitOf(spec, tree, { op: 0, row: 255, input: first, output: second });
    expect(climb(tensorLeafOf(1, 0, before.outputLeaf), 0, before.outputProof)).to.equal(second.root);
    const after = unitOf(spec, tree, { op: 0, row: 256, input: first, output: second });
    expect(climb(tensorLeafOf(1, 1, after.outputLeaf), 1, after.outputProof)).to.equal(second.root);
    expect(concat([before.outputLeaf, after.outputLeaf])).to.equal(hexlify(second.elements.subarray(0, 2 * LEAF)));
  });

  it("shows graph and roots as the spec and the commitment have them", () => {
    const { spec, weights, input } = SMALL;
    const { tensorRoots } = commitTrace(spec, evaluate(spec, weights, input));
    expect(traceOf(spec, tensorRoots)).to.deep.equal({ tensors: spec.tensors, ops: spec.ops, roots: tensorRoots });
  });
});

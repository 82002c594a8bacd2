import { createHash } from "node:crypto";

import { expect } from "chai";
import { hexlify } from "ethers";
import fc from "fast-check";
import { network } from "hardhat";

import { commitTrace, weightsRoot } from "../../../src/inference/commitments.ts";
import { importDenseNetwork } from "../../../src/inference/denseNetwork.ts";
import { evaluate } from "../../../src/inference/evaluate.ts";
import { importLande } from "../../../src/inference/lande.ts";
import { elementBytes, OpCode, validateSpec, type GraphSpec, type Op } from "../../../src/inference/spec.ts";
import { encodeTensor, type TensorData } from "../../../src/inference/tensor.ts";
import type { DenseWeights } from "../../../src/inference/weights.ts";
import { runnableGraph } from "../../setup/runnableGraph.ts";
import { itWithVectors, readVectors } from "../../setup/vectors.ts";

/** Of one call: more than a transaction may use. */
const GAS = 1_000_000_000;

/** Of one call: the network keeps every step of it in memory. */
const MULTIPLY_ADDS = 100_000;
/** What a row costs beside its sum, in multiply-adds. */
const OVERHEAD = 64;

describe("Arithmetic in TypeScript, in Solidity, readable and fast, and in test data of others", function () {
  let fast: Exposed;
  let reference: Exposed;
  let tree: Exposed;

  before(async function () {
    // The last rules that let a call use all gas of a block.
    const { ethers } = await network.create({ override: { blockGasLimit: GAS, hardfork: "prague" } });
    fast = await ethers.deployContract("ExposedUnitMath");
    reference = await ethers.deployContract("ExposedReferenceMath");
    tree = await ethers.deployContract("ExposedTraceTree");
  });

  itWithVectors<Golden>(
    "hello_world: all 256 inputs, every tensor",
    "tflite/hello_world_int8.golden.json",
    async function ({ cases }) {
      expect(cases).to.have.length(256);
      await expectGolden("tflite/hello_world_int8.dense.json", cases, 16);
    },
  );

  itWithVectors<Golden>(
    "MLPerf Tiny's anomaly detector: 20 sound windows, every tensor",
    "tflite/ad01_int8.golden.json",
    async function ({ cases }) {
      const real = cases.filter(({ kind }) => kind === "real");
      expect(real).to.have.length(20);
      await expectGolden("tflite/ad01_int8.dense.json", real, real.length);
    },
  );

  itWithVectors<LandeVector[]>("lande: 20 texts, every tensor", "models/lande_vectors.json", async function (texts) {
    expect(texts).to.have.length(20);
    const { spec, weights } = await importLande();
    const inputs = texts.map(({ x }) => {
      const input = new Int16Array(620);
      for (const [index, value] of x) input[index] = value;
      return input;
    });
    const traces = await expectSame(spec, weights, inputs, texts.length);
    texts.forEach(({ hidden, logits, cls }, i) => {
      const [, first, second, last] = traces[i]!;
      expect(Array.from<number | bigint>(first!)).to.deep.equal(hidden);
      expect(Array.from<number | bigint, string>(second!, String)).to.deep.equal(logits);
      expect(Array.from<number | bigint>(last!)).to.deep.equal([cls]);
    });
  });

  it("gives random graphs the same tensors and the same commitments", async function () {
    await fc.assert(
      fc.asyncProperty(runnableGraph, async ({ spec, weights, input }) => {
        validateSpec(spec);
        const [trace] = await expectSame(spec, weights, [input], 1);
        await expectSameRoots(spec, weights, trace!);
      }),
      { numRuns: 60 },
    );
  });

  /** Every tensor as the network's authors computed it. */
  async function expectGolden(path: string, cases: Golden["cases"], parts: number): Promise<void> {
    const file = readVectors<{ layers: readonly { tensor: string }[] }>(path);
    const { spec, weights } = await importDenseNetwork(Buffer.from(JSON.stringify(file)));
    const inputs = cases.map(({ input_b64 }) => Int8Array.from(Buffer.from(input_b64, "base64")));
    const traces = await expectSame(spec, weights, inputs, parts);
    cases.forEach(({ output_b64, sha256 }, c) => {
      const bytes = spec.tensors.map((tensor, i) => encodeTensor(tensor, traces[c]![i]!));
      file.layers.forEach(({ tensor }, i) => {
        const digest = createHash("sha256")
          .update(bytes[i + 1]!)
          .digest("hex");
        expect(digest, `tensor ${tensor}`).to.equal(sha256[tensor]);
      });
      expect(Buffer.from(bytes.at(-1)!).toString("base64")).to.equal(output_b64);
    });
  }

  /**
   * Every tensor of a run on each input, after both contracts have computed it from the tensors before: the fast one all
   * of it, the readable one, which takes a hundred times as long, of input i every row j with the same remainder by
   * `parts`, so that it has met every row.
   */
  async function expectSame(
    spec: GraphSpec,
    weights: readonly DenseWeights[],
    inputs: readonly TensorData[],
    parts: number,
  ): Promise<readonly TensorData[][]> {
    const traces = inputs.map((input) => evaluate(spec, weights, input));
    let dense = 0;
    for (const [i, op] of spec.ops.entries()) {
      const tensor = spec.tensors[op.input]!;
      const width = elementBytes(tensor.dtype);
      const xs = traces.map((trace) => encodeTensor(tensor, trace[op.input]!));
      const expected = traces.map((trace) => Array.from<number | bigint, bigint>(trace[i + 1]!, BigInt));
      if (op.code === OpCode.ARGMAX) {
        const place = { weights: 0, input: 0, count: op.k, width };
        for (const [c, x] of xs.entries()) {
          expect([await read(fast, "argmax", [x, place])]).to.deep.equal(expected[c]);
          expect([await read(reference, "argmax", [x, width])]).to.deep.equal(expected[c]);
        }
        continue;
      }
      const rows = rowsOf(op, weights[dense++]!);
      const step = Math.max(1, Math.floor(MULTIPLY_ADDS / (op.rows * (op.k + OVERHEAD))));
      for (let c = 0; c < xs.length; c += step) {
        const ys = await read(fast, "layer", [op, rows, xs.slice(c, c + step), width]);
        expect(ys).to.deep.equal(expected.slice(c, c + step));
      }
      for (let part = 0; part < parts; part++) {
        const share = <T>(list: readonly T[]) => list.filter((_, index) => index % parts === part);
        if (share(rows).length === 0) continue;
        const ys = await read(reference, "layer", [op, share(rows), share(xs), width]);
        expect(ys).to.deep.equal(share(expected).map(share));
      }
    }
    return traces;
  }

  async function expectSameRoots(
    spec: GraphSpec,
    weights: readonly DenseWeights[],
    trace: readonly TensorData[],
  ): Promise<void> {
    const { tensorRoots } = commitTrace(spec, trace);
    for (const [i, tensor] of spec.tensors.entries()) {
      expect(await read(tree, "tensorRoot", [i, encodeTensor(tensor, trace[i]!)])).to.equal(tensorRoots[i]);
    }
    if (weights.length === 0) return;
    const leaves: unknown[] = [];
    let dense = 0;
    for (const [i, op] of spec.ops.entries()) {
      if (op.code !== OpCode.DENSE) continue;
      for (const [row, values] of rowsOf(op, weights[dense++]!).entries()) {
        leaves.push(await read(tree, "weightLeaf", [i, row, values]));
      }
    }
    expect(await read(tree, "fold", [leaves])).to.equal(weightsRoot(spec, weights));
  }
});

/** What a view of a contract returns; lists as plain arrays. */
async function read(contract: Exposed, name: string, args: unknown[]): Promise<unknown> {
  return plain(await contract.getFunction(name).staticCall(...args, { gasLimit: GAS }));
}

function plain(result: unknown): unknown {
  return Array.isArray(result) ? Array.from(result, plain) : result;
}

/** Rows of a DENSE operator as the contracts take them, without proofs. */
function rowsOf({ rows, k }: Op, { values, mult, bias, shift }: DenseWeights) {
  return Array.from({ length: rows }, (_, row) => ({
    shift: shift[row]!,
    mult: mult[row]!,
    bias: bias[row]!,
    values: hexlify(new Uint8Array(values.buffer, values.byteOffset + row * k, k)),
    proof: [],
  }));
}

/** A contract of test/mocks, for which there are no types. */
type Exposed = { getFunction(name: string): { staticCall(...args: unknown[]): Promise<unknown> } };

type Golden = {
  readonly cases: readonly {
    readonly kind: string;
    readonly input_b64: string;
    readonly output_b64: string;
    readonly sha256: Readonly<Record<string, string>>;
  }[];
};

type LandeVector = {
  readonly x: readonly (readonly [number, number])[];
  readonly hidden: readonly number[];
  readonly logits: readonly string[];
  readonly cls: number;
};

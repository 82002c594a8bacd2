import { createHash } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { expect } from "chai";
import { keccak256, ZeroHash } from "ethers";

import { weightsRoot } from "../../../src/inference/commitments.ts";
import { importDenseNetwork, InvalidNetworkError } from "../../../src/inference/denseNetwork.ts";
import { denseElement, evaluate } from "../../../src/inference/evaluate.ts";
import {
  Dtype,
  hashSpec,
  InvalidSpecError,
  OpCode,
  Rounding,
  validateSpec,
  type Op,
} from "../../../src/inference/spec.ts";
import { refusalOf } from "../../setup/refusal.ts";
import { itWithVectors, readVectors } from "../../setup/vectors.ts";

/** i8[2], i8[3], i8[1]: with one multiplier and shift for all rows, and with one for each. */
const FIRST = {
  tensor: "7",
  rows: 3,
  k: 2,
  weights_b64: base64(1, -2, 127, -128, 0, 5),
  bias: [10, -20, 0x7fff_ffff],
  inputZeroPoint: -128,
  outputZeroPoint: 3,
  multiplier: 0x4000_0000,
  rightShift: -1,
  lo: 3,
  hi: 127,
};
const SECOND = {
  rows: 1,
  k: 3,
  weights_b64: base64(4, 5, 6),
  bias: [-0x8000_0000],
  inputZeroPoint: 3,
  outputZeroPoint: -7,
  multiplier: [0x7fff_ffff],
  rightShift: [31],
  lo: -128,
  hi: 127,
};
const FILE = { layers: [FIRST, SECOND] };

function base64(...values: number[]): string {
  return Buffer.from(Int8Array.from(values)).toString("base64");
}

function bytesOf(file: unknown): Uint8Array {
  return Buffer.from(JSON.stringify(file));
}

describe("inference/denseNetwork", () => {
  it("chains the layers as i8 with GEMMLOWP", async () => {
    const { name, spec } = await importDenseNetwork(bytesOf(FILE));
    expect(name).to.equal(undefined);
    const dense = { code: OpCode.DENSE, rounding: Rounding.GEMMLOWP };
    expect(spec).to.deep.equal({
      tensors: [2, 3, 1].map((length) => ({ dtype: Dtype.I8, length })),
      ops: [
        { ...dense, input: 0, rows: 3, k: 2, zero: 3, lo: 3n, hi: 127n },
        { ...dense, input: 1, rows: 1, k: 3, zero: -7, lo: -128n, hi: 127n },
      ],
    });
    validateSpec(spec);
  });

  it("folds the input's zero point into the bias, and gives every row its multiplier and shift", async () => {
    const { weights } = await importDenseNetwork(bytesOf(FILE));
    expect(weights).to.deep.equal([
      {
        values: Int8Array.of(1, -2, 127, -128, 0, 5),
        mult: BigInt64Array.of(2n ** 30n, 2n ** 30n, 2n ** 30n),
        bias: BigInt64Array.of(10n - 128n, -20n - 128n, 2n ** 31n - 1n + 5n * 128n),
        shift: Int8Array.of(-1, -1, -1),
      },
      {
        values: Int8Array.of(4, 5, 6),
        mult: BigInt64Array.of(2n ** 31n - 1n),
        bias: BigInt64Array.of(-(2n ** 31n) - 45n),
        shift: Int8Array.of(31),
      },
    ]);
  });

  it("tells multipliers and shifts of rows apart", async () => {
    const layer = { ...FIRST, multiplier: [1, 0, 3], rightShift: [-63, 0, 63] };
    const { weights } = await importDenseNetwork(bytesOf({ layers: [layer] }));
    expect(weights[0]!.mult).to.deep.equal(BigInt64Array.of(1n, 0n, 3n));
    expect(weights[0]!.shift).to.deep.equal(Int8Array.of(-63, 0, 63));
  });

  it("appends ARGMAX into an i32 where it is asked for", async () => {
    const layers = [{ ...FIRST, tensor: 7 }];
    const { spec, weights } = await importDenseNetwork(bytesOf({ argmax: true, layers }));
    expect(spec.tensors.at(-1)).to.deep.equal({ dtype: Dtype.I32, length: 1 });
    expect(spec.ops).to.have.length(2);
    expect(spec.ops[1]).to.deep.equal({
      code: OpCode.ARGMAX,
      rounding: 0,
      input: 1,
      rows: 1,
      k: 3,
      zero: 0,
      lo: 0n,
      hi: 0n,
    });
    validateSpec(spec);
    expect(evaluate(spec, weights, Int8Array.of(-128, -128)).at(-1)).to.deep.equal(Int32Array.of(2));
    const without = await importDenseNetwork(bytesOf({ argmax: false, layers }));
    expect(without.spec).to.deep.equal({ tensors: spec.tensors.slice(0, 2), ops: spec.ops.slice(0, 1) });
  });

  it("gives what a manifest says about it, and the name in the file; the source is not read", async () => {
    const bytes = bytesOf({ name: "three", source: [{ any: null }], ...FILE });
    const { name, spec, weights, manifest } = await importDenseNetwork(bytes);
    expect(name).to.equal("three");
    expect(manifest).to.deep.equal({
      artifactHash: keccak256(bytes),
      specHash: hashSpec(spec),
      weightsRoot: weightsRoot(spec, weights),
      preprocessHash: ZeroHash,
    });
    const plain = await importDenseNetwork(bytesOf(FILE));
    expect(plain.manifest).to.deep.equal({ ...manifest, artifactHash: keccak256(bytesOf(FILE)) });
  });

  it("reads a path, a file address or bytes", async () => {
    const folder = mkdtempSync(join(tmpdir(), "network-"));
    const path = join(folder, "network.dense.json");
    writeFileSync(path, bytesOf(FILE));
    const expected = await importDenseNetwork(bytesOf(FILE));
    expect(await importDenseNetwork(path)).to.deep.equal(expected);
    expect(await importDenseNetwork(pathToFileURL(path))).to.deep.equal(expected);
    rmSync(folder, { recursive: true });
    const error = await refusalOf(importDenseNetwork(path), InvalidNetworkError);
    expect(error.message).to.equal(`file: path is ${error.actual}, expected a file that can be read`);
    expect(error.cause).to.be.instanceOf(Error);
  });

  describe("refuses", () => {
    for (const field of Object.keys(SECOND)) {
      const layers = [FIRST, { ...SECOND, [field]: undefined }];
      it(`a layer without ${field}`, () => expectRefusal({ layers }, `layer 1: ${field} is missing, expected `));
    }

    for (const [field, min, max] of [
      ["rows", 1, 2 ** 32 - 1],
      ["k", 1, 2 ** 32 - 1],
      ["inputZeroPoint", -128, 127],
      ["outputZeroPoint", -128, 127],
      ["multiplier", 0, 2 ** 31 - 1],
      ["rightShift", -63, 63],
      ["lo", -128, 127],
      ["hi", -128, 127],
    ] as const) {
      it(`${field} that is no integer from ${min} to ${max}`, async () => {
        for (const value of [min - 1, max + 1, min + 0.5, "1", null]) {
          const layers = [FIRST, { ...SECOND, [field]: value }];
          const shown = JSON.stringify(value);
          await expectRefusal({ layers }, `layer 1: ${field} is ${shown}, expected an integer from ${min} to ${max}`);
        }
      });
    }

    for (const [fault, change, message] of [
      ["an unknown field", { zero: 3 }, "layer 1: zero is 3, expected only the fields tensor, rows, k, weights_b64, "],
      ["a tensor that is no name", { tensor: {} }, "layer 1: tensor is {}, expected a string or a number"],
      ["a k below the rows before", { k: 2 }, "layer 1: k is 2, expected 3 (rows of layer 0)"],
      ["a k above the rows before", { k: 4 }, "layer 1: k is 4, expected 3 (rows of layer 0)"],
      [
        "another zero point than the one before",
        { inputZeroPoint: 4 },
        "layer 1: inputZeroPoint is 4, expected 3 (outputZeroPoint of layer 0)",
      ],
      ["weights that are no text", { weights_b64: 4 }, "layer 1: weights_b64 is 4, expected a string in base64"],
      ["too few weights", { weights_b64: base64(1, 2) }, "layer 1: bytes in weights_b64 is 2, expected 3 (rows * k)"],
      [
        "too many weights",
        { weights_b64: base64(1, 2, 3, 4) },
        "layer 1: bytes in weights_b64 is 4, expected 3 (rows * k)",
      ],
      [
        "base64 without padding",
        { weights_b64: "AQIDBA" },
        'layer 1: weights_b64 is "AQIDBA", expected base64 with padding and nothing else',
      ],
      [
        "letters that are not base64",
        { weights_b64: "AQI*" },
        'layer 1: weights_b64 is "AQI*", expected base64 with padding and nothing else',
      ],
      ["a bias that is no array", { bias: 1 }, "layer 1: bias is 1, expected an array of integers"],
      ["too few biases", { bias: [] }, "layer 1: number of elements of bias is 0, expected 1 (rows)"],
      ["too many biases", { bias: [1, 2] }, "layer 1: number of elements of bias is 2, expected 1 (rows)"],
      [
        "a bias that is no int32",
        { bias: [2 ** 31] },
        "layer 1: bias[0] is 2147483648, expected an integer from -2147483648 to 2147483647",
      ],
      [
        "too many multipliers",
        { multiplier: [1, 2] },
        "layer 1: number of elements of multiplier is 2, expected 1 (rows)",
      ],
      ["no shift", { rightShift: [] }, "layer 1: number of elements of rightShift is 0, expected 1 (rows)"],
      [
        "a wrong multiplier of a row",
        { multiplier: [1, -2] },
        "layer 1: multiplier[1] is -2, expected an integer from 0 to 2147483647",
      ],
      [
        "a wrong shift of a row",
        { rightShift: [null] },
        "layer 1: rightShift[0] is null, expected an integer from -63 to 63",
      ],
      ["bounds the wrong way round", { lo: 5, hi: 4 }, "layer 1: lo is 5, expected at most 4 (hi)"],
    ] as [string, Record<string, unknown>, string][]) {
      it(fault, () => expectRefusal({ layers: [FIRST, { ...SECOND, ...change }] }, message));
    }

    for (const [fault, file, message] of [
      ["a field that the file does not have", { ...FILE, arg_max: true }, "file: arg_max is true, expected only the "],
      ["a name that is no text", { ...FILE, name: 3 }, "file: name is 3, expected a string"],
      ["argmax that is neither", { ...FILE, argmax: "yes" }, 'file: argmax is "yes", expected true or false'],
      ["no layers", {}, "file: layers is missing, expected an array of layers"],
      ["an empty list of layers", { layers: [] }, "file: layers is [], expected at least one layer"],
      [
        "layers that are no array",
        { layers: { 0: FIRST } },
        'file: layers is {"0":{"tensor":"7","rows":3,"k":2,"weigh..., expected an array of layers',
      ],
      ["a layer that is no object", { layers: [FIRST, 7] }, "layer 1: content is 7, expected an object"],
      ["an array", [FIRST], "file: content is [{"],
      ["nothing", null, "file: content is null, expected an object"],
    ] as [string, unknown, string][]) {
      it(fault, () => expectRefusal(file, message));
    }

    it("what is no JSON, or not UTF-8", async () => {
      const cut = bytesOf(FILE).subarray(0, 60);
      const error = await refusalOf(importDenseNetwork(cut), InvalidNetworkError);
      expect(error.message).to.match(/^file: content is "\{\\"layers.*\.\.\., expected JSON in UTF-8$/);
      const latin = Buffer.from(JSON.stringify({ ...FILE, name: "é" }), "latin1");
      expect((await refusalOf(importDenseNetwork(latin), InvalidNetworkError)).expected).to.equal("JSON in UTF-8");
    });

    it("a row that is too long to be published", async () => {
      const k = 6_145;
      const long = { ...SECOND, k, weights_b64: Buffer.alloc(k).toString("base64") };
      const error = await refusalOf(importDenseNetwork(bytesOf({ layers: [long] })), InvalidSpecError);
      expect(error.message).to.contain("op 0: bytes of one unit is 12290");
      const longest = { ...long, k: k - 1, weights_b64: Buffer.alloc(k - 1).toString("base64") };
      expect((await importDenseNetwork(bytesOf({ layers: [longest] }))).spec.ops[0]!.k).to.equal(6_144);
    });

    async function expectRefusal(file: unknown, message: string): Promise<void> {
      const error = await refusalOf(importDenseNetwork(bytesOf(file)), InvalidNetworkError);
      expect(error.message.slice(0, message.length)).to.equal(message);
      expect(error).to.include({ code: "INVALID_NETWORK", name: "InvalidNetworkError" });
      expect(error.message)
        .to.contain(` is ${error.actual}, expected ${error.expected}`)
        .and.match(/^(file|layer 1): /);
      expect(error.message.startsWith(`${error.place}: `)).to.equal(true);
    }
  });

  for (const { model, count, argmaxes } of [
    { model: "hello_world_int8", count: { cases: 256, layers: 3 }, argmaxes: 1 },
    { model: "ad01_int8", count: { cases: 40, layers: 10 }, argmaxes: 640 },
  ]) {
    const title = `computes every tensor of ${model} as TFLite's reference kernels do`;
    itWithVectors<Golden>(title, `tflite/${model}.golden.json`, async ({ cases }) => {
      const { layers } = readVectors<{ layers: { tensor: string }[] }>(`tflite/${model}.dense.json`);
      const { spec, weights } = await importDenseNetwork(fileOf(model));
      expect({ cases: cases.length, layers: layers.length }).to.deep.equal(count);
      let shown = 0;
      for (const { i, input_b64, output_b64, sha256, tensors_b64 = {} } of cases) {
        const trace = evaluate(spec, weights, Int8Array.from(Buffer.from(input_b64, "base64")));
        expect(trace).to.have.length(layers.length + 1);
        expect(Object.keys(sha256)).to.have.length(layers.length);
        const computed = trace.map((tensor) => Buffer.from(tensor as Int8Array));
        layers.forEach(({ tensor }, layer) => {
          const actual = createHash("sha256")
            .update(computed[layer + 1]!)
            .digest("hex");
          expect(actual, `case ${i}, tensor ${tensor}`).to.equal(sha256[tensor]);
          if (tensors_b64[tensor] === undefined) return;
          expect(computed[layer + 1]!.toString("base64")).to.equal(tensors_b64[tensor]);
          shown++;
        });
        expect(computed.at(-1)!.toString("base64"), `case ${i}`).to.equal(output_b64);
      }
      expect(shown).to.be.at.least(layers.length);
    });

    itWithVectors<Golden>(`agrees with the formulas on ${model}`, `tflite/${model}.golden.json`, async ({ cases }) => {
      const { spec, weights } = await importDenseNetwork(fileOf(model));
      let elements = 0;
      for (const { input_b64 } of cases.filter((_, i) => i % 10 === 0)) {
        const trace = evaluate(spec, weights, Int8Array.from(Buffer.from(input_b64, "base64")));
        spec.ops.forEach((op: Op, i) => {
          for (let row = 0; row < op.rows; row += 7, elements++) {
            const expected = denseElement(op, weights[i]!, trace[i]!, row);
            expect(BigInt(trace[i + 1]![row]!), `op ${i}, row ${row}`).to.equal(expected);
          }
        });
      }
      expect(elements).to.be.at.least(150);
    });

    itWithVectors(`can answer with an index of ${model}`, `tflite/${model}.dense.json`, async (file: object) => {
      const { spec, weights } = await importDenseNetwork(bytesOf({ ...file, argmax: true }));
      const trace = evaluate(spec, weights, new Int8Array(spec.tensors[0]!.length));
      const last = trace.at(-2) as Int8Array;
      expect(last).to.have.length(argmaxes);
      expect(Number(trace.at(-1)![0])).to.equal(last.indexOf(Math.max(...last)));
    });
  }
});

type Golden = {
  cases: {
    i: number;
    input_b64: string;
    output_b64: string;
    sha256: Record<string, string>;
    /** Of the first cases alone. */
    tensors_b64?: Record<string, string>;
  }[];
};

function fileOf(model: string): URL {
  return new URL(`../../../../shared/vectors/tflite/${model}.dense.json`, import.meta.url);
}

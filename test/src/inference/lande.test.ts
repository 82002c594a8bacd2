import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { expect } from "chai";
import lande from "lande";

import { evaluate } from "../../../src/inference/evaluate.ts";
import { importLande, LandeImportError, type LandeModel } from "../../../src/inference/lande.ts";
import { sentences } from "../../../scripts/demo/sentences.ts";
import { Dtype, OpCode, validateSpec } from "../../../src/inference/spec.ts";
import { encodeTensor } from "../../../src/inference/tensor.ts";
import { itWithVectors } from "../../setup/vectors.ts";

const require = createRequire(import.meta.url);

describe("inference/lande", () => {
  let model: LandeModel;
  before(async () => {
    model = await importLande();
  });

  const classify = (text: string) => Number(evaluate(model.spec, model.weights, model.features(text)).at(-1)![0]);

  it("is a graph that can be published: i16[620], i32[120], i64[50], ARGMAX i32[1]", () => {
    validateSpec(model.spec);
    expect(model.spec.tensors).to.deep.equal([
      { dtype: Dtype.I16, length: 620 },
      { dtype: Dtype.I32, length: 120 },
      { dtype: Dtype.I64, length: 50 },
      { dtype: Dtype.I32, length: 1 },
    ]);
    expect(model.spec.ops.map(({ code }) => code)).to.deep.equal([OpCode.DENSE, OpCode.DENSE, OpCode.ARGMAX]);
    expect(encodeTensor(model.spec.tensors[0]!, model.features("Hello"))).to.have.length(1_240);
  });

  it("fills the manifest from the package", () => {
    const { manifest } = model;
    expect(manifest).to.deep.equal({
      name: "lande-features",
      version: "1.0.10",
      uri: "https://unpkg.com/lande@1.0.10/standalone/t50-options.js",
      artifactHash: "0x275c810eac119265f034bbcb501b2f4fdc263701b93c3c26346dcbc3abaf2cde",
      specHash: "0x552ea0f333276fd6702b243580e2ab3b091afda141cce776c370a50289160b84",
      weightsRoot: "0x51155051b4a1b8660ae8f23837cbf34b4a2e4e761f1d75cef02e723d1b6ef1e9",
      preprocessHash: `0x${"0".repeat(64)}`,
    });
  });

  it("counts n-grams in units of 2^-12 of their total", () => {
    // Read as " aa a ": 6 letters and spaces, of which 3 are spaces and 3 are "a"
    const features = model.features("aA- \n-a!");
    expect(model.features(" aa--a ")).to.deep.equal(features);
    const unigrams = Array.from(features.subarray(0, 120)).filter((x) => x !== 0);
    expect(unigrams).to.deep.equal([2_048, 2_048]);
    expect(Array.from(model.features(""))).to.deep.equal([4_096, ...new Array<number>(619).fill(0)]);
  });

  const network = "models/lande_int8_620_120_50.json";
  itWithVectors<Published>("derives exactly the published integers from the package", network, (published) => {
    expect(model.languages).to.deep.equal(published.langs);
    const layers = [
      { W: published.W1, M: published.M1, B: published.B1, shift: 20 },
      { W: published.W2, M: published.M2, B: published.B2, shift: 0 },
    ];
    expect(model.weights).to.have.length(2);
    layers.forEach(({ W, M, B, shift }, i) => {
      const { values, mult, bias, shift: shifts } = model.weights[i]!;
      expect(Buffer.from(values.buffer).toString("base64")).to.equal(W);
      expect(Array.from(mult)).to.deep.equal(M.map(BigInt));
      expect(Array.from(bias)).to.deep.equal(B.map(BigInt));
      expect(Array.from(shifts)).to.deep.equal(M.map(() => shift));
    });
  });

  itWithVectors<Vector[]>("matches 20 texts to the last integer", "models/lande_vectors.json", (vectors) => {
    expect(vectors).to.have.length(20);
    for (const { text, x, hidden, logits, cls, label } of vectors) {
      const input = new Int16Array(620);
      for (const [index, value] of x) input[index] = value;
      const trace = evaluate(model.spec, model.weights, model.features(text));
      expect(trace, text).to.deep.equal([
        input,
        Int32Array.from(hidden),
        BigInt64Array.from(logits, BigInt),
        Int32Array.of(cls),
      ]);
      expect(model.languages[cls]).to.equal(label);
    }
  });

  it("answers as the package does on 99.5 % of the Universal Declaration's sentences, and differs in near-ties only", () => {
    const differences: string[] = [];
    let count = 0;
    for (const language of model.languages) {
      const texts = sentences(language);
      expect(texts.length, `sentences in ${language}`).to.be.at.least(30);
      count += texts.length;
      for (const text of texts) {
        const ranking = lande(text);
        const [best, probability] = ranking[0]!;
        const answer = model.languages[classify(text)]!;
        if (answer === best) continue;
        const gap = probability - ranking.find(([code]) => code === answer)![1];
        differences.push(`${language}: ${best} in the package, ${answer} here, gap ${gap.toFixed(4)}: ${text}`);
        expect(gap, text).to.be.below(0.1);
      }
    }
    console.log(`      ${differences.length} of ${count} sentences differ`);
    for (const difference of differences) console.log(`      ${difference}`);
    expect(count).to.be.at.least(3_000);
    expect(differences.length / count).to.be.at.most(0.005);
  });
});

describe("inference/lande, package of another form", () => {
  const NETWORK = "standalone/t50-options.js";
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "lande-"));
    cpSync(dirname(dirname(require.resolve("lande"))), folder, { recursive: true });
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  for (const [fault, file, pattern, replacement, message] of [
    ["a network that is no JSON", NETWORK, /]/, "", `${NETWORK} is not of the expected form`],
    ["another layer", NETWORK, /"relu"/, '"tanh"', `${NETWORK} is not of the expected form`],
    ["another precision", NETWORK, /"1(?=[\d.]+\|)/, '"2', 'expected "1<scale>|<base64>"'],
    ["a scale of zero", NETWORK, /"1[\d.]+\|/, '"10|', 'expected "1<scale>|<base64>"'],
    ["a weight that is no int8", NETWORK, /\|..../, "|////", "weight byte is 255, expected at most 254"],
    ["a short row", NETWORK, /(?<=_filters":\["[^|]+\|)..../, "", "number of weights in a row is 617, expected 620"],
    ["a short bias", NETWORK, /(?<=_biases":"[^|]+\|)..../, "", "number of biases is 117, expected 120"],
    ["a row missing", NETWORK, /(?<=_filters":\[)"[^"]+",/, "", "number of rows of weights is 119, expected 120"],
    ["an n-gram missing", "standalone/t50-ngrams.js", /" ",/, "", "number of n-grams is 619, expected 620"],
    ["a language missing", "standalone/t50-langs.js", /"afr",/, "", "number of languages is 49, expected 50"],
    ["no version", "package.json", /"version"/, '"revision"', "package.json is not of the expected form"],
  ] as const) {
    it(`refuses ${fault}`, async () => {
      const path = join(folder, file);
      const source = readFileSync(path, "utf8");
      const changed = source.replace(pattern, replacement);
      expect(changed).not.to.equal(source);
      writeFileSync(path, changed);
      await expectImportError(folder, message);
    });
  }

  it("refuses a folder without the files", () => expectImportError(join(folder, "src"), "cannot read "));

  async function expectImportError(from: string, message: string): Promise<void> {
    const error = await importLande(from).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(LandeImportError);
    expect((error as LandeImportError).message).to.contain(message);
  }
});

type Published = {
  W1: string;
  M1: number[];
  B1: number[];
  W2: string;
  M2: number[];
  B2: number[];
  langs: string[];
};
type Vector = {
  text: string;
  x: [number, number][];
  hidden: number[];
  logits: string[];
  cls: number;
  label: string;
};

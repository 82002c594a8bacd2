import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

import { keccak256, toUtf8Bytes, ZeroHash } from "ethers";
import { z } from "zod";

import { FatalError } from "../errors.ts";
import { weightsRoot } from "./commitments.ts";
import { Dtype, dtypeRange, hashSpec, OpCode, Rounding, type GraphSpec } from "./spec.ts";
import type { DenseWeights } from "./weights.ts";

/** The language identifier of the npm package `lande` as a graph of integers. */
export type LandeModel = {
  readonly spec: GraphSpec;
  readonly weights: readonly DenseWeights[];
  /** ISO 639-3 code of each class, by the index that the graph answers with. */
  readonly languages: readonly string[];
  /** What the model is published under whose request is tensor 0; `class` and policy are the publisher's choice. */
  readonly manifest: LandeManifest<"lande-features">;
  /** The same for the model whose request is the text, in UTF-8: `preprocessHash` is keccak256 of `featureRule`. */
  readonly textManifest: LandeManifest<"lande">;
  /** How tensor 0 follows from a text, in words that token holders judge by. */
  readonly featureRule: string;
  /** Tensor 0 of a text: of each known n-gram, `floor(2^12 * count / n-grams of that length in the text)`. */
  features(text: string): Int16Array;
};

/** A manifest without the class, which is the publisher's choice. */
export type LandeManifest<Name extends string> = {
  readonly name: Name;
  /** Version of the npm package. */
  readonly version: string;
  /** Where the package's network can be fetched. */
  readonly uri: string;
  /** keccak256 of the bytes at `uri`. */
  readonly artifactHash: string;
  readonly specHash: string;
  readonly weightsRoot: string;
  /** Zero if the request is tensor 0. */
  readonly preprocessHash: string;
};

/** The files of the package `lande` are missing, or are not the network this importer understands. */
export class LandeImportError extends FatalError {
  constructor(message: string, options?: ErrorOptions) {
    super("LANDE_IMPORT", message, options);
  }
}

/** Fixed-point digits of the features and of the hidden layer. */
const VALUE_BITS = 12;
/** Fixed-point digits of a multiplier of the hidden layer, which its shift takes away again. */
const HIDDEN_BITS = 20;
/** Fixed-point digits of a multiplier of the output layer; its logits keep them. */
const LOGIT_BITS = 16;

const dense = z.object({
  type: z.literal("dense"),
  filters: z.number(),
  _biases: z.string(),
  _filters: z.array(z.string()),
});
const networkFile = z.object({
  layers: z.tuple([
    z.object({ type: z.literal("input"), sx: z.literal(1), sy: z.literal(1), sz: z.number() }),
    dense,
    z.object({ type: z.literal("relu") }),
    dense,
    z.object({ type: z.literal("softmax") }),
  ]),
});
const ngrams = z.array(z.string());
const ngramsFile = z.object({ unigrams: ngrams, bigrams: ngrams, trigrams: ngrams, quadgrams: ngrams });
const packageFile = z.object({ version: z.string() });

/**
 * Imports the network from the package, which publishes its parameters as 8-bit integers, one scale per row: a
 * weight is `q / scale`. Writing `2^b / scale` as an integer multiplier leaves an exact-integer network:
 *
 * - hidden `h = max(0, (sum(q * x) * round(2^20 / scale) + round(2^32 * bias)) >> 20)`,
 *   with 12 binary digits like the input;
 * - logits `y = sum(q * h) * round(2^16 / scale) + round(2^28 * bias)`, with 28; the answer is the first largest.
 *
 * @param folder - Root of the package; found through the module resolution unless given.
 * @throws LandeImportError if the package's files are missing or of another form.
 */
export async function importLande(folder = locatePackage()): Promise<LandeModel> {
  const network = await readPackageFile(join(folder, "standalone", "t50-options.js"));
  const [input, hidden, , output] = parse(networkFile, network).layers;
  const ngramBytes = await readPackageFile(join(folder, "standalone", "t50-ngrams.js"));
  const known = parse(ngramsFile, ngramBytes);
  const languages = parse(z.array(z.string()), await readPackageFile(join(folder, "standalone", "t50-langs.js")));
  const { version } = parse(packageFile, await readPackageFile(join(folder, "package.json")));

  const vocabulary = [known.unigrams, known.bigrams, known.trigrams, known.quadgrams];
  expectCount("n-grams", vocabulary.flat().length, input.sz);
  expectCount("languages", languages.length, output.filters);

  const spec = buildSpec(input.sz, hidden.filters, output.filters);
  const weights = [
    quantise(hidden, input.sz, HIDDEN_BITS, HIDDEN_BITS),
    quantise(output, hidden.filters, LOGIT_BITS, 0),
  ];
  const common = {
    version,
    uri: `https://unpkg.com/lande@${version}/standalone/t50-options.js`,
    artifactHash: keccak256(network.bytes),
    specHash: hashSpec(spec),
    weightsRoot: weightsRoot(spec, weights),
  };
  const rule = featureRule(version, keccak256(ngramBytes.bytes));
  return {
    spec,
    weights,
    languages,
    manifest: { name: "lande-features", ...common, preprocessHash: ZeroHash },
    textManifest: { name: "lande", ...common, preprocessHash: keccak256(toUtf8Bytes(rule)) },
    featureRule: rule,
    features: (text) => countFeatures(text, vocabulary),
  };
}

/** Normative, to the last byte: published models commit to it. */
function featureRule(version: string, ngramsHash: string): string {
  return `Credence.LandeFeatures, version 1

1. Read the request as UTF-8. Malformed parts become U+FFFD; a byte order mark is kept.
2. Replace each run of "-" by one space.
3. Remove every character whose Unicode general category is neither L nor M and which is not white space (ECMAScript \\s).
4. Replace each run of two or more white space characters by one space.
5. Map to lower case (Unicode default mapping, no locale), remove white space at both ends, and put one space at either end.
6. An n-gram of size n is n consecutive UTF-16 code units. A text of length t has t - n + 1 of them, none if that is below 1.
7. The known n-grams are those of standalone/t50-ngrams.js of the npm package lande ${version}, in that file's order: unigrams,
   bigrams, trigrams, quadgrams. keccak256 of that file: ${ngramsHash}
8. Element i of tensor 0 is floor(4096 * c / m): c occurrences of known n-gram i among the m n-grams of its size, 0 if m is 0.
`;
}

function buildSpec(inputs: number, hidden: number, classes: number): GraphSpec {
  const dense = { code: OpCode.DENSE, rounding: Rounding.FLOOR, zero: 0 };
  const logit = dtypeRange(Dtype.I64);
  return {
    tensors: [
      { dtype: Dtype.I16, length: inputs },
      { dtype: Dtype.I32, length: hidden },
      { dtype: Dtype.I64, length: classes },
      { dtype: Dtype.I32, length: 1 },
    ],
    ops: [
      { ...dense, input: 0, rows: hidden, k: inputs, lo: 0n, hi: dtypeRange(Dtype.I32).max },
      { ...dense, input: 1, rows: classes, k: hidden, lo: logit.min, hi: logit.max },
      { code: OpCode.ARGMAX, rounding: Rounding.FLOOR, input: 2, rows: 1, k: classes, zero: 0, lo: 0n, hi: 0n },
    ],
  };
}

/** One layer's parameters; `bits` are the multiplier's fixed-point digits, the bias has the input's as well. */
function quantise(layer: z.infer<typeof dense>, k: number, bits: number, shift: number): DenseWeights {
  const rows = layer.filters;
  expectCount("rows of weights", layer._filters.length, rows);
  const values = new Int8Array(rows * k);
  const mult = BigInt64Array.from(layer._filters, (encoded, row) => {
    const { scale, integers } = decodeRow(encoded);
    expectCount("weights in a row", integers.length, k);
    values.set(integers, row * k);
    return BigInt(Math.round(2 ** bits / scale));
  });
  const biases = decodeRow(layer._biases);
  expectCount("biases", biases.integers.length, rows);
  const unit = 2 ** (bits + VALUE_BITS) / biases.scale;
  const bias = BigInt64Array.from(biases.integers, (integer) => BigInt(Math.round(integer * unit)));
  return { values, mult, bias, shift: new Int8Array(rows).fill(shift) };
}

/** The package's 8-bit form: the digit 1, the scale (at least 1), a bar, then base64 of each integer plus 127. */
function decodeRow(encoded: string): { scale: number; integers: Int8Array } {
  const match = /^1([1-9]\d*(?:\.\d+)?)\|([A-Za-z0-9+/]+=*)$/.exec(encoded);
  if (match === null)
    throw new LandeImportError(`row starts with "${encoded.slice(0, 12)}", expected "1<scale>|<base64>"`);
  const integers = Int8Array.from(Buffer.from(match[2]!, "base64"), (byte) => {
    if (byte > 254) throw new LandeImportError(`weight byte is ${byte}, expected at most 254`);
    return byte - 127;
  });
  return { scale: Number(match[1]), integers };
}

function countFeatures(text: string, vocabulary: readonly (readonly string[])[]): Int16Array {
  const letters = normalise(text);
  return Int16Array.from(
    vocabulary.flatMap((known, index) => {
      const size = index + 1;
      const counts = new Map<string, number>();
      const total = letters.length - size + 1;
      for (let i = 0; i < total; i++) {
        const ngram = letters.slice(i, i + size);
        counts.set(ngram, (counts.get(ngram) ?? 0) + 1);
      }
      return known.map((ngram) => Math.floor(((counts.get(ngram) ?? 0) * 2 ** VALUE_BITS) / total));
    }),
  );
}

/** As the package reads a text: letters, marks and single spaces in lower case, with a space at either end. */
function normalise(text: string): string {
  const letters = text
    .replace(/-+/g, " ")
    .replace(/[^\p{L}\p{M}\s]/gu, "")
    .replace(/\s{2,}/g, " ");
  return ` ${letters.toLowerCase().trim()} `;
}

function locatePackage(): string {
  try {
    return dirname(dirname(createRequire(import.meta.url).resolve("lande")));
  } catch (cause) {
    throw new LandeImportError("the npm package lande is not installed", { cause });
  }
}

type PackageFile = { readonly path: string; readonly bytes: Uint8Array };

async function readPackageFile(path: string): Promise<PackageFile> {
  try {
    return { path, bytes: await readFile(path) };
  } catch (cause) {
    throw new LandeImportError(`cannot read ${path}`, { cause });
  }
}

/** Reads JSON, alone or as the default export of a module, without running it: what is hashed is what is read. */
function parse<T>(schema: z.ZodType<T>, { path, bytes }: PackageFile): T {
  try {
    const source = Buffer.from(bytes).toString("utf8");
    return schema.parse(JSON.parse(source.replace(/^export default /, "").replace(/;\s*$/, "")));
  } catch (cause) {
    throw new LandeImportError(`${path} is not of the expected form`, { cause });
  }
}

function expectCount(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new LandeImportError(`number of ${what} is ${actual}, expected ${expected}`);
}

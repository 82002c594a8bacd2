import { readFile } from "node:fs/promises";

import { keccak256, ZeroHash } from "ethers";
import { z } from "zod";

import { FatalError } from "../errors.ts";
import { weightsRoot } from "./commitments.ts";
import { Dtype, hashSpec, OpCode, Rounding, validateSpec, type GraphSpec, type Op } from "./spec.ts";
import type { DenseWeights } from "./weights.ts";

/** A network of dense int8 layers that was made elsewhere. */
export type DenseNetwork = {
  /** What the file calls itself, if it does. */
  readonly name: string | undefined;
  readonly spec: GraphSpec;
  readonly weights: readonly DenseWeights[];
  /** What the network says of itself in a manifest; `name`, `version`, `uri` and `class` are the publisher's choice. */
  readonly manifest: {
    /** keccak256 of the file's bytes. */
    readonly artifactHash: string;
    readonly specHash: string;
    readonly weightsRoot: string;
    /** Zero: the request is tensor 0. */
    readonly preprocessHash: string;
  };
};

/** The file is not a network in the format of docs/protocol/network-format.md. */
export class InvalidNetworkError extends FatalError {
  /** Where: "file", or "layer 3", counted from 0. */
  readonly place: string;
  /** What stands there, shortened. */
  readonly actual: string;
  readonly expected: string;

  constructor(place: string, subject: string, actual: unknown, expected: string, options?: ErrorOptions) {
    const shown = show(actual);
    super("INVALID_NETWORK", `${place}: ${subject} is ${shown}, expected ${expected}`, options);
    this.place = place;
    this.actual = shown;
    this.expected = expected;
  }
}

/** Characters of a wrong value that an error repeats. */
const SHOWN_CHARACTERS = 40;

const int8 = integer(-128, 127);
const int32 = integer(-0x8000_0000, 0x7fff_ffff);
const count = integer(1, 0xffff_ffff);

const layer = closed({
  tensor: z.optional(z.union([z.string(), z.number()], { error: "a string or a number" })),
  rows: count,
  k: count,
  weights_b64: z.string({ error: "a string in base64" }),
  bias: z.array(int32, { error: "an array of integers" }),
  inputZeroPoint: int8,
  outputZeroPoint: int8,
  multiplier: perRow(integer(0, 0x7fff_ffff)),
  rightShift: perRow(integer(-63, 63)),
  lo: int8,
  hi: int8,
});
type Layer = z.infer<typeof layer>;

const networkFile = closed({
  name: z.optional(z.string({ error: "a string" })),
  source: z.optional(z.unknown()),
  argmax: z.optional(z.boolean({ error: "true or false" })),
  layers: z.array(layer, { error: "an array of layers" }).min(1, { error: "at least one layer" }),
});

/**
 * Imports a network of dense int8 layers with TensorFlow Lite's arithmetic (GEMMLOWP) from JSON, in the format of
 * docs/protocol/network-format.md. Tensor 0 is the input, layer `i` reads tensor `i` and writes tensor `i + 1`, all of
 * them i8; with `argmax` a last operator writes the index of the largest element, i32[1].
 *
 * @param file - A path, or the bytes of the file themselves.
 * @throws InvalidNetworkError naming the first field that is not as it should be.
 * @throws InvalidSpecError if the network is too large to be published.
 * @example
 * const { spec, weights, manifest } = await importDenseNetwork("network.dense.json");
 * const published = { ...manifest, name: "network", version: "1", uri, class: ModelClass.OpenWeights };
 * const modelId = await publishModel(publisher, deployment, { manifest: published, policy, spec });
 */
export async function importDenseNetwork(file: string | URL | Uint8Array): Promise<DenseNetwork> {
  const bytes = file instanceof Uint8Array ? file : await readBytes(file);
  const { name, argmax = false, layers } = parse(bytes);
  const weights = layers.map((parameters, i) => {
    if (i > 0) requireChain(layers[i - 1]!, parameters, i);
    return fold(parameters, `layer ${i}`);
  });
  const spec = buildSpec(layers, argmax);
  validateSpec(spec);
  const manifest = {
    artifactHash: keccak256(bytes),
    specHash: hashSpec(spec),
    weightsRoot: weightsRoot(spec, weights),
    preprocessHash: ZeroHash,
  };
  return { name, spec, weights, manifest };
}

async function readBytes(path: string | URL): Promise<Uint8Array> {
  try {
    return await readFile(path);
  } catch (cause) {
    throw new InvalidNetworkError("file", "path", String(path), "a file that can be read", { cause });
  }
}

function parse(bytes: Uint8Array): z.infer<typeof networkFile> {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    const start = Buffer.from(bytes.subarray(0, SHOWN_CHARACTERS)).toString("latin1");
    throw new InvalidNetworkError("file", "content", start, "JSON in UTF-8", { cause });
  }
  const { data, error } = networkFile.safeParse(json);
  if (error === undefined) return data;
  throw describe(error.issues[0]!, json);
}

/** The first thing wrong with the form of the file; the schema's messages are what was expected. */
function describe(issue: z.core.$ZodIssue, json: unknown): InvalidNetworkError {
  const path = issue.code === "unrecognized_keys" ? [...issue.path, issue.keys[0]!] : issue.path;
  const actual = path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown> | null)?.[key], json);
  const isLayer = path[0] === "layers" && path.length > 1;
  const [field = "content", ...inner] = isLayer ? path.slice(2) : path;
  const subject = String(field) + inner.map((key) => `[${String(key)}]`).join("");
  return new InvalidNetworkError(isLayer ? `layer ${String(path[1])}` : "file", subject, actual, issue.message);
}

function requireChain(previous: Layer, { k, inputZeroPoint }: Layer, i: number): void {
  const place = `layer ${i}`;
  if (k !== previous.rows) throw new InvalidNetworkError(place, "k", k, `${previous.rows} (rows of layer ${i - 1})`);
  if (inputZeroPoint !== previous.outputZeroPoint) {
    const expected = `${previous.outputZeroPoint} (outputZeroPoint of layer ${i - 1})`;
    throw new InvalidNetworkError(place, "inputZeroPoint", inputZeroPoint, expected);
  }
}

/** A layer's parameters, with the input's zero point folded into the bias: `bias - inputZeroPoint * sum(w)`. */
function fold(parameters: Layer, place: string): DenseWeights {
  const { rows, k, bias, inputZeroPoint, multiplier, rightShift, lo, hi } = parameters;
  const values = decodeWeights(parameters, place);
  for (const [field, value] of Object.entries({ bias, multiplier, rightShift })) {
    if (typeof value === "object" && value.length !== rows) {
      throw new InvalidNetworkError(place, `number of elements of ${field}`, value.length, `${rows} (rows)`);
    }
  }
  if (lo > hi) throw new InvalidNetworkError(place, "lo", lo, `at most ${hi} (hi)`);
  const all = <T>(value: T | readonly T[]): readonly T[] =>
    Array.isArray(value) ? (value as readonly T[]) : new Array<T>(rows).fill(value as T);
  return {
    values,
    mult: BigInt64Array.from(all(multiplier), BigInt),
    bias: BigInt64Array.from(bias, (addend, row) => {
      const sum = values.subarray(row * k, (row + 1) * k).reduce((total, value) => total + value, 0);
      return BigInt(addend - inputZeroPoint * sum);
    }),
    shift: Int8Array.from(all(rightShift)),
  };
}

function decodeWeights({ rows, k, weights_b64: encoded }: Layer, place: string): Int8Array {
  const bytes = Buffer.from(encoded, "base64");
  if (bytes.toString("base64") !== encoded) {
    throw new InvalidNetworkError(place, "weights_b64", encoded, "base64 with padding and nothing else");
  }
  if (bytes.length !== rows * k) {
    throw new InvalidNetworkError(place, "bytes in weights_b64", bytes.length, `${rows * k} (rows * k)`);
  }
  return Int8Array.from(bytes);
}

function buildSpec(layers: readonly Layer[], argmax: boolean): GraphSpec {
  const tensors = [layers[0]!.k, ...layers.map(({ rows }) => rows)].map((length) => ({ dtype: Dtype.I8, length }));
  const ops = layers.map(({ rows, k, outputZeroPoint: zero, lo, hi }, input): Op => ({
    code: OpCode.DENSE,
    rounding: Rounding.GEMMLOWP,
    input,
    rows,
    k,
    zero,
    lo: BigInt(lo),
    hi: BigInt(hi),
  }));
  if (!argmax) return { tensors, ops };
  const k = layers.at(-1)!.rows;
  const index: Op = { code: OpCode.ARGMAX, rounding: 0, input: ops.length, rows: 1, k, zero: 0, lo: 0n, hi: 0n };
  return { tensors: [...tensors, { dtype: Dtype.I32, length: 1 }], ops: [...ops, index] };
}

function integer(min: number, max: number): z.ZodType<number> {
  const inside = (value: unknown): boolean => Number.isInteger(value) && Number(value) >= min && Number(value) <= max;
  return z.custom<number>(inside, { error: `an integer from ${min} to ${max}` });
}

/** One value for all rows, or an array with one for each. */
function perRow(value: z.ZodType<number>): z.ZodType<number | number[]> {
  const rows = z.array(value);
  // Not a union, whose errors would not say which element is wrong.
  return z.unknown().transform((actual, context) => {
    const { data, error } = (Array.isArray(actual) ? rows : value).safeParse(actual);
    if (error === undefined) return data;
    const { path, message } = error.issues[0]!;
    context.issues.push({ code: "custom", input: actual, path, message });
    return z.NEVER;
  });
}

/** An object with these fields and no others. */
function closed<Shape extends z.ZodRawShape>(shape: Shape): z.ZodObject<Shape, z.core.$strict> {
  const fields = Object.keys(shape).join(", ");
  return z.strictObject(shape, {
    error: ({ code }) => (code === "unrecognized_keys" ? `only the fields ${fields}` : "an object"),
  });
}

function show(value: unknown): string {
  if (value === undefined) return "missing";
  const text = JSON.stringify(value);
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}...` : text;
}

import { getBytes, hexlify } from "ethers";

import { TENSOR_LEAF_BYTES, hashTensorRoots } from "../../src/inference/commitments.ts";
import { evaluateOp } from "../../src/inference/evaluate.ts";
import type { ShownTrace } from "../../src/inference/faults.ts";
import { TensorTree } from "../../src/inference/proofs.ts";
import { tensorBytes, type GraphSpec } from "../../src/inference/spec.ts";
import { decodeTensor, encodeTensor, type TensorData } from "../../src/inference/tensor.ts";
import type { DenseWeights } from "../../src/inference/weights.ts";

type Model = { readonly spec: GraphSpec; readonly weights: readonly DenseWeights[] };

/** What an operator commits to with one answer, right or wrong. Bytes in hex. */
export type Commitment = {
  request: string;
  output: string;
  traceRoot: string;
  roots: string[];
  /** Bytes of all tensors, by number: of the elements, or of whole leaves. */
  tensors: string[];
  /** Words in the places of leaves that a tensor does not have. */
  missing?: { tensor: number; words: string[] };
};

export type Corruption = {
  /** Number of the tensor. */
  tensor: number;
  /** Index of the byte; counted modulo the tensor's size. */
  byte: number;
  /** Exclusive-ored with the byte, 1 to 255. */
  flip: number;
  /** Whether the liar computes on with the altered tensor, or leaves those after it as they were. */
  isCarried: boolean;
};

/** What an honest operator commits to. @param trace All tensors by number, as `evaluate` returns them. */
export function commit({ spec }: Model, trace: readonly TensorData[]): Commitment {
  return commitBytes(
    spec,
    trace.map((data, number) => encodeTensor(spec.tensors[number]!, data)),
  );
}

/** What a liar commits to that alters one byte of an honest trace; it was asked the same. */
export function corrupt(model: Model, trace: readonly TensorData[], corruption: Corruption): Commitment {
  const { spec, weights } = model;
  const { tensor: altered, byte, flip, isCarried } = corruption;
  const lie: TensorData[] = [];
  for (const [number, honest] of trace.entries()) {
    const op = spec.ops[number - 1];
    const isFollowing = isCarried && number > altered && op !== undefined;
    const data = isFollowing ? evaluateOp(spec, weights, number - 1, lie[op.input]!) : honest;
    const bytes = encodeTensor(spec.tensors[number]!, data);
    if (number === altered) bytes[byte % tensorBytes(spec.tensors[number]!)]! ^= flip;
    lie.push(decodeTensor(spec.tensors[number]!, bytes));
  }
  return { ...commit(model, lie), request: hexlify(encodeTensor(spec.tensors[0]!, trace[0]!)) };
}

/** What a liar commits to that writes `bytes` behind the last element of a tensor. */
export function fillPadding({ spec }: Model, honest: Commitment, tensor: number, bytes: Uint8Array): Commitment {
  const elements = getBytes(honest.tensors[tensor]!);
  const whole = new Uint8Array(TENSOR_LEAF_BYTES * Math.ceil(elements.length / TENSOR_LEAF_BYTES));
  whole.set(elements);
  whole.set(bytes, elements.length);
  const tree = new TensorTree(spec.tensors[tensor]!, tensor, whole);
  const tensors = honest.tensors.with(tensor, hexlify(whole));
  return replaceRoot({ ...honest, tensors }, tensor, tree.root);
}

/** What a liar commits to that writes words where a tensor has no leaves. */
export function fillMissing({ spec }: Model, honest: Commitment, tensor: number, words: string[]): Commitment {
  const tree = new TensorTree(spec.tensors[tensor]!, tensor, getBytes(honest.tensors[tensor]!), words);
  return replaceRoot({ ...honest, missing: { tensor, words } }, tensor, tree.root);
}

/** What a liar commits to with another root of one tensor. */
export function replaceRoot(honest: Commitment, tensor: number, root: string): Commitment {
  return replaceRoots(honest, honest.roots.with(tensor, root));
}

/** What a liar commits to with other roots. */
export function replaceRoots(honest: Commitment, roots: string[]): Commitment {
  return { ...honest, roots, traceRoot: hashTensorRoots(roots) };
}

/** All of a commitment, as its operator may show it. */
export function shownOf({ roots, tensors, missing }: Commitment): ShownTrace {
  const shown = tensors.map((bytes, number) =>
    number === missing?.tensor ? { bytes, missing: missing.words } : { bytes },
  );
  return { roots, tensors: shown };
}

function commitBytes({ tensors }: GraphSpec, bytes: readonly Uint8Array[]): Commitment {
  const roots = tensors.map((tensor, number) => new TensorTree(tensor, number, bytes[number]!).root);
  const shown = bytes.map((data) => hexlify(data));
  return { request: shown[0]!, output: shown.at(-1)!, traceRoot: hashTensorRoots(roots), roots, tensors: shown };
}

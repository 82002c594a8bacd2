import { getBytes, hexlify } from "ethers";

import { keccak } from "./keccak.ts";
import { OpCode, type GraphSpec } from "./spec.ts";
import { encodeTensor, TensorMismatchError, type TensorData } from "./tensor.ts";
import { treeRoot } from "./tree.ts";
import { requireWeights, type DenseWeights } from "./weights.ts";

/** Data bytes in a tensor leaf. */
export const TENSOR_LEAF_BYTES = 1_024;

const WEIGHT_PREFIX = 0x01;
const TENSOR_PREFIX = 0x02;
const WORD = 32;

/** What an operator commits to beside its answer; 32 bytes each, in hex. */
export type TraceCommitment = {
  /** Root of every tensor, by number. */
  readonly tensorRoots: readonly string[];
  readonly traceRoot: string;
};

/**
 * Commits to a model's parameters: one leaf per output element of each DENSE operator, at the position it has when
 * those elements are counted through the whole graph. A graph without weights has the zero word.
 *
 * @throws WeightsMismatchError if `weights` do not fit the spec.
 */
export function weightsRoot(spec: GraphSpec, weights: readonly DenseWeights[]): string {
  return hexlify(treeRoot(weightLeaves(spec, weights)));
}

/**
 * The leaves that `weightsRoot` is over, by position.
 *
 * @throws WeightsMismatchError if `weights` do not fit the spec.
 */
export function weightLeaves(spec: GraphSpec, weights: readonly DenseWeights[]): Uint8Array[] {
  requireWeights(spec, weights);
  const leaves: Uint8Array[] = [];
  let dense = 0;
  spec.ops.forEach(({ code, rows, k }, op) => {
    if (code !== OpCode.DENSE) return;
    const parameters = weights[dense++]!;
    for (let row = 0; row < rows; row++) leaves.push(weightLeaf(op, row, k, parameters));
  });
  return leaves;
}

/**
 * Commits to every tensor of one answer.
 *
 * @param trace - All tensors by number, as `evaluate` returns them.
 * @throws TensorMismatchError if number or shape of the tensors are not the spec's.
 */
export function commitTrace({ tensors }: GraphSpec, trace: readonly TensorData[]): TraceCommitment {
  if (trace.length !== tensors.length) throw new TensorMismatchError("number of tensors", trace.length, tensors.length);
  const roots = tensors.map((tensor, number) => treeRoot(tensorLeaves(number, encodeTensor(tensor, trace[number]!))));
  return { tensorRoots: roots.map((root) => hexlify(root)), traceRoot: hexlify(hashRoots(roots)) };
}

/**
 * The root of one tensor of a trace.
 *
 * @throws TensorMismatchError if `data` is not of the tensor's shape.
 */
export function commitTensor({ tensors }: GraphSpec, number: number, data: TensorData): string {
  return hexlify(treeRoot(tensorLeaves(number, encodeTensor(tensors[number]!, data))));
}

/** The `traceRoot` over the roots of all tensors, 32 bytes each in hex. */
export function hashTensorRoots(tensorRoots: readonly string[]): string {
  return hexlify(hashRoots(tensorRoots.map((root) => getBytes(root))));
}

/** `keccak256(0x01 | op u16 | row u32 | shift i8 | mult i64 | bias i64 | row bytes)`. */
function weightLeaf(op: number, row: number, k: number, { values, mult, bias, shift }: DenseWeights): Uint8Array {
  const leaf = new Uint8Array(24 + k);
  const view = new DataView(leaf.buffer);
  view.setUint8(0, WEIGHT_PREFIX);
  view.setUint16(1, op);
  view.setUint32(3, row);
  view.setInt8(7, shift[row]!);
  view.setBigInt64(8, mult[row]!);
  view.setBigInt64(16, bias[row]!);
  leaf.set(values.subarray(row * k, (row + 1) * k), 24);
  return keccak(leaf);
}

/** Of each 1,024 bytes of a tensor `keccak256(0x02 | tensor u16 | leaf u32 | data bytes, zero padded)`. */
export function tensorLeaves(tensor: number, bytes: Uint8Array): Uint8Array[] {
  const leaves: Uint8Array[] = [];
  for (let start = 0; start < bytes.length; start += TENSOR_LEAF_BYTES) {
    const leaf = new Uint8Array(7 + TENSOR_LEAF_BYTES);
    const view = new DataView(leaf.buffer);
    view.setUint8(0, TENSOR_PREFIX);
    view.setUint16(1, tensor);
    view.setUint32(3, leaves.length);
    leaf.set(bytes.subarray(start, start + TENSOR_LEAF_BYTES), 7);
    leaves.push(keccak(leaf));
  }
  return leaves;
}

/** `keccak256(abi.encode(bytes32[]))`: the offset 32, the number of roots, the roots. */
function hashRoots(roots: readonly Uint8Array[]): Uint8Array {
  const encoded = new Uint8Array((2 + roots.length) * WORD);
  const view = new DataView(encoded.buffer);
  view.setUint32(WORD - 4, WORD);
  view.setUint32(2 * WORD - 4, roots.length);
  roots.forEach((root, i) => {
    encoded.set(root, (2 + i) * WORD);
  });
  return keccak(encoded);
}

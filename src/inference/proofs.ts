import { getBytes, hexlify } from "ethers";

import { TENSOR_LEAF_BYTES, tensorLeaves, weightLeaves } from "./commitments.ts";
import { OpCode, elementBytes, tensorBytes, type GraphSpec, type Op, type Tensor } from "./spec.ts";
import { TensorMismatchError, encodeTensor, type TensorData } from "./tensor.ts";
import { HashTree } from "./tree.ts";
import { requireWeights, weightsOf, type DenseWeights } from "./weights.ts";

/** The graph of a model and the roots of all tensors of one answer, as contracts take them. */
export type Trace = { tensors: Tensor[]; ops: Op[]; roots: string[] };

/** One output element with all that it was computed from, as contracts take it; bytes in hex. */
export type Unit = {
  /** Operator; writes tensor op + 1. */
  op: number;
  /** Element. */
  row: number;
  /** The whole tensor read. */
  input: string;
  /** Data of the leaf with the element, without padding. */
  outputLeaf: string;
  /** Siblings from that leaf upwards. */
  outputProof: string[];
  /** All empty for ARGMAX. */
  weights: WeightRow;
};

/** Parameters of one row of a DENSE operator, with the proof that they are the model's. */
export type WeightRow = { shift: number; mult: bigint; bias: bigint; values: string; proof: string[] };

/** Levels of a tree that one move of a game opens. */
const LEVELS_PER_MOVE = 4;

const NO_ROW: WeightRow = { shift: 0, mult: 0n, bias: 0n, values: "0x", proof: [] };

/** A model's weights, and proofs of their rows. Hashes every row once: make one for each model and keep it. */
export class WeightsTree {
  readonly #spec: GraphSpec;
  readonly #weights: readonly DenseWeights[];
  readonly #tree: HashTree;

  /** @throws WeightsMismatchError if `weights` do not fit the spec. */
  constructor(spec: GraphSpec, weights: readonly DenseWeights[]) {
    requireWeights(spec, weights);
    this.#spec = spec;
    this.#weights = weights;
    this.#tree = new HashTree(weightLeaves(spec, weights));
  }

  /** The `weightsRoot` of the model's manifest. */
  get root(): string {
    return hexlify(this.#tree.root);
  }

  /** One row with its proof; empty for an operator without weights. */
  row(op: number, row: number): WeightRow {
    const { ops } = this.#spec;
    const parameters = weightsOf(this.#spec, this.#weights, op);
    if (parameters === undefined) return NO_ROW;
    const { k } = ops[op]!;
    const before = ops.slice(0, op).reduce((sum, { code, rows }) => sum + (code === OpCode.DENSE ? rows : 0), 0);
    const { values, mult, bias, shift } = parameters;
    const bytes = values.subarray(row * k, (row + 1) * k);
    return {
      shift: shift[row]!,
      mult: mult[row]!,
      bias: bias[row]!,
      values: hexlify(new Uint8Array(bytes.buffer, bytes.byteOffset, k)),
      proof: this.#tree.proof(before + row).map((word) => hexlify(word)),
    };
  }
}

/**
 * A tensor of one answer, with the tree that commits to it. Also holds what no honest operator commits to, so that it can
 * be proven: bytes behind the last element, and leaves that the tensor does not have.
 */
export class TensorTree {
  readonly number: number;
  /** Bytes of all elements. */
  readonly elements: Uint8Array;
  /** Leaves that the tensor has. */
  readonly leaves: number;
  /** Words in the places of leaves that it does not have, from the first on. */
  readonly missing: readonly string[];
  readonly #bytes: Uint8Array;
  readonly #tree: HashTree;

  /**
   * @param bytes - The elements' bytes, or those of whole leaves, what is behind the elements being padding.
   * @throws TensorMismatchError if there are fewer or more bytes, or more missing leaves than places for them.
   */
  constructor(tensor: Tensor, number: number, bytes: Uint8Array, missing: readonly string[] = []) {
    const size = tensorBytes(tensor);
    this.leaves = Math.ceil(size / TENSOR_LEAF_BYTES);
    if (bytes.length !== size && bytes.length !== this.leaves * TENSOR_LEAF_BYTES) {
      throw new TensorMismatchError("number of bytes", bytes.length, size);
    }
    const words = [...tensorLeaves(number, bytes), ...missing.map((word) => getBytes(word))];
    const places = 2 ** Math.ceil(Math.log2(this.leaves));
    if (words.length > places) throw new TensorMismatchError("number of leaves", words.length, `at most ${places}`);
    this.number = number;
    this.elements = bytes.subarray(0, size);
    this.missing = missing;
    this.#bytes = bytes;
    this.#tree = new HashTree(words);
  }

  get root(): string {
    return hexlify(this.#tree.root);
  }

  /** The 1,024 bytes of a leaf, as `revealLeaf` takes them. */
  leaf(index: number): Uint8Array {
    const leaf = new Uint8Array(TENSOR_LEAF_BYTES);
    leaf.set(this.#bytes.subarray(index * TENSOR_LEAF_BYTES, (index + 1) * TENSOR_LEAF_BYTES));
    return leaf;
  }

  /** A node by its level from the root. */
  node(level: number, position: number): string {
    return hexlify(this.#tree.node(level, position));
  }

  /** What `revealChildren` takes of a node: 16, or fewer where fewer levels are left; none of a leaf. */
  children(level: number, position: number): string[] {
    const steps = Math.min(this.#tree.depth - level, LEVELS_PER_MOVE);
    return steps === 0 ? [] : this.#tree.below(level, position, steps).map((word) => hexlify(word));
  }

  /** Siblings from a leaf upwards. */
  proof(leaf: number): string[] {
    return this.#tree.proof(leaf).map((word) => hexlify(word));
  }
}

/** The tree of a tensor in elements. @throws TensorMismatchError if `data` is not of the tensor's shape. */
export function tensorTree({ tensors }: GraphSpec, number: number, data: TensorData): TensorTree {
  return new TensorTree(tensors[number]!, number, encodeTensor(tensors[number]!, data));
}

/** What every proof shows first: the model's graph and the answer's roots. */
export function traceOf({ tensors, ops }: GraphSpec, roots: readonly string[]): Trace {
  return { tensors: [...tensors], ops: [...ops], roots: [...roots] };
}

/**
 * One output element with all that it was computed from, for `proveUnit`.
 *
 * @param input - The tensor that the operator reads.
 * @param output - The tensor that it writes.
 */
export function unitOf(
  { tensors }: GraphSpec,
  weights: WeightsTree,
  { op, row, input, output }: { op: number; row: number; input: TensorTree; output: TensorTree },
): Unit {
  const leaf = leafOf(tensors[op + 1]!, row);
  return {
    op,
    row,
    input: hexlify(input.elements),
    outputLeaf: hexlify(output.elements.subarray(leaf * TENSOR_LEAF_BYTES, (leaf + 1) * TENSOR_LEAF_BYTES)),
    outputProof: output.proof(leaf),
    weights: weights.row(op, row),
  };
}

/** The leaf with an element; elements are never in two. */
function leafOf({ dtype }: Tensor, element: number): number {
  return Math.floor((element * elementBytes(dtype)) / TENSOR_LEAF_BYTES);
}

/** Siblings from a leaf upwards, out of the children that led to it. */
export function proofOfOpenings(openings: readonly { children: readonly string[]; child: number }[]): string[] {
  return [...openings]
    .reverse()
    .flatMap(({ children, child }) => new HashTree(children.map((word) => getBytes(word))).proof(child))
    .map((word) => hexlify(word));
}

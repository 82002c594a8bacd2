import { ZeroHash, getBytes, hexlify, isBytesLike, isHexString, type BytesLike } from "ethers";

import { FatalError } from "../errors.ts";
import { TENSOR_LEAF_BYTES, hashTensorRoots } from "./commitments.ts";
import { evaluate, evaluateOp } from "./evaluate.ts";
import { TensorTree, WeightsTree, tensorTree, traceOf, unitOf, type Trace, type Unit } from "./proofs.ts";
import { MAX_OPS, elementBytes, tensorBytes, type GraphSpec } from "./spec.ts";
import { TensorMismatchError, decodeTensor, type TensorData } from "./tensor.ts";
import type { DenseWeights } from "./weights.ts";

/** A model that arithmetic decides over. */
export type ReplayModel = {
  readonly spec: GraphSpec;
  readonly weights: readonly DenseWeights[];
  /** Of the model's manifest; zero if the request is tensor 0. */
  readonly preprocessHash: string;
  /** Made from the weights where it is needed; hand in one that is kept. */
  readonly weightsTree?: WeightsTree;
};

/** What an operator answered: request and output are the bytes that the receipt's hashes are of. */
export type Claim = {
  readonly request: BytesLike;
  readonly output: BytesLike;
  readonly traceRoot: string;
  /** Tensor 0 as it follows from the request, for a model with a `preprocessHash`. */
  readonly tensor0?: TensorData;
};

/** A tensor as somebody showed it; believed only if it leads to the root that the operator committed to. */
export type ShownTensor = {
  /** The elements' bytes, or those of whole leaves, what is behind the elements being padding. */
  readonly bytes: BytesLike;
  /** Words in the places of leaves that the tensor does not have, from the first on. */
  readonly missing?: readonly string[];
};

/** What is known of an operator's trace, from the chain or from itself; nothing of it need be true. */
export type ShownTrace = {
  readonly roots?: readonly string[] | undefined;
  /** By number. */
  readonly tensors?: readonly (ShownTensor | BytesLike | undefined)[];
};

/** A model run again on an answer's request. */
export type Replay = { readonly trees: readonly TensorTree[]; readonly roots: readonly string[] };

/** What one transaction overturns an answer with. */
export type ProvableFault =
  /** The trace has another number of roots than the graph has tensors. */
  | { kind: "rootCount"; trace: Trace }
  /** Tensor 0 is not the request, or the last tensor is not the output. */
  | { kind: "end"; end: "request" | "output"; trace: Trace; shown: string }
  /** An element contradicts the tensor that it was computed from. */
  | { kind: "unit"; trace: Trace; unit: Unit; claimed: bigint; computed: bigint }
  /** A byte behind the last element of a tensor is not zero. */
  | { kind: "padding"; trace: Trace; tensor: number; leaf: string; proof: string[] }
  /** A leaf that a tensor does not have is not a zero word. */
  | { kind: "missingLeaf"; trace: Trace; tensor: number; position: number; word: string; proof: string[] };

/** What is wrong with an answer. */
export type Fault =
  | ProvableFault
  /**
   * The answer is wrong, and what would prove it was not shown: a game makes the operator show it. `tensor` is what to
   * choose there, the first after the input that differs; undefined as long as the roots are not known.
   */
  | { kind: "withheld"; tensor: number | undefined }
  /** Tensor 0 does not follow from the request by a rule in words: a matter for ground `Judgement`. */
  | { kind: "preprocessing" };

/**
 * Runs the model again on an answer's request.
 * @returns undefined if the request is not the bytes of tensor 0, which is a fault by itself.
 * @throws FatalError `TENSOR0_UNKNOWN` if the model has a `preprocessHash` and the claim no tensor 0.
 */
export function replayClaim({ spec, weights, preprocessHash }: ReplayModel, claim: Claim): Replay | undefined {
  const { tensors } = spec;
  const request = getBytes(claim.request);
  let input = claim.tensor0;
  if (preprocessHash === ZeroHash) {
    if (request.length !== tensorBytes(tensors[0]!)) return undefined;
    input = decodeTensor(tensors[0]!, request);
  } else if (input === undefined) {
    throw new FatalError("TENSOR0_UNKNOWN", "the request of this model is not tensor 0: expected it with the claim");
  }
  const trees = evaluate(spec, weights, input).map((data, number) => tensorTree(spec, number, data));
  return { trees, roots: trees.map(({ root }) => root) };
}

/**
 * What is wrong with an answer, or undefined if nothing is. Runs the model again, and looks in the order in which one
 * thing rests on another: bytes of request and output that cannot be a tensor, whatever the trace; the number of roots;
 * both ends, which are in the trace and in the receipt; then tensor after tensor, so that the first that differs from
 * the replay was computed from one that does not. A tensor that was not shown but has the root of the replay's is known;
 * so is the last one, by the output.
 *
 * @param shown - What is known of the trace. Roots that do not hash to the claim's `traceRoot`, and tensors that do not
 * lead to their roots, are as good as not shown.
 * @param replay - Of this claim, if it was run before.
 * @throws as `replayClaim`.
 * @example
 * const fault = findFault(model, { request, output, traceRoot: receipt.traceRoot }, { roots, tensors });
 */
export function findFault(
  model: ReplayModel,
  claim: Claim,
  shown: ShownTrace = {},
  replay: Replay | undefined = replayClaim(model, claim),
): Fault | undefined {
  const { spec, preprocessHash } = model;
  const last = spec.ops.length;
  const [request, output] = [getBytes(claim.request), getBytes(claim.output)];
  const ends = [
    ...(preprocessHash === ZeroHash ? [{ end: "request", number: 0, bytes: request } as const] : []),
    { end: "output", number: last, bytes: output } as const,
  ];
  for (const { end, number, bytes } of ends) {
    if (bytes.length === tensorBytes(spec.tensors[number]!)) continue;
    return { kind: "end", end, trace: traceOf(spec, []), shown: hexlify(bytes) };
  }
  // Of the right length: there is a replay, and the ends are tensors.
  const own = replay!;
  const trees = shownTrees(spec, shown);
  const outputTree = new TensorTree(spec.tensors[last]!, last, output);
  const roots = rootsOf(claim.traceRoot, shown.roots, own, trees, outputTree);
  if (roots === undefined) return { kind: "withheld", tensor: undefined };
  const trace = traceOf(spec, roots);
  if (roots.length !== spec.tensors.length) return { kind: "rootCount", trace };
  for (const { end, number, bytes } of ends) {
    if (new TensorTree(spec.tensors[number]!, number, bytes).root === roots[number]) continue;
    return { kind: "end", end, trace, shown: hexlify(bytes) };
  }
  return compareTensors(model, own, trace, [...trees, outputTree]);
}

/**
 * What is wrong in a leaf of the first tensor that differs from the replay, as a game makes the operator show it.
 *
 * @param shown - The leaf's 1,024 bytes, its index, and the siblings that lead from it to the tensor's root.
 * @returns undefined if nothing is: the leaf is the replay's.
 */
export function findFaultInLeaf(
  model: ReplayModel,
  replay: Replay,
  roots: readonly string[],
  shown: { tensor: number; index: number; leaf: BytesLike; proof: readonly string[] },
): ProvableFault | undefined {
  const { tensor: number, index } = shown;
  const tensor = model.spec.tensors[number]!;
  const trace = traceOf(model.spec, roots);
  const leaf = getBytes(shown.leaf);
  const used = Math.min(tensorBytes(tensor) - index * TENSOR_LEAF_BYTES, TENSOR_LEAF_BYTES);
  const proof = [...shown.proof];
  if (leaf.subarray(used).some((byte) => byte !== 0)) {
    return { kind: "padding", trace, tensor: number, leaf: hexlify(leaf), proof };
  }
  const width = elementBytes(tensor.dtype);
  const part = { dtype: tensor.dtype, length: used / width };
  const claimed = decodeTensor(part, leaf.subarray(0, used));
  const computed = decodeTensor(part, replay.trees[number]!.leaf(index).subarray(0, used));
  const element = firstDifference(claimed, computed);
  if (element < 0) return undefined;
  const op = number - 1;
  const row = (index * TENSOR_LEAF_BYTES) / width + element;
  const unit: Unit = {
    op,
    row,
    input: hexlify(replay.trees[model.spec.ops[op]!.input]!.elements),
    outputLeaf: hexlify(leaf.subarray(0, used)),
    outputProof: proof,
    weights: weightsTreeOf(model).row(op, row),
  };
  return { kind: "unit", trace, unit, claimed: BigInt(claimed[element]!), computed: BigInt(computed[element]!) };
}

/** What should be a list: whoever shows it may send anything. */
function listOf<Item>(shown: readonly Item[] | undefined): readonly Item[] {
  return Array.isArray(shown) ? (shown as readonly Item[]) : [];
}

/** Tensors that can be what they were shown as; what cannot is as good as not shown. */
function shownTrees({ tensors }: GraphSpec, { tensors: shown }: ShownTrace): TensorTree[] {
  return listOf(shown)
    .slice(0, tensors.length)
    .flatMap((shownTensor, number) => {
      const tensor = isBytesLike(shownTensor) ? { bytes: shownTensor } : shownTensor;
      if (!isBytesLike(tensor?.bytes)) return [];
      const missing = listOf(tensor.missing);
      if (!missing.every((word) => isHexString(word, 32))) return [];
      try {
        return [new TensorTree(tensors[number]!, number, getBytes(tensor.bytes), missing)];
      } catch (error) {
        if (error instanceof TensorMismatchError) return [];
        throw error;
      }
    });
}

/**
 * The roots that a trace root is of: the shown ones, or those of what is known, which is enough where only the output
 * was altered.
 */
function rootsOf(
  traceRoot: string,
  shown: readonly string[] | undefined,
  own: Replay,
  trees: readonly TensorTree[],
  output: TensorTree,
): string[] | undefined {
  const known = own.roots.map((root, number) => {
    const tree = number === output.number ? output : trees.find((tree) => tree.number === number);
    return tree?.root ?? root;
  });
  const list = listOf(shown);
  // More than any graph has cannot be published, and would not fit into a proof: a game is won by the clock.
  const isPossible = list.length <= MAX_OPS + 1 && list.every((root) => isHexString(root, 32));
  const candidates = [isPossible ? list : [], own.roots, known];
  const found = candidates.find((roots) => hashTensorRoots(roots) === traceRoot.toLowerCase());
  return found?.map((root) => root.toLowerCase());
}

/** The first contradiction among tensors that are known: each by itself, then with the one it was computed from. */
function compareTensors(
  model: ReplayModel,
  own: Replay,
  trace: Trace,
  shown: readonly TensorTree[],
): Fault | undefined {
  const known = trace.roots.map((root, number) =>
    root === own.roots[number] ? own.trees[number] : shown.find((tree) => tree.number === number && tree.root === root),
  );
  for (const [number, tree] of known.entries()) {
    if (tree === undefined) continue;
    const fault = findExcess(trace, tree) ?? findUnit(model, own, trace, known, number);
    if (fault !== undefined) return fault;
  }
  const tensor = trace.roots.findIndex((root, number) => root !== own.roots[number]);
  if (tensor < 0) return undefined;
  return tensor === 0 ? { kind: "preprocessing" } : { kind: "withheld", tensor };
}

/** What a tensor's tree has more than the tensor. */
function findExcess(trace: Trace, tree: TensorTree): ProvableFault | undefined {
  const { number: tensor, leaves, elements, missing } = tree;
  const leaf = tree.leaf(leaves - 1);
  const proof = tree.proof(leaves - 1);
  const used = elements.length - (leaves - 1) * TENSOR_LEAF_BYTES;
  if (leaf.subarray(used).some((byte) => byte !== 0)) {
    return { kind: "padding", trace, tensor, leaf: hexlify(leaf), proof };
  }
  const index = missing.findIndex((word) => BigInt(word) !== 0n);
  if (index < 0) return undefined;
  const position = leaves + index;
  return { kind: "missingLeaf", trace, tensor, position, word: missing[index]!, proof: tree.proof(position) };
}

/** The first element of a tensor that does not follow from the tensor it was computed from, where both are known. */
function findUnit(
  model: ReplayModel,
  own: Replay,
  trace: Trace,
  known: readonly (TensorTree | undefined)[],
  number: number,
): ProvableFault | undefined {
  if (number === 0) return undefined;
  const { spec, weights } = model;
  const op = number - 1;
  const from = spec.ops[op]!.input;
  const [input, output] = [known[from], known[number]];
  if (input === undefined || output === undefined) return undefined;
  const isReplayed = input === own.trees[from];
  if (isReplayed && output === own.trees[number]) return undefined;
  const claimed = decodeTensor(spec.tensors[number]!, output.elements);
  const computed = isReplayed
    ? decodeTensor(spec.tensors[number]!, own.trees[number]!.elements)
    : evaluateOp(spec, weights, op, decodeTensor(spec.tensors[from]!, input.elements));
  const row = firstDifference(claimed, computed);
  if (row < 0) return undefined;
  const unit = unitOf(spec, weightsTreeOf(model), { op, row, input, output });
  return { kind: "unit", trace, unit, claimed: BigInt(claimed[row]!), computed: BigInt(computed[row]!) };
}

function firstDifference(a: TensorData, b: TensorData): number {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return i;
  return -1;
}

function weightsTreeOf({ spec, weights, weightsTree }: ReplayModel): WeightsTree {
  return weightsTree ?? new WeightsTree(spec, weights);
}

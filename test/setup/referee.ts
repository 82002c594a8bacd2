import { AbiCoder, ZeroHash, concat, dataLength, dataSlice, getBytes, keccak256, toBeHex, zeroPadBytes } from "ethers";

import { denseElement } from "../../src/inference/evaluate.ts";
import type { Claim, ProvableFault } from "../../src/inference/faults.ts";
import type { Unit } from "../../src/inference/proofs.ts";
import { OpCode, tensorBytes, elementBytes, type GraphSpec } from "../../src/inference/spec.ts";
import { decodeTensor } from "../../src/inference/tensor.ts";

/** What a chain knows of a model. */
export type KnownModel = { spec: GraphSpec; weightsRoot: string; preprocessHash: string };

const LEAF = 1_024;

function nodeOf(left: string, right: string): string {
  return keccak256(concat(["0x03", left, right]));
}

export function tensorLeafOf(tensor: number, leaf: number, data: string): string {
  return keccak256(concat(["0x02", toBeHex(tensor, 2), toBeHex(leaf, 4), zeroPadBytes(data, LEAF)]));
}

export function traceRootOf(roots: readonly string[]): string {
  return keccak256(AbiCoder.defaultAbiCoder().encode(["bytes32[]"], [roots]));
}

export function leavesOf(spec: GraphSpec, tensor: number): number {
  return Math.ceil(tensorBytes(spec.tensors[tensor]!) / LEAF);
}

/** By halving, leaf for leaf: depth is what it takes, missing leaves are zero words. */
export function depthOf(leaves: number): number {
  let depth = 0;
  while (2 ** depth < leaves) depth++;
  return depth;
}

/** A full tree, written out. */
export function rootOf(leaves: readonly string[]): string {
  let level = Array.from({ length: 2 ** depthOf(leaves.length) }, (_, i) => leaves[i] ?? ZeroHash);
  while (level.length > 1) {
    level = Array.from({ length: level.length / 2 }, (_, i) => nodeOf(level[2 * i]!, level[2 * i + 1]!));
  }
  return level[0]!;
}

/** The root of a tensor's bytes. */
export function tensorRootOf(tensor: number, bytes: string): string {
  const count = Math.ceil(dataLength(bytes) / LEAF);
  const part = (i: number) => dataSlice(bytes, i * LEAF, Math.min((i + 1) * LEAF, dataLength(bytes)));
  return rootOf(Array.from({ length: count }, (_, i) => tensorLeafOf(tensor, i, part(i))));
}

/** The root that a leaf leads to. */
export function climb(leaf: string, position: number, proof: readonly string[]): string {
  return proof.reduce(
    (node, sibling, i) => (Math.floor(position / 2 ** i) % 2 === 0 ? nodeOf(node, sibling) : nodeOf(sibling, node)),
    leaf,
  );
}

/**
 * Decides on a proof as ReplayGame does, written apart from src: from the model, the receipt's hashes and what is shown.
 * @returns why the proof does not hold, or undefined if it overturns the answer.
 */
export function refusalOfProof(model: KnownModel, claim: Claim, fault: ProvableFault): string | undefined {
  const { spec } = model;
  const { roots } = fault.trace;
  const isTrace = traceRootOf(roots) === claim.traceRoot;
  const isCounted = roots.length === spec.tensors.length;
  if (fault.kind === "rootCount") return isTrace && !isCounted ? undefined : "root count";
  if (fault.kind === "end") return refusalOfEnd(model, claim, fault, isTrace && isCounted);
  if (!isTrace || !isCounted) return "trace";
  if (fault.kind === "unit") return refusalOfUnit(model, roots, fault.unit);
  const { tensor, proof } = fault;
  const leaves = leavesOf(spec, tensor);
  if (proof.length !== depthOf(leaves)) return "proof length";
  if (fault.kind === "missingLeaf") {
    const { position, word } = fault;
    if (position < leaves || position >= 2 ** depthOf(leaves)) return "place";
    return word !== ZeroHash && climb(word, position, proof) === roots[tensor] ? undefined : "missing leaf";
  }
  const used = tensorBytes(spec.tensors[tensor]!) - (leaves - 1) * LEAF;
  if (dataLength(fault.leaf) !== LEAF) return "leaf length";
  if (climb(tensorLeafOf(tensor, leaves - 1, fault.leaf), leaves - 1, proof) !== roots[tensor]) return "leaf";
  return getBytes(fault.leaf)
    .subarray(used)
    .every((byte) => byte === 0)
    ? "padding"
    : undefined;
}

function refusalOfEnd(
  { spec, preprocessHash }: KnownModel,
  { request, output }: Claim,
  { end, shown, trace }: ProvableFault & { kind: "end" },
  isTrace: boolean,
): string | undefined {
  if (end === "request" && preprocessHash !== ZeroHash) return "preprocessed";
  if (keccak256(shown) !== keccak256(end === "request" ? request : output)) return "shown";
  const tensor = end === "request" ? 0 : spec.ops.length;
  if (dataLength(shown) !== tensorBytes(spec.tensors[tensor]!)) return undefined;
  if (!isTrace) return "trace";
  return tensorRootOf(tensor, shown) === trace.roots[tensor] ? "end" : undefined;
}

function refusalOfUnit({ spec, weightsRoot }: KnownModel, roots: readonly string[], unit: Unit): string | undefined {
  const op = spec.ops[unit.op]!;
  const [from, to] = [spec.tensors[op.input]!, spec.tensors[unit.op + 1]!];
  const width = elementBytes(to.dtype);
  const leaf = Math.floor((unit.row * width) / LEAF);
  const rest = tensorBytes(to) - leaf * LEAF;
  if (unit.row >= op.rows || dataLength(unit.outputLeaf) !== Math.min(rest, LEAF)) return "place";
  if (unit.outputProof.length !== depthOf(leavesOf(spec, unit.op + 1))) return "proof length";
  const output = climb(tensorLeafOf(unit.op + 1, leaf, unit.outputLeaf), leaf, unit.outputProof);
  if (output !== roots[unit.op + 1]) return "output";
  if (dataLength(unit.input) !== tensorBytes(from) || tensorRootOf(op.input, unit.input) !== roots[op.input])
    return "input";

  const x = decodeTensor(from, getBytes(unit.input));
  const part = { dtype: to.dtype, length: dataLength(unit.outputLeaf) / width };
  const claimed = BigInt(decodeTensor(part, getBytes(unit.outputLeaf))[unit.row - (leaf * LEAF) / width]!);
  if (op.code === OpCode.ARGMAX) {
    const values = Array.from(x, BigInt);
    const best = values.indexOf(values.reduce((a, b) => (b > a ? b : a)));
    return claimed === BigInt(best) || unit.weights.values !== "0x" ? "holds" : undefined;
  }
  const { shift, mult, bias, values, proof } = unit.weights;
  if (dataLength(values) !== op.k) return "row length";
  const rowsOf = (until: number) =>
    spec.ops.slice(0, until).reduce((sum, { code, rows }) => sum + (code === OpCode.DENSE ? rows : 0), 0);
  if (proof.length !== depthOf(rowsOf(spec.ops.length))) return "row proof length";
  const two = (value: bigint, bytes: number) => toBeHex(BigInt.asUintN(8 * bytes, value), bytes);
  const parts = ["0x01", toBeHex(unit.op, 2), toBeHex(unit.row, 4), two(BigInt(shift), 1), two(mult, 8), two(bias, 8)];
  if (climb(keccak256(concat([...parts, values])), rowsOf(unit.op) + unit.row, proof) !== weightsRoot) return "weights";
  const row = {
    values: new Int8Array(getBytes(values)),
    mult: BigInt64Array.of(mult),
    bias: BigInt64Array.of(bias),
    shift: Int8Array.of(shift),
  };
  return denseElement({ ...op, rows: 1 }, row, x, 0) === claimed ? "holds" : undefined;
}

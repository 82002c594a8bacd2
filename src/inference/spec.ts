import { AbiCoder, keccak256 } from "ethers";

import { FatalError } from "../errors.ts";

/** Names the arithmetic of this folder; part of every spec's hash. */
export const ARITHMETIC_VERSION = 1;

/** Most operators of a graph. */
export const MAX_OPS = 256;

/** Most bytes of a tensor. */
export const MAX_TENSOR_BYTES = 98_304;

/** Largest unit that can be proven: one row of int8 weights and the input it meets, in bytes. */
export const MAX_UNIT_BYTES = 12_288;

/** Most bytes of first and last tensor together, unless request and output stay private. */
export const MAX_SHOWN_BYTES = 16_384;

/** Element type of a tensor. */
export const Dtype = { I8: 0, I16: 1, I32: 2, I64: 3 } as const;
export type Dtype = (typeof Dtype)[keyof typeof Dtype];

/** What an operator does. */
export const OpCode = { DENSE: 1, ARGMAX: 2 } as const;
export type OpCode = (typeof OpCode)[keyof typeof OpCode];

/** How a DENSE operator scales its sum down. ARGMAX has none and carries `FLOOR`, which is 0. */
export const Rounding = { FLOOR: 0, GEMMLOWP: 1 } as const;
export type Rounding = (typeof Rounding)[keyof typeof Rounding];

/** Shape of a tensor. */
export type Tensor = {
  readonly dtype: Dtype;
  /** Number of elements, 1 to 2^32 - 1. */
  readonly length: number;
};

/** One operator. Operator `i` of a graph writes tensor `i + 1`. */
export type Op = {
  readonly code: OpCode;
  readonly rounding: Rounding;
  /** Number of the tensor it reads, at most its own number. */
  readonly input: number;
  /** Elements it writes. */
  readonly rows: number;
  /** Elements it reads for each of them. */
  readonly k: number;
  /** Output zero point, int32; 0 unless the rounding is `GEMMLOWP`. */
  readonly zero: number;
  /** Smallest output, inside the output's type; 0 for `ARGMAX`. */
  readonly lo: bigint;
  /** Largest output, inside the output's type; 0 for `ARGMAX`. */
  readonly hi: bigint;
};

/** A network as operators over numbered tensors: tensor 0 is the input, the last one the output. */
export type GraphSpec = {
  readonly tensors: readonly Tensor[];
  readonly ops: readonly Op[];
};

/** The spec breaks a rule of `ModelRegistry.publishModel`. */
export class InvalidSpecError extends FatalError {
  constructor(subject: string, actual: unknown, expected: string) {
    super("INVALID_SPEC", `${subject} is ${String(actual)}, expected ${expected}`);
  }
}

/** Bytes of one element. */
export function elementBytes(dtype: Dtype): number {
  return 1 << dtype;
}

/** Bytes of a whole tensor. */
export function tensorBytes({ dtype, length }: Tensor): number {
  return length * elementBytes(dtype);
}

/** Smallest and largest value of a type. */
export function dtypeRange(dtype: Dtype): { min: bigint; max: bigint } {
  const half = 1n << BigInt(8 * elementBytes(dtype) - 1);
  return { min: -half, max: half - 1n };
}

/**
 * Checks a spec as `ModelRegistry.publishModel` does: what passes can be published, what is published can be proven.
 *
 * @param privateInput - The model's policy hides request and output, so that their size is not limited.
 * @throws InvalidSpecError naming the first rule broken.
 */
export function validateSpec({ tensors, ops }: GraphSpec, privateInput = false): void {
  requireInteger("number of operators", ops.length, 1, MAX_OPS);
  expectEqual("number of tensors", tensors.length, ops.length + 1, "one more than operators");
  tensors.forEach(({ dtype, length }, i) => {
    requireInteger(`tensor ${i}: dtype`, dtype, Dtype.I8, Dtype.I64);
    requireInteger(`tensor ${i}: length`, length, 1, 0xffff_ffff);
    requireInteger(`tensor ${i}: bytes`, tensorBytes({ dtype, length }), 1, MAX_TENSOR_BYTES);
  });
  ops.forEach((op, i) => {
    validateOp(op, i, tensors);
  });

  const shown = tensorBytes(tensors[0]!) + tensorBytes(tensors[ops.length]!);
  if (!privateInput) requireInteger("bytes of first and last tensor together", shown, 2, MAX_SHOWN_BYTES);
}

/** `keccak256(abi.encode(arithmeticVersion, tensors, ops))`, the name of a graph on chain. */
export function hashSpec({ tensors, ops }: GraphSpec): string {
  return keccak256(
    AbiCoder.defaultAbiCoder().encode(
      [
        "uint16",
        "tuple(uint8 dtype, uint32 length)[]",
        "tuple(uint8 code, uint8 rounding, uint16 input, uint32 rows, uint32 k, int32 zero, int64 lo, int64 hi)[]",
      ],
      [ARITHMETIC_VERSION, tensors, ops],
    ),
  );
}

function validateOp(op: Op, i: number, tensors: readonly Tensor[]): void {
  const name = `op ${i}`;
  const codes: readonly number[] = Object.values(OpCode);
  if (!codes.includes(op.code)) {
    throw new InvalidSpecError(`${name}: code`, op.code, `${OpCode.DENSE} (DENSE) or ${OpCode.ARGMAX} (ARGMAX)`);
  }
  requireInteger(`${name}: input tensor`, op.input, 0, i);
  const input = tensors[op.input]!;
  const output = tensors[i + 1]!;
  expectEqual(`${name}: k`, op.k, input.length, `the length of tensor ${op.input}`);
  expectEqual(`${name}: rows`, op.rows, output.length, `the length of tensor ${i + 1}`);
  requireInteger(`${name}: bytes of one unit`, op.k * (1 + elementBytes(input.dtype)), 2, MAX_UNIT_BYTES);
  if (op.code === OpCode.DENSE) validateDense(op, name, output.dtype);
  else validateArgmax(op, name, output.dtype);
}

function validateDense(op: Op, name: string, dtype: Dtype): void {
  requireInteger(`${name}: rounding`, op.rounding, Rounding.FLOOR, Rounding.GEMMLOWP);
  if (op.rounding === Rounding.FLOOR) expectEqual(`${name}: zero`, op.zero, 0, "FLOOR has no zero point");
  requireInteger(`${name}: zero`, op.zero, -0x8000_0000, 0x7fff_ffff);
  const { min, max } = dtypeRange(dtype);
  if (op.lo < min || op.lo > max)
    throw new InvalidSpecError(`${name}: lo`, op.lo, `${min} to ${max}, the output's type`);
  if (op.hi < op.lo || op.hi > max) throw new InvalidSpecError(`${name}: hi`, op.hi, `${op.lo} (lo) to ${max}`);
}

function validateArgmax(op: Op, name: string, dtype: Dtype): void {
  expectEqual(`${name}: rows`, op.rows, 1, "ARGMAX writes one index");
  for (const field of ["rounding", "zero", "lo", "hi"] as const) {
    expectEqual(`${name}: ${field}`, Number(op[field]), 0, "unused by ARGMAX");
  }
  const { max } = dtypeRange(dtype);
  if (BigInt(op.k - 1) > max) {
    throw new InvalidSpecError(`${name}: k`, op.k, `at most ${max + 1n}, so that the output's type holds every index`);
  }
}

function expectEqual(subject: string, actual: number, expected: number, reason: string): void {
  if (actual !== expected) throw new InvalidSpecError(subject, actual, `${expected} (${reason})`);
}

function requireInteger(subject: string, actual: number, min: number, max: number): void {
  if (!Number.isInteger(actual) || actual < min || actual > max) {
    throw new InvalidSpecError(subject, actual, `an integer from ${min} to ${max}`);
  }
}

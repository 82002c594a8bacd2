import { Dtype, OpCode, Rounding, type GraphSpec, type Op } from "../../src/inference/spec.ts";
import type { TensorData } from "../../src/inference/tensor.ts";
import type { DenseWeights } from "../../src/inference/weights.ts";

/** A network small enough to run thousands of times, with an input. */
export type SmallGraph = { spec: GraphSpec; weights: DenseWeights[]; input: TensorData };

const I32 = { lo: -(2n ** 31n), hi: 2n ** 31n - 1n };
const dense = (op: Pick<Op, "input" | "rows" | "k"> & Partial<Op>): Op => ({
  code: OpCode.DENSE,
  rounding: Rounding.FLOOR,
  zero: 0,
  ...I32,
  ...op,
});
const argmax = (input: number, k: number): Op => ({
  code: OpCode.ARGMAX,
  rounding: Rounding.FLOOR,
  input,
  rows: 1,
  k,
  zero: 0,
  lo: 0n,
  hi: 0n,
});

/** The same numbers in every run, without a pattern that repeats. */
function weightsOf({ rows, k }: Op, seed: number): DenseWeights {
  const noise = (i: number): number => Math.imul(i + seed, 0x9e37_79b1) >> 24;
  return {
    values: Int8Array.from({ length: rows * k }, (_, i) => noise(i)),
    mult: BigInt64Array.from({ length: rows }, (_, i) => BigInt(noise(i + 7) + 300)),
    bias: BigInt64Array.from({ length: rows }, (_, i) => BigInt(noise(i + 13) * 100)),
    shift: new Int8Array(rows).fill(4),
  };
}

function graph(spec: GraphSpec, input: TensorData): SmallGraph {
  const weights = spec.ops.filter(({ code }) => code === OpCode.DENSE).map((op, i) => weightsOf(op, 31 * i));
  return { spec, weights, input };
}

/** Shaped like lande: i16[12] -> i32[8] -> i64[5] -> ARGMAX i32[1]. */
export const SMALL = graph(
  {
    tensors: [
      { dtype: Dtype.I16, length: 12 },
      { dtype: Dtype.I32, length: 8 },
      { dtype: Dtype.I64, length: 5 },
      { dtype: Dtype.I32, length: 1 },
    ],
    ops: [dense({ input: 0, rows: 8, k: 12, lo: 0n }), dense({ input: 1, rows: 5, k: 8 }), argmax(2, 5)],
  },
  Int16Array.from({ length: 12 }, (_, i) => 300 * i - 1_000),
);

/** Tensor 1, which nothing reads, has 20 leaves, the last with 544 bytes: its tree has five levels. */
export const WIDE = graph(
  {
    tensors: [
      { dtype: Dtype.I8, length: 3 },
      { dtype: Dtype.I32, length: 5_000 },
      { dtype: Dtype.I16, length: 4 },
      { dtype: Dtype.I8, length: 1 },
    ],
    ops: [
      dense({ input: 0, rows: 5_000, k: 3 }),
      dense({ input: 0, rows: 4, k: 3, lo: -32_768n, hi: 32_767n }),
      argmax(2, 4),
    ],
  },
  Int8Array.of(17, -5, 99),
);

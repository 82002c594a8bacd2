import fc from "fast-check";

import { Dtype, dtypeRange, OpCode, Rounding, type GraphSpec, type Op, type Tensor } from "../../src/inference/spec.ts";
import { createTensor, type TensorData } from "../../src/inference/tensor.ts";
import type { DenseWeights } from "../../src/inference/weights.ts";

/** A graph with the parameters of its DENSE operators, and a tensor 0 for it. */
export type RunnableGraph = {
  readonly spec: GraphSpec;
  readonly weights: readonly DenseWeights[];
  readonly input: TensorData;
};

const MAX_LENGTH = 40;
const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
const int8 = fc.integer({ min: -128, max: 127 });
const length = fc.integer({ min: 1, max: MAX_LENGTH });
const dtype = fc.constantFrom(...Object.values(Dtype));

/** Graphs that can be published: any operators, types, roundings, bounds and parameters, their ends included. */
export const runnableGraph: fc.Arbitrary<RunnableGraph> = fc
  .record({ dtype, length })
  .chain((first) => fc.tuple(tensorData(first), fc.array(layer, { minLength: 1, maxLength: 4 })))
  .map(([{ tensor, data }, layers]) => {
    const tensors: Tensor[] = [tensor];
    const ops: Op[] = [];
    const weights: DenseWeights[] = [];
    for (const make of layers) {
      const input = make.input % tensors.length;
      const k = tensors[input]!.length;
      const rows = make.isArgmax ? 1 : make.length;
      const read = { input, rows, k };
      tensors.push({ dtype: make.dtype, length: rows });
      if (make.isArgmax) {
        ops.push({ code: OpCode.ARGMAX, rounding: Rounding.FLOOR, ...read, zero: 0, lo: 0n, hi: 0n });
        continue;
      }
      const [lo, hi] = make.bounds.map((bound) => BigInt.asIntN(8 << make.dtype, bound)) as [bigint, bigint];
      const zero = make.rounding === Rounding.FLOOR ? 0 : make.zero;
      const bounds = lo < hi ? { lo, hi } : { lo: hi, hi: lo };
      ops.push({ code: OpCode.DENSE, rounding: make.rounding, ...read, zero, ...bounds });
      weights.push({
        values: Int8Array.from({ length: rows * k }, (_, i) => make.values[i % make.values.length]!),
        mult: BigInt64Array.from({ length: rows }, (_, i) => make.mult[i % make.mult.length]!),
        bias: BigInt64Array.from({ length: rows }, (_, i) => make.bias[i % make.bias.length]!),
        shift: Int8Array.from({ length: rows }, (_, i) => make.shift[i % make.shift.length]!),
      });
    }
    return { spec: { tensors, ops }, weights, input: data };
  });

const layer = fc.record({
  dtype,
  length,
  input: fc.nat({ max: 255 }),
  isArgmax: fc.boolean(),
  rounding: fc.constantFrom(...Object.values(Rounding)),
  zero: fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  bounds: fc.tuple(int64, int64),
  values: fc.array(int8, { minLength: 1, maxLength: 97 }),
  mult: fc.array(fc.oneof(int64, fc.bigInt({ min: 2n ** 30n, max: 2n ** 31n - 1n })), { minLength: 1, maxLength: 7 }),
  bias: fc.array(fc.oneof(int64, fc.bigInt({ min: -99_999n, max: 99_999n })), { minLength: 1, maxLength: 5 }),
  shift: fc.array(fc.oneof(int8, fc.integer({ min: 0, max: 16 })), { minLength: 1, maxLength: 11 }),
});

function tensorData(tensor: Tensor): fc.Arbitrary<{ tensor: Tensor; data: TensorData }> {
  const elements = fc.array(fc.bigInt(dtypeRange(tensor.dtype)), {
    minLength: tensor.length,
    maxLength: tensor.length,
  });
  return elements.map((values) => {
    const data = createTensor(tensor);
    values.forEach((value, i) => {
      if (data instanceof BigInt64Array) data[i] = value;
      else data[i] = Number(value);
    });
    return { tensor, data };
  });
}

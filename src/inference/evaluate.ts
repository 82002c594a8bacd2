import { OpCode, Rounding, type GraphSpec, type Op } from "./spec.ts";
import { createTensor, requireTensor, type TensorData } from "./tensor.ts";
import { requireWeights, weightsOf, type DenseWeights } from "./weights.ts";

/** Doubles hold every integer up to this size. */
const EXACT = 2 ** 53;

/**
 * Runs a graph in exact integers.
 *
 * @param spec - A spec that passes `validateSpec`.
 * @param weights - Parameters of the DENSE operators, in order.
 * @param input - Tensor 0.
 * @returns Every tensor by number, the input first, the output last.
 * @throws WeightsMismatchError or TensorMismatchError if `weights` or `input` do not fit the spec.
 */
export function evaluate(spec: GraphSpec, weights: readonly DenseWeights[], input: TensorData): TensorData[] {
  requireWeights(spec, weights);
  requireTensor(spec.tensors[0]!, input);
  const trace = [input];
  let dense = 0;
  spec.ops.forEach(({ code, input: number }, i) => {
    trace.push(runOp(spec, i, code === OpCode.DENSE ? weights[dense++] : undefined, trace[number]!));
  });
  return trace;
}

/**
 * Runs one operator of a graph.
 *
 * @param weights - Parameters of the DENSE operators, in order.
 * @param op - Number of the operator.
 * @param x - The tensor it reads.
 */
export function evaluateOp(spec: GraphSpec, weights: readonly DenseWeights[], op: number, x: TensorData): TensorData {
  return runOp(spec, op, weightsOf(spec, weights, op), x);
}

function runOp({ tensors, ops }: GraphSpec, i: number, weights: DenseWeights | undefined, x: TensorData): TensorData {
  const output = createTensor(tensors[i + 1]!);
  if (weights === undefined) store(output, 0, argmax(x));
  else runDense(ops[i]!, weights, x, output);
  return output;
}

/** Element `row` of a DENSE operator's output, by the formulas as they are written: slow, and right for every input. */
export function denseElement(op: Op, weights: DenseWeights, x: TensorData, row: number): bigint {
  let acc = 0n;
  for (let j = 0; j < op.k; j++) acc += BigInt(weights.values[row * op.k + j]!) * BigInt(x[j]!);
  return rescale(op, weights, acc, row);
}

function runDense(op: Op, weights: DenseWeights, x: TensorData, output: TensorData): void {
  const doubles = inDoubles(op, x);
  const lo = Number(op.lo);
  const hi = Number(op.hi);
  for (let row = 0; row < op.rows; row++) {
    if (doubles === undefined) {
      store(output, row, denseElement(op, weights, x, row));
      continue;
    }
    const acc = dot(weights.values, row * op.k, doubles);
    const scaled = op.rounding === Rounding.FLOOR ? floorInDoubles(weights, acc, row) : undefined;
    if (scaled === undefined) store(output, row, rescale(op, weights, BigInt(acc), row));
    // Rounding lo and hi to doubles keeps their order with an integer below 2^53; the exact bound is what is stored.
    else store(output, row, scaled < lo ? op.lo : scaled > hi ? op.hi : scaled);
  }
}

/**
 * The input as doubles if every partial sum of a row is exact in them: weights are at most 2^7 in size and inputs at
 * most 2^(bits - 1). All i8, i16 and i32 inputs that can be published are: k <= 2,457 keeps a sum over i32 below 2^50.
 */
function inDoubles({ k }: Op, x: TensorData): Float64Array | undefined {
  if (x instanceof BigInt64Array) return undefined;
  return k * 2 ** 7 * 2 ** (8 * x.BYTES_PER_ELEMENT - 1) <= EXACT ? new Float64Array(x) : undefined;
}

/** Sum of `x[j] * values[start + j]`; always called with the same array types, which keeps the loop fast. */
function dot(values: Int8Array, start: number, x: Float64Array): number {
  let acc = 0;
  for (let j = 0; j < x.length; j++) acc += values[start + j]! * x[j]!;
  return acc;
}

/**
 * `(acc * mult + bias) >> shift`, or nothing where doubles may not hold it. A size below 2^53 after rounding was
 * below it before, so product and sum are exact; so is the division by a power of two, and `floor` is what `>>` does.
 */
function floorInDoubles({ mult, bias, shift }: DenseWeights, acc: number, row: number): number | undefined {
  const product = acc * Number(mult[row]);
  const addend = Number(bias[row]);
  if (!(Math.abs(product) + Math.abs(addend) < EXACT)) return undefined;
  return Math.floor((product + addend) / 2 ** Math.min(Math.max(shift[row]!, 0), 63));
}

/** From a row's sum to its output element, in the formulas of the arithmetic. */
function rescale(op: Op, weights: DenseWeights, acc: bigint, row: number): bigint {
  const mult = weights.mult[row]!;
  const bias = weights.bias[row]!;
  const shift = Math.min(Math.max(weights.shift[row]!, -63), 63);
  const right = BigInt(Math.max(shift, 0));
  const left = BigInt(Math.max(-shift, 0));
  const scaled =
    op.rounding === Rounding.FLOOR
      ? (acc * mult + bias) >> right
      : roundingShift(doublingHighMultiply((acc + bias) << left, mult), right) + BigInt(op.zero);
  return scaled < op.lo ? op.lo : scaled > op.hi ? op.hi : scaled;
}

/** gemmlowp's SaturatingRoundingDoublingHighMul without the saturation: `a * b / 2^31`, half upwards. */
function doublingHighMultiply(a: bigint, b: bigint): bigint {
  const product = a * b;
  return (product + (product >= 0n ? 1n << 30n : 1n - (1n << 30n))) / (1n << 31n);
}

/** gemmlowp's RoundingDivideByPOT: `x / 2^exponent`, half away from zero. */
function roundingShift(x: bigint, exponent: bigint): bigint {
  const mask = (1n << exponent) - 1n;
  const threshold = (mask >> 1n) + (x < 0n ? 1n : 0n);
  return (x >> exponent) + ((x & mask) > threshold ? 1n : 0n);
}

/** Index of the largest element, the lowest on ties. */
function argmax(x: TensorData): number {
  let best = 0;
  for (let i = 1; i < x.length; i++) if (x[i]! > x[best]!) best = i;
  return best;
}

function store(tensor: TensorData, index: number, value: number | bigint): void {
  if (tensor instanceof BigInt64Array) tensor[index] = BigInt(value);
  else tensor[index] = Number(value);
}

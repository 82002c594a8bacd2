import { FatalError } from "../errors.ts";
import { OpCode, type GraphSpec } from "./spec.ts";

/** Parameters of one DENSE operator. Each output element has a row of weights and three numbers of its own. */
export type DenseWeights = {
  /** `rows * k` weights, row after row. */
  readonly values: Int8Array;
  /** Multiplier of each row. */
  readonly mult: BigInt64Array;
  /** Added to the sum (GEMMLOWP) or to the scaled sum (FLOOR) of each row; an input zero point is folded in. */
  readonly bias: BigInt64Array;
  /** Right shift of each row. Counts as at most 63 in size; below zero it shifts left (GEMMLOWP) or is 0 (FLOOR). */
  readonly shift: Int8Array;
};

/** The parameters do not fit the spec they come with. */
export class WeightsMismatchError extends FatalError {
  constructor(subject: string, actual: number, expected: number) {
    super("WEIGHTS_MISMATCH", `${subject} is ${actual}, expected ${expected}`);
  }
}

/**
 * Checks that there are parameters for each DENSE operator, in order, in the sizes of the spec.
 *
 * @throws WeightsMismatchError naming the first size that differs.
 */
export function requireWeights({ ops }: GraphSpec, weights: readonly DenseWeights[]): void {
  const dense = ops.filter(({ code }) => code === OpCode.DENSE);
  if (weights.length !== dense.length) {
    throw new WeightsMismatchError("number of weighted operators", weights.length, dense.length);
  }
  dense.forEach(({ rows, k }, i) => {
    const { values, mult, bias, shift } = weights[i]!;
    for (const [name, actual, expected] of [
      ["weights", values.length, rows * k],
      ["multipliers", mult.length, rows],
      ["biases", bias.length, rows],
      ["shifts", shift.length, rows],
    ] as const) {
      if (actual !== expected) throw new WeightsMismatchError(`DENSE ${i}: number of ${name}`, actual, expected);
    }
  });
}

/** The parameters of an operator, by its number in the graph; undefined for one without. */
export function weightsOf({ ops }: GraphSpec, weights: readonly DenseWeights[], op: number): DenseWeights | undefined {
  if (ops[op]?.code !== OpCode.DENSE) return undefined;
  return weights[ops.slice(0, op).filter(({ code }) => code === OpCode.DENSE).length];
}

import { commitTrace } from "../../src/inference/commitments.ts";
import { evaluate } from "../../src/inference/evaluate.ts";
import type { GraphSpec } from "../../src/inference/spec.ts";
import { encodeTensor, type TensorData } from "../../src/inference/tensor.ts";
import type { DenseWeights } from "../../src/inference/weights.ts";

/** A model with inputs to run it on, taken in turn. */
export type Subject = {
  readonly spec: GraphSpec;
  readonly weights: readonly DenseWeights[];
  readonly inputs: readonly TensorData[];
};

export type MeasureOptions = {
  /** Odd, so that there is a middle one; two times `answers` answers each, bare and committed. */
  readonly runs: number;
  /** Answers of one run, long enough for the clock. */
  readonly answers: number;
  /** Milliseconds. */
  readonly now: () => number;
};

/** Medians over the runs, of one answer. */
export type Measured = {
  /** Committed time by bare time. */
  readonly ratio: number;
  /** `evaluate` alone, milliseconds. */
  readonly bare: number;
  /** What an operator does for each answer: `evaluate`, the answer's bytes, roots of all tensors, trace root. */
  readonly committed: number;
};

/** Measures what committing costs beside running, both by turns in this process, after a run of each that does not count. */
export function measure({ spec, weights, inputs }: Subject, { runs, answers, now }: MeasureOptions): Measured {
  const bareAnswer = (input: TensorData): void => {
    evaluate(spec, weights, input);
  };
  const committedAnswer = (input: TensorData): void => {
    const trace = evaluate(spec, weights, input);
    encodeTensor(spec.tensors.at(-1)!, trace.at(-1)!);
    commitTrace(spec, trace);
  };
  const time = (answer: (input: TensorData) => void): number => {
    const started = now();
    for (let i = 0; i < answers; i++) answer(inputs[i % inputs.length]!);
    return (now() - started) / answers;
  };

  const bare: number[] = [];
  const committed: number[] = [];
  for (let run = -1; run < runs; run++) {
    const times = [time(bareAnswer), time(committedAnswer)] as const;
    if (run < 0) continue;
    bare.push(times[0]);
    committed.push(times[1]);
  }
  const medians = { bare: median(bare), committed: median(committed) };
  return { ratio: medians.committed / medians.bare, ...medians };
}

function median(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)]!;
}

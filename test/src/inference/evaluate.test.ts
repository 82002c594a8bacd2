import { expect } from "chai";
import fc from "fast-check";

import { denseElement, evaluate, evaluateOp } from "../../../src/inference/evaluate.ts";
import {
  Dtype,
  dtypeRange,
  OpCode,
  Rounding,
  validateSpec,
  type GraphSpec,
  type Op,
} from "../../../src/inference/spec.ts";
import { createTensor, TensorMismatchError, type TensorData } from "../../../src/inference/tensor.ts";
import { WeightsMismatchError, type DenseWeights } from "../../../src/inference/weights.ts";

const ROUNDINGS = [Rounding.FLOOR, Rounding.GEMMLOWP];
const DTYPES = Object.values(Dtype);
const INT64 = dtypeRange(Dtype.I64);
const SHIFTS = Array.from({ length: 256 }, (_, i) => i - 128);

type Row = { values: number[]; mult: bigint; bias: bigint; shift: number };
type DenseCase = {
  from: Dtype;
  to: Dtype;
  rounding: Rounding;
  zero?: number;
  lo?: bigint;
  hi?: bigint;
  x: bigint[];
  rows: Row[];
};

function tensorOf(dtype: Dtype, elements: bigint[]): TensorData {
  const tensor = createTensor({ dtype, length: elements.length });
  if (tensor instanceof BigInt64Array) tensor.set(elements);
  else tensor.set(elements.map(Number));
  return tensor;
}

function build({ from, to, rounding, zero = 0, lo, hi, x, rows }: DenseCase) {
  const range = dtypeRange(to);
  const op: Op = {
    code: OpCode.DENSE,
    rounding,
    input: 0,
    rows: rows.length,
    k: x.length,
    zero,
    lo: lo ?? range.min,
    hi: hi ?? range.max,
  };
  const spec: GraphSpec = {
    tensors: [
      { dtype: from, length: x.length },
      { dtype: to, length: rows.length },
    ],
    ops: [op],
  };
  validateSpec(spec, true);
  const weights: DenseWeights = {
    values: Int8Array.from(rows.flatMap(({ values }) => values)),
    mult: BigInt64Array.from(rows, ({ mult }) => mult),
    bias: BigInt64Array.from(rows, ({ bias }) => bias),
    shift: Int8Array.from(rows, ({ shift }) => shift),
  };
  return { spec, op, weights, input: tensorOf(from, x) };
}

/** The output by the meaning of the formulas, written apart from the implementation. */
function oracle({ op, rows, x }: { op: Op; rows: Row[]; x: bigint[] }): bigint[] {
  return rows.map(({ values, mult, bias, shift }) => {
    const acc = values.reduce((sum, value, j) => sum + BigInt(value) * x[j]!, 0n);
    let y: bigint;
    if (op.rounding === Rounding.FLOOR) {
      y = floorDivide(acc * mult + bias, 2n ** BigInt(shift < 0 ? 0 : shift > 63 ? 63 : shift));
    } else {
      const by = shift < -63 ? -63 : shift > 63 ? 63 : shift;
      const scaled = (acc + bias) * (by < 0 ? 2n ** BigInt(-by) : 1n);
      const high = floorDivide(scaled * mult + 2n ** 30n, 2n ** 31n); // half upwards
      const divisor = 2n ** BigInt(by > 0 ? by : 0);
      const size = ((high < 0n ? -high : high) * 2n + divisor) / (divisor * 2n); // half away from zero
      y = (high < 0n ? -size : size) + BigInt(op.zero);
    }
    return y < op.lo ? op.lo : y > op.hi ? op.hi : y;
  });
}

function floorDivide(a: bigint, b: bigint): bigint {
  return a / b - (a % b !== 0n && a < 0n ? 1n : 0n);
}

function expectOracle(dense: DenseCase): void {
  const { spec, op, weights, input } = build(dense);
  const expected = oracle({ op, rows: dense.rows, x: dense.x });
  expect(Array.from(evaluate(spec, [weights], input)[1]!, BigInt)).to.deep.equal(expected);
  expect(dense.rows.map((_, row) => denseElement(op, weights, input, row))).to.deep.equal(expected);
}

/** One row, one input, i8 to i64 without bounds, unless said otherwise. */
function one(
  dense: Partial<Omit<DenseCase, "x" | "rows">>,
  x: bigint[],
  row: Partial<Row> & { values: number[] },
): bigint {
  const { spec, weights, input } = build({
    from: Dtype.I8,
    to: Dtype.I64,
    rounding: Rounding.FLOOR,
    ...dense,
    x,
    rows: [{ mult: 1n, bias: 0n, shift: 0, ...row }],
  });
  return BigInt(evaluate(spec, [weights], input)[1]![0]!);
}

/** Around the edges of doubles and of the machine types, and anything between. */
function integers({ min, max }: { min: bigint; max: bigint }): fc.Arbitrary<bigint> {
  const edges = [0n, 1n, 2n ** 15n, 2n ** 31n, 2n ** 32n, 2n ** 53n, 2n ** 62n]
    .flatMap((edge) => [edge - 1n, edge, edge + 1n])
    .flatMap((edge) => [edge, -edge])
    .filter((edge) => edge >= min && edge <= max);
  const small = max < 1000n ? max : 1000n;
  return fc.oneof(fc.constantFrom(min, max, ...edges), fc.bigInt({ min: -small, max: small }), fc.bigInt({ min, max }));
}

const denseCases: fc.Arbitrary<DenseCase> = fc
  .record({
    from: fc.constantFrom(...DTYPES),
    to: fc.constantFrom(...DTYPES),
    rounding: fc.constantFrom(...ROUNDINGS),
    k: fc.integer({ min: 1, max: 9 }),
  })
  .chain(({ from, to, rounding, k }) =>
    fc
      .record({
        x: fc.array(integers(dtypeRange(from)), { minLength: k, maxLength: k }),
        rows: fc.array(
          fc.record({
            values: fc.array(fc.oneof(fc.integer({ min: -128, max: 127 }), fc.constantFrom(-128, 127)), {
              minLength: k,
              maxLength: k,
            }),
            mult: integers(INT64),
            bias: integers(INT64),
            shift: fc.integer({ min: -128, max: 127 }),
          }),
          { minLength: 1, maxLength: 3 },
        ),
        zero: rounding === Rounding.FLOOR ? fc.constant(0) : fc.integer({ min: -0x8000_0000, max: 0x7fff_ffff }),
        bounds: fc.tuple(integers(dtypeRange(to)), integers(dtypeRange(to))),
        bounded: fc.boolean(),
      })
      .map(({ bounds: [a, b], bounded, ...rest }) => ({
        from,
        to,
        rounding,
        ...rest,
        ...(bounded ? { lo: a < b ? a : b, hi: a < b ? b : a } : {}),
      })),
  );

describe("inference/evaluate", () => {
  describe("DENSE with FLOOR", () => {
    it("scales, adds the bias, shifts towards minus infinity", () => {
      // acc = 3 * 2 - 5 * 4 = -14; (-14 * 3 + 1) / 4 = -10.25
      expect(one({}, [2n, 4n], { values: [3, -5], mult: 3n, bias: 1n, shift: 2 })).to.equal(-11n);
      expect(one({}, [-2n, -4n], { values: [3, -5], mult: 3n, bias: 1n, shift: 2 })).to.equal(10n); // 43 / 4
    });

    it("clamps to lo and hi", () => {
      expect(one({ lo: -3n, hi: 5n }, [1n], { values: [100] })).to.equal(5n);
      expect(one({ lo: -3n, hi: 5n }, [-1n], { values: [100] })).to.equal(-3n);
    });

    it("stores bounds exactly that doubles cannot hold", () => {
      const lo = 2n ** 53n + 1n;
      expect(one({ lo, hi: INT64.max }, [1n], { values: [1] })).to.equal(lo);
      expect(one({ lo: INT64.min, hi: -lo }, [1n], { values: [1] })).to.equal(-lo);
    });

    it("counts a negative shift as 0 and one above 63 as 63", () => {
      expect(one({}, [1n], { values: [7], shift: -1 })).to.equal(7n);
      expect(one({}, [1n], { values: [7], shift: -128 })).to.equal(7n);
      const row = { values: [127], mult: 2n ** 62n, shift: 127 }; // 127 * 2^62 / 2^63 = 63.5
      expect(one({}, [1n], row)).to.equal(63n);
    });
  });

  describe("DENSE with GEMMLOWP", () => {
    const gemmlowp = { rounding: Rounding.GEMMLOWP };

    it("adds the bias before scaling, and the zero point after", () => {
      // (6 + 4) * 2^30 / 2^31 = 5, then / 2 = 2.5 -> 3, then + 10
      const row = { values: [3], mult: 2n ** 30n, bias: 4n, shift: 1 };
      expect(one({ ...gemmlowp, zero: 10 }, [2n], row)).to.equal(13n);
    });

    it("rounds the multiplication half upwards and the shift half away from zero", () => {
      const half = { mult: 2n ** 30n };
      expect(one(gemmlowp, [1n], { values: [1], ...half })).to.equal(1n); // 0.5
      expect(one(gemmlowp, [1n], { values: [-1], ...half })).to.equal(0n); // -0.5
      expect(one(gemmlowp, [1n], { values: [-3], ...half })).to.equal(-1n); // -1.5
      expect(one(gemmlowp, [1n], { values: [5], mult: 2n ** 31n, shift: 1 })).to.equal(3n); // 2.5
      expect(one(gemmlowp, [1n], { values: [-5], mult: 2n ** 31n, shift: 1 })).to.equal(-3n); // -2.5
    });

    it("shifts left by a negative shift, at most 63", () => {
      expect(one(gemmlowp, [1n], { values: [3], mult: 2n ** 31n, shift: -4 })).to.equal(48n);
      const row = { values: [-1], mult: 2n ** 31n };
      expect(one(gemmlowp, [1n], { ...row, shift: -63 })).to.equal(INT64.min);
      expect(one(gemmlowp, [1n], { ...row, mult: 2n ** 30n, shift: -128 })).to.equal(-(2n ** 62n));
    });
  });

  describe("ARGMAX", () => {
    const argmax = (dtype: Dtype, elements: bigint[]) => {
      const spec: GraphSpec = {
        tensors: [
          { dtype, length: elements.length },
          { dtype: Dtype.I8, length: 1 },
        ],
        ops: [{ code: OpCode.ARGMAX, rounding: 0, input: 0, rows: 1, k: elements.length, zero: 0, lo: 0n, hi: 0n }],
      };
      validateSpec(spec);
      return evaluate(spec, [], tensorOf(dtype, elements))[1]![0];
    };

    for (const [name, dtype] of Object.entries(Dtype)) {
      it(`gives the lowest index of the largest ${name}`, () => {
        const { min, max } = dtypeRange(dtype);
        expect(argmax(dtype, [min])).to.equal(0);
        expect(argmax(dtype, [min, -1n, 0n, -1n])).to.equal(2);
        expect(argmax(dtype, [min, max, max])).to.equal(1);
        expect(argmax(dtype, [min, max - 1n, max])).to.equal(2);
        expect(argmax(dtype, [min, min])).to.equal(0);
      });
    }
  });

  it("reads any earlier tensor and takes the weights of DENSE operators in order", () => {
    const dense: Op = {
      code: OpCode.DENSE,
      rounding: Rounding.FLOOR,
      input: 0,
      rows: 1,
      k: 2,
      zero: 0,
      lo: -128n,
      hi: 127n,
    };
    const i8 = (length: number) => ({ dtype: Dtype.I8, length });
    const spec: GraphSpec = {
      tensors: [i8(2), i8(1), i8(1), i8(1)],
      ops: [{ ...dense, code: OpCode.ARGMAX, lo: 0n, hi: 0n }, dense, { ...dense, input: 2, k: 1 }],
    };
    validateSpec(spec);
    const weights = (...values: number[]): DenseWeights => ({
      values: Int8Array.from(values),
      mult: BigInt64Array.of(1n),
      bias: BigInt64Array.of(0n),
      shift: Int8Array.of(0),
    });
    const all = [weights(2, 3), weights(-4)];
    const trace = evaluate(spec, all, Int8Array.of(5, 7));
    // 5 < 7; 2 * 5 + 3 * 7 = 31; -4 * 31 = -124
    expect(trace).to.deep.equal([Int8Array.of(5, 7), Int8Array.of(1), Int8Array.of(31), Int8Array.of(-124)]);
    // One by one, from any input.
    expect(evaluateOp(spec, all, 0, Int8Array.of(9, 7))).to.deep.equal(Int8Array.of(0));
    expect(evaluateOp(spec, all, 1, Int8Array.of(1, 2))).to.deep.equal(Int8Array.of(8));
    expect(evaluateOp(spec, all, 2, Int8Array.of(-3))).to.deep.equal(Int8Array.of(12));
  });

  it("agrees with the formulas on arbitrary rows", () => {
    fc.assert(fc.property(denseCases, expectOracle), { numRuns: 3_000 });
  });

  it("agrees with the formulas for every shift, rounding and type at the edges", () => {
    for (const from of DTYPES) {
      const { min, max } = dtypeRange(from);
      for (const to of DTYPES) {
        for (const rounding of ROUNDINGS) {
          const rows = SHIFTS.flatMap((shift) =>
            [
              { mult: INT64.min, bias: INT64.min },
              { mult: INT64.max, bias: INT64.max },
              { mult: 1_518_500_249n, bias: -3n },
              { mult: -77n, bias: 2n ** 52n },
            ].map((row) => ({ values: [-128, 127, 1], shift, ...row })),
          );
          expectOracle({ from, to, rounding, x: [min, max, -1n], rows });
        }
      }
    }
  });

  it("agrees with the formulas on the longest rows that can be published", () => {
    for (const [from, k] of [
      [Dtype.I8, 6_144],
      [Dtype.I16, 4_096],
      [Dtype.I32, 2_457],
      [Dtype.I64, 1_365],
    ] as const) {
      const { min, max } = dtypeRange(from);
      for (const [x, value] of [
        [min, -128],
        [min, 127],
        [max, -128],
        [max, 127],
      ] as const) {
        const values = Array.from({ length: k }, () => value);
        const rows = [1n, -1n, 3n, INT64.max].map((mult) => ({ values, mult, bias: 1n, shift: 0 }));
        const odd = [...Array.from({ length: k - 1 }, () => x), from === Dtype.I8 ? x : x + (x < 0n ? 1n : -1n)];
        for (const rounding of ROUNDINGS) expectOracle({ from, to: Dtype.I64, rounding, x: odd, rows });
      }
    }
  });

  it("refuses an input or weights that do not fit the spec", () => {
    const row = { values: [1, 2], mult: 1n, bias: 0n, shift: 0 };
    const { spec, weights, input } = build({
      from: Dtype.I8,
      to: Dtype.I8,
      rounding: Rounding.FLOOR,
      x: [1n, 2n],
      rows: [row],
    });
    expect(() => evaluate(spec, [weights], Int16Array.of(1, 2))).to.throw(TensorMismatchError, "expected Int8Array");
    expect(() => evaluate(spec, [weights], Int8Array.of(1))).to.throw(TensorMismatchError, "is 1, expected 2");
    expect(() => evaluate(spec, [], input)).to.throw(
      WeightsMismatchError,
      "number of weighted operators is 0, expected 1",
    );
  });
});

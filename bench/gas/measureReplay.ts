import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";

import { importLande } from "../../src/inference/lande.ts";
import { Dtype, OpCode, Rounding, dtypeRange, type GraphSpec } from "../../src/inference/spec.ts";
import type { TensorData } from "../../src/inference/tensor.ts";
import { ReplayStage, type Network } from "./ReplayStage.ts";

type Record = (operation: string, gas: number, budget: number) => void;

/** Rows of the first operator: as many as the digits' hidden layer, so that a row's proof is as long. */
const ROWS = 64;
const TEXT = "Tutti gli esseri umani nascono liberi ed eguali in dignità e diritti.";

/**
 * Measures proofs and a whole game, settlement included, on a chain of its own.
 * @param record takes the gas of an operation and its budget.
 */
export async function measureReplay(record: Record): Promise<void> {
  const connection = await network.create({ override: { initialDate: "2027-01-15T10:00:30Z" } });
  await measureSums(connection, record);
  const stage = await ReplayStage.open(connection);
  // Challenger, beneficiary and reserve have been paid before, the operator has been at fault before.
  await stage.prove(await stage.lie(wideNetwork(Dtype.I8, 8), fill(Dtype.I8, 8), 0));
  await stage.pause();

  for (const [name, dtype, k, budget] of [
    ["784 wide, i8", Dtype.I8, 784, 360_000],
    ["784 wide, i16", Dtype.I16, 784, 360_000],
    ["the largest unit, 6,144 weights, i8", Dtype.I8, 6_144, 750_000],
    ["the largest unit, 4,096 weights, i16", Dtype.I16, 4_096, 750_000],
  ] as const) {
    const lie = await stage.lie(wideNetwork(dtype, k), fill(dtype, k), ROWS - 1);
    record(`overturn by a proof of one row, ${name}, settlement included`, await stage.prove(lie), budget);
    await stage.pause();
  }

  const lande = await importLande();
  const lie = await stage.lie(lande, lande.features(TEXT), 17);
  const published = await connection.networkHelpers.takeSnapshot();
  record("lande: overturn by a proof of one row", await stage.prove(lie), 360_000);
  await published.restore();
  record("lande, trace withheld: overturn by the operator's silence", await stage.timeOut(lie), 300_000);
  await published.restore();
  const moves = await stage.play(lie);
  for (const [move, gas] of Object.entries(moves)) record(`lande, trace withheld: ${move}`, gas, MOVE_BUDGETS[move]!);
  const whole = Object.values(moves).reduce((sum, gas) => sum + gas, 0);
  record("lande, trace withheld: the whole game", whole, 750_000);
}

/** The inner loop alone: what one more weight costs between the widths of a digit and of the largest unit. */
async function measureSums(connection: NetworkConnection, record: Record): Promise<void> {
  const meter = await connection.ethers.deployContract("ExposedUnitMath");
  for (const [name, width, longest, budget] of [
    ["i8", 1, 6_144, 20],
    ["i16", 2, 4_096, 60],
    ["i32", 4, 2_457, 60],
    ["i64", 8, 1_365, 60],
  ] as const) {
    const costs = [784, longest].map(async (count) => {
      const blob = Uint8Array.from({ length: count * (1 + width) }, (_, i) => nonZero(i, 101) & 0xff);
      const place = { weights: 0, input: count, count, width };
      const measure = async (bytes: Uint8Array): Promise<number> =>
        Number(await meter.getFunction("measure").staticCall(bytes, place));
      const gas = await measure(blob);
      // Nobody makes a proof dearer by the values it meets.
      const ofZeros = await measure(new Uint8Array(blob.length));
      if (ofZeros !== gas) throw new Error(`a sum of zeros costs ${ofZeros} gas, expected ${gas}, what others cost`);
      return gas;
    });
    const [short, long] = (await Promise.all(costs)) as [number, number];
    record(`per multiply-add in the inner loop, ${name}`, (long - short) / (longest - 784), budget);
  }
}

const MOVE_BUDGETS: { readonly [move: string]: number } = {
  "open a game on a published leaf": 200_000,
  "publish the roots": 70_000,
  "choose a tensor": 100_000,
  "reveal a leaf": 60_000,
  "prove the unit": 360_000,
  "withdraw the bond": 60_000,
};

/** `k` inputs into `ROWS`, then the largest of them. */
function wideNetwork(dtype: Dtype, k: number): Network {
  const { min: lo, max: hi } = dtypeRange(Dtype.I8);
  const spec: GraphSpec = {
    tensors: [
      { dtype, length: k },
      { dtype: Dtype.I8, length: ROWS },
      { dtype: Dtype.I32, length: 1 },
    ],
    ops: [
      { code: OpCode.DENSE, rounding: Rounding.GEMMLOWP, input: 0, rows: ROWS, k, zero: 3, lo, hi },
      { code: OpCode.ARGMAX, rounding: Rounding.FLOOR, input: 1, rows: 1, k: ROWS, zero: 0, lo: 0n, hi: 0n },
    ],
  };
  const values = Int8Array.from({ length: ROWS * k }, (_, i) => nonZero(i, 101));
  const weights = {
    values,
    mult: new BigInt64Array(ROWS).fill(1_518_500_250n),
    bias: BigInt64Array.from({ length: ROWS }, (_, i) => BigInt(12_345 + i)),
    shift: new Int8Array(ROWS).fill(9),
  };
  return { spec, weights: [weights] };
}

/** No byte of it is zero: the dearest calldata there is, and the same in every run. */
function fill(dtype: Dtype, length: number): TensorData {
  if (dtype === Dtype.I8) return Int8Array.from({ length }, (_, i) => nonZero(i, 89));
  return Int16Array.from({ length }, (_, i) => nonZero(i, 89) * 256 + 1 + (i % 255));
}

/** -50 to 50, never 0. */
function nonZero(i: number, period: number): number {
  const value = ((i * 37) % period) - Math.floor(period / 2);
  return value === 0 ? 51 : value;
}

import { PIXELS, type Digits } from "./images.ts";
import { CLASSES, run, type FloatNetwork } from "./train.ts";

/** A layer in the format of docs/protocol/network-format.md. */
type DenseLayer = {
  rows: number;
  k: number;
  weights_b64: string;
  bias: number[];
  inputZeroPoint: number;
  outputZeroPoint: number;
  multiplier: number[];
  rightShift: number[];
  lo: number;
  hi: number;
};

/** How a tensor of int8 stands for real numbers: `scale * (q - zero)`. */
type Quantisation = { readonly scale: number; readonly zero: number };

/** Pixels from 0 to 255 that stand for 0 to 1. */
const INPUT: Quantisation = { scale: 1 / 255, zero: -128 };

/**
 * Turns a trained network into integers, as TensorFlow Lite does after training: int8 weights around 0 with a scale for
 * each row, int32 biases, activations with scale and zero point from what the network does with `digits`.
 */
export function quantise(network: FloatNetwork, digits: Digits): DenseLayer[] {
  const { hidden: size, first, firstBias, second, secondBias } = network;
  const ranges = observe(network, digits);
  const hidden = { scale: ranges.hidden / 255, zero: -128 };
  const scale = (ranges.high - ranges.low) / 255;
  const output = { scale, zero: Math.round(-128 - ranges.low / scale) };
  const rows = { weights: transpose(first, PIXELS, size), bias: firstBias };
  return [
    quantiseLayer(rows, INPUT, hidden), // ReLU: 0 is the smallest number there is
    quantiseLayer({ weights: second, bias: secondBias }, hidden, output),
  ];
}

/** Largest hidden element, and range of the last tensor with 0 in it. */
function observe(network: FloatNetwork, digits: Digits): { hidden: number; low: number; high: number } {
  const hidden = new Float32Array(network.hidden);
  const logits = new Float32Array(CLASSES);
  const ranges = { hidden: 0, low: 0, high: 0 };
  for (let image = 0; image < digits.count; image++) {
    run(network, digits.pixels.subarray(image * PIXELS, (image + 1) * PIXELS), hidden, logits);
    ranges.hidden = Math.max(ranges.hidden, ...hidden);
    ranges.low = Math.min(ranges.low, ...logits);
    ranges.high = Math.max(ranges.high, ...logits);
  }
  return ranges;
}

function quantiseLayer(
  { weights, bias }: { weights: Float32Array; bias: Float32Array },
  input: Quantisation,
  output: Quantisation,
): DenseLayer {
  const rows = bias.length;
  const k = weights.length / rows;
  const values = new Int8Array(weights.length);
  const layer: DenseLayer = {
    rows,
    k,
    weights_b64: "",
    bias: [],
    inputZeroPoint: input.zero,
    outputZeroPoint: output.zero,
    multiplier: [],
    rightShift: [],
    lo: -128,
    hi: 127,
  };
  for (let row = 0; row < rows; row++) {
    const reals = weights.subarray(row * k, (row + 1) * k);
    const scale = reals.reduce((largest, real) => Math.max(largest, Math.abs(real)), 0) / 127;
    values.set(
      reals.map((real) => Math.round(real / scale)),
      row * k,
    );
    layer.bias.push(Math.round(bias[row]! / (input.scale * scale)));
    const { multiplier, rightShift } = fixedPoint((input.scale * scale) / output.scale);
    layer.multiplier.push(multiplier);
    layer.rightShift.push(rightShift);
  }
  layer.weights_b64 = Buffer.from(values.buffer).toString("base64");
  return layer;
}

/** `factor` as `multiplier / 2^31 / 2^rightShift`, the multiplier from 2^30 to below 2^31. */
function fixedPoint(factor: number): { multiplier: number; rightShift: number } {
  let fraction = factor;
  let rightShift = 0;
  for (; fraction < 0.5; fraction *= 2) rightShift++;
  for (; fraction >= 1; fraction /= 2) rightShift--;
  const multiplier = Math.floor(fraction * 2 ** 31 + 0.5);
  return multiplier === 2 ** 31 ? { multiplier: 2 ** 30, rightShift: rightShift - 1 } : { multiplier, rightShift };
}

function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  return Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!);
}

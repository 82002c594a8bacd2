import { expect } from "chai";

import { tensorOf, type Digits } from "../../../scripts/digits/images.ts";
import { quantise } from "../../../scripts/digits/quantise.ts";
import { run, type FloatNetwork } from "../../../scripts/digits/train.ts";
import { importDenseNetwork } from "../../../src/inference/denseNetwork.ts";
import { evaluate } from "../../../src/inference/evaluate.ts";

/** Neither zero nor random: sines of the place. */
const wave = (length: number, size: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => Math.sin(i * i + 1) * size);

const NETWORK: FloatNetwork = {
  hidden: 3,
  first: wave(784 * 3, 0.1),
  firstBias: Float32Array.of(0.2, -0.1, 0),
  second: wave(30, 1),
  secondBias: wave(10, 0.5),
};
const DIGITS: Digits = {
  count: 20,
  pixels: Uint8Array.from({ length: 784 * 20 }, (_, i) => (i * 7919) % 256),
  labels: new Uint8Array(20),
};

describe("scripts/digits/quantise", () => {
  it("gives integers that stand for the real network, to about a step of each tensor", async () => {
    const layers = quantise(NETWORK, DIGITS);
    const { spec, weights } = await importDenseNetwork(Buffer.from(JSON.stringify({ layers })));
    const pairs: Record<"hidden" | "last", { real: number; integer: number }[]> = { hidden: [], last: [] };
    for (let image = 0; image < DIGITS.count; image++) {
      const [hidden, last] = [new Float32Array(3), new Float32Array(10)];
      run(NETWORK, DIGITS.pixels.subarray(784 * image, 784 * (image + 1)), hidden, last);
      const trace = evaluate(spec, weights, tensorOf(DIGITS, image));
      hidden.forEach((real, i) => pairs.hidden.push({ real, integer: Number(trace[1]![i]) }));
      last.forEach((real, i) => pairs.last.push({ real, integer: Number(trace[2]![i]) }));
    }
    for (const [tensor, steps] of [
      ["hidden", 2],
      ["last", 3],
    ] as const) {
      const reals = pairs[tensor].map(({ real }) => real);
      const [low, high] = [Math.min(0, ...reals), Math.max(0, ...reals)];
      for (const { real, integer } of pairs[tensor]) {
        const expected = ((real - low) / (high - low)) * 255 - 128;
        expect(Math.abs(expected - integer), `${tensor}: ${real}`).to.be.below(steps);
      }
    }
  });

  it("uses the whole range of int8: each row's largest weight is 127 in size, ReLU ends at the zero point", () => {
    const [first, second] = quantise(NETWORK, DIGITS);
    for (const { rows, k, weights_b64 } of [first!, second!]) {
      const values = Int8Array.from(Buffer.from(weights_b64, "base64"));
      for (let row = 0; row < rows; row++) {
        const sizes = [...values.subarray(row * k, (row + 1) * k)].map(Math.abs);
        expect(Math.max(...sizes)).to.equal(127);
      }
    }
    expect(first).to.include({ rows: 3, k: 784, inputZeroPoint: -128, outputZeroPoint: -128, lo: -128, hi: 127 });
    expect(second).to.include({ rows: 10, k: 3, inputZeroPoint: -128, lo: -128, hi: 127 });
  });

  it("writes multipliers from 2^30 to below 2^31", () => {
    for (const { multiplier } of quantise(NETWORK, DIGITS)) {
      for (const value of multiplier) expect(value).to.be.within(2 ** 30, 2 ** 31 - 1);
    }
  });
});

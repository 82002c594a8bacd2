import type { DenseNetwork } from "../../src/inference/denseNetwork.ts";
import { evaluate } from "../../src/inference/evaluate.ts";
import { tensorOf, type Digits } from "./images.ts";

/** What the network of integers answers about each image. */
export function answersOf({ spec, weights }: DenseNetwork, digits: Digits): Uint8Array {
  return Uint8Array.from({ length: digits.count }, (_, image) =>
    Number(evaluate(spec, weights, tensorOf(digits, image)).at(-1)![0]),
  );
}

/** How many of the answers are right. */
export function countRight(answers: Uint8Array, { labels }: Digits): number {
  return answers.reduce((right, answer, image) => right + (answer === labels[image] ? 1 : 0), 0);
}

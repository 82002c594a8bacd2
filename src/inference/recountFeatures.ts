import { getBytes, keccak256, type BytesLike } from "ethers";

import { FatalError } from "../errors.ts";
import { commitTensor, hashTensorRoots } from "./commitments.ts";
import type { LandeModel } from "./lande.ts";
import { decodeTensor } from "./tensor.ts";

export type RecountFeaturesParameters = {
  /** Of the npm package, as `importLande` gives it. */
  model: Pick<LandeModel, "spec" | "features">;
  /** Of the answer's receipt. */
  receipt: { inputHash: string; traceRoot: string };
  /** The text's bytes, as they were shown at publication. */
  request: BytesLike;
  /** Roots of all tensors of the operator's trace, as it shows them. */
  tensorRoots: readonly string[];
  /** The operator's tensor 0, if it shows it: then the elements that differ are named. */
  tensor0?: BytesLike;
};

export type FeatureVerdict = {
  /** The operator counted right; if not, its answer is about another text. */
  ok: boolean;
  /** Root of tensor 0 as it follows from the text. */
  expectedRoot: string;
  /** The elements that differ; empty if tensor 0 was not shown. */
  differences: { index: number; actual: number; expected: number }[];
};

/** What was shown is not what the receipt commits to: it proves nothing, for or against the operator. */
export class ShownMismatchError extends FatalError {
  constructor(subject: string, actual: string, expected: string) {
    super("SHOWN_MISMATCH", `${subject} is ${actual}, the receipt commits to ${expected}`);
  }
}

/**
 * Counts the features of a text again, for jurors: does the first tensor that the operator committed to follow from the
 * request? Everything after it is arithmetic, and no matter for them.
 * @throws ShownMismatchError if request, roots or tensor are not those of the receipt.
 * @example
 * const { ok, differences } = recountFeatures({ model: await importLande(), receipt, request, tensorRoots });
 */
export function recountFeatures({
  model: { spec, features },
  receipt,
  request,
  tensorRoots,
  tensor0,
}: RecountFeaturesParameters): FeatureVerdict {
  requireShown("hash of the request", keccak256(request), receipt.inputHash);
  requireShown("root of the tensors' roots", hashTensorRoots(tensorRoots), receipt.traceRoot);
  const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(getBytes(request));
  const counted = features(text);
  const expectedRoot = commitTensor(spec, 0, counted);
  const differences: FeatureVerdict["differences"] = [];
  if (tensor0 !== undefined) {
    const shown = decodeTensor(spec.tensors[0]!, getBytes(tensor0));
    requireShown("root of tensor 0", commitTensor(spec, 0, shown), tensorRoots[0]!);
    counted.forEach((expected, index) => {
      const actual = Number(shown[index]);
      if (actual !== expected) differences.push({ index, actual, expected });
    });
  }
  return { ok: tensorRoots[0] === expectedRoot, expectedRoot, differences };
}

function requireShown(subject: string, actual: string, expected: string): void {
  if (actual !== expected) throw new ShownMismatchError(subject, actual, expected);
}

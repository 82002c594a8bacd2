import type { ConfidenceStructOutput } from "../../typechain-types/contracts/attestations/AttestationRegistry.ts";
import type { AnswerStatus, Confidence } from "../protocol/answers.ts";

/** A contract's `Confidence` in the types of this package. */
export function readConfidence(output: ConfidenceStructOutput): Confidence {
  return {
    status: Number(output.status) as AnswerStatus,
    methods: Number(output.methods),
    backed: output.backed,
    payableNow: output.payableNow,
    publishedAt: Number(output.publishedAt),
    finalAt: Number(output.finalAt),
  };
}

import { keccak256 } from "ethers";

import type { ModelId, SignerId } from "../protocol/ids.ts";
import { jobId } from "../protocol/jobs.ts";
import type { Receipt } from "../protocol/receipts.ts";
import type { ModelRun } from "./models/runReplayable.ts";

export type ReceiptOfParameters = {
  /** The operator's address. */
  operator: string;
  signerId: SignerId;
  modelId: ModelId;
  request: Uint8Array;
  requester: string;
  nonce: bigint;
  beneficiary: string;
  /** Stake token, smallest unit. */
  coverage: bigint;
  run: Pick<ModelRun, "output" | "traceRoot">;
  /** Chain time, Unix time in seconds. */
  issuedAt: number;
  /** How long it can be anchored, seconds; at most a day. */
  anchorWithin: number;
};

/** The receipt of one answer, to be signed. */
export function receiptOf({
  request,
  run,
  issuedAt,
  anchorWithin,
  requester,
  nonce,
  ...rest
}: ReceiptOfParameters): Receipt {
  const { operator, signerId, modelId, beneficiary, coverage } = rest;
  const inputHash = keccak256(request);
  return {
    operator,
    signerId,
    modelId,
    jobId: jobId({ requester, nonce, modelId, inputHash }),
    inputHash,
    outputHash: keccak256(run.output),
    traceRoot: run.traceRoot,
    beneficiary,
    coverage,
    issuedAt,
    anchorBy: issuedAt + anchorWithin,
  };
}

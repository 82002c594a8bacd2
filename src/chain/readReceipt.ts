import type { ReceiptStructOutput } from "../../typechain-types/contracts/attestations/AttestationRegistry.ts";
import { parseId } from "../protocol/ids.ts";
import type { Receipt } from "../protocol/receipts.ts";

/** A contract's `Receipt` in the types of this package. */
export function readReceipt(output: ReceiptStructOutput): Receipt {
  return {
    operator: output.operator,
    signerId: parseId(output.signerId),
    modelId: parseId(output.modelId),
    jobId: parseId(output.jobId),
    inputHash: output.inputHash,
    outputHash: output.outputHash,
    traceRoot: output.traceRoot,
    beneficiary: output.beneficiary,
    coverage: output.coverage,
    issuedAt: Number(output.issuedAt),
    anchorBy: Number(output.anchorBy),
  };
}

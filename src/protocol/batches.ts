import { FatalError } from "../errors.ts";
import type { BatchId, ModelId, SignerId } from "./ids.ts";
import { encodeSignature, type ReceiptSigner } from "./signers.ts";
import { TypedStruct, type Domain } from "./typedData.ts";

/** The header of a batch: what is anchored of a tree of receipts. */
export type Batch = {
  operator: string;
  signerId: SignerId;
  modelId: ModelId;
  /** Root of the batch's `BatchTree`. */
  root: string;
  /** Number of receipts, 1 to `MAX_BATCH_COUNT`. */
  count: number;
  /** Coverage of each receipt, in the stake token's smallest unit. */
  coverage: bigint;
  /** Up to when it can be anchored, exclusive; Unix time in seconds. */
  anchorBy: number;
  /** Where the receipts can be found; may be empty. */
  dataURI: string;
};

export const BATCH = new TypedStruct<Batch>({
  Batch: [
    { name: "operator", type: "address" },
    { name: "signerId", type: "bytes32" },
    { name: "modelId", type: "bytes32" },
    { name: "root", type: "bytes32" },
    { name: "count", type: "uint32" },
    { name: "coverage", type: "uint96" },
    { name: "anchorBy", type: "uint48" },
    { name: "dataURI", type: "string" },
  ],
});

/** The header's EIP-712 digest. */
export function batchId(domain: Domain, batch: Batch): BatchId {
  return BATCH.digest(domain, batch) as BatchId;
}

/**
 * Signs a header, so that anybody can relay it; the result is as `AttestationRegistry.anchor` takes it.
 * @param domain The domain of `AttestationRegistry`.
 * @throws FatalError `SIGNER_MISMATCH` if the header names another signer.
 */
export async function signBatch(signer: ReceiptSigner, domain: Domain, batch: Batch): Promise<string> {
  if (batch.signerId !== signer.signerId) {
    throw new FatalError("SIGNER_MISMATCH", `the batch names signer ${batch.signerId}, the key is ${signer.signerId}`);
  }
  return encodeSignature(signer.signer, await signer.sign(domain, BATCH, batch));
}

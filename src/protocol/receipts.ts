import { id, isHexString, keccak256 } from "ethers";

import { FatalError } from "../errors.ts";
import type { JobId, ModelId, ReceiptId, SignerId } from "./ids.ts";
import { encodeSignature, type ReceiptSigner } from "./signers.ts";
import { TypedStruct, type Domain } from "./typedData.ts";

/** The statement of one answer. Hashes are 32 bytes in hex, times Unix time in seconds. */
export type Receipt = {
  operator: string;
  signerId: SignerId;
  modelId: ModelId;
  /** One question to one operator; not zero. */
  jobId: JobId;
  /** keccak256 of the request bytes. */
  inputHash: string;
  /** keccak256 of the output bytes. */
  outputHash: string;
  /** Root of the trace's tensors; zero for models without replay. */
  traceRoot: string;
  /** Who is paid the coverage if the answer is overturned; if zero, the reserve is. */
  beneficiary: string;
  /** Locked for this answer, in the stake token's smallest unit. */
  coverage: bigint;
  issuedAt: number;
  /** Up to when it can be anchored, exclusive; at most a day after `issuedAt`. */
  anchorBy: number;
};

/** A receipt as the operator hands it out. */
export type SignedReceipt = {
  receipt: Receipt;
  /** As contracts take it: the signer bytes and the raw signature. */
  signature: string;
};

export const RECEIPT = new TypedStruct<Receipt>({
  Receipt: [
    { name: "operator", type: "address" },
    { name: "signerId", type: "bytes32" },
    { name: "modelId", type: "bytes32" },
    { name: "jobId", type: "bytes32" },
    { name: "inputHash", type: "bytes32" },
    { name: "outputHash", type: "bytes32" },
    { name: "traceRoot", type: "bytes32" },
    { name: "beneficiary", type: "address" },
    { name: "coverage", type: "uint96" },
    { name: "issuedAt", type: "uint48" },
    { name: "anchorBy", type: "uint48" },
  ],
});

const RECEIPT_FIELDS = RECEIPT.types.Receipt!;
const RECEIPT_TYPE_HASH = id(`Receipt(${RECEIPT_FIELDS.map(({ type, name }) => `${type} ${name}`).join(",")})`);

/**
 * The receipt's EIP-712 digest: its id, the leaf of a batch, and what is signed.
 * Equal to `RECEIPT.digest` and about twice as fast, because each field is one word; checksums of addresses are not read.
 * @param domain The domain of `AttestationRegistry`.
 * @throws FatalError `RECEIPT_FIELD` if a field is missing, out of its type's range or of the wrong length.
 */
export function receiptId(domain: Domain, receipt: Receipt): ReceiptId {
  const words = RECEIPT_FIELDS.map(({ type, name }) => receiptWord(type, name, receipt[name as keyof Receipt]));
  const structHash = keccak256(RECEIPT_TYPE_HASH + words.join(""));
  return keccak256(`0x1901${domain.separator.slice(2)}${structHash.slice(2)}`) as ReceiptId;
}

/** The 64 hex digits of a field; `type` is `address`, `bytes32` or an unsigned integer. */
function receiptWord(type: string, name: string, value: unknown): string {
  const digits = type.startsWith("uint")
    ? unsignedDigits(value, Number(type.slice("uint".length)))
    : isHexString(value, type === "address" ? 20 : 32) && value.slice(2);
  if (!digits) {
    throw new FatalError("RECEIPT_FIELD", `expected ${type} as ${name} of a receipt, got ${String(value)}`);
  }
  return digits.padStart(64, "0");
}

function unsignedDigits(value: unknown, bits: number): string | undefined {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) return undefined;
  const digits = (value as bigint | number).toString(16);
  return digits.startsWith("-") || digits.length * 4 > bits ? undefined : digits;
}

/**
 * Signs a receipt. From here on the operator is liable for the answer.
 * @param domain The domain of `AttestationRegistry`.
 * @throws FatalError `SIGNER_MISMATCH` if the receipt names another signer.
 */
export async function signReceipt(signer: ReceiptSigner, domain: Domain, receipt: Receipt): Promise<SignedReceipt> {
  if (receipt.signerId !== signer.signerId) {
    throw new FatalError(
      "SIGNER_MISMATCH",
      `the receipt names signer ${receipt.signerId}, the key is ${signer.signerId}`,
    );
  }
  return { receipt, signature: encodeSignature(signer.signer, await signer.sign(domain, RECEIPT, receipt)) };
}

import { isHexString } from "ethers";

import { FatalError } from "../errors.ts";

declare const kind: unique symbol;

/** A 32-byte identifier in lower-case hex, told apart from other kinds of identifier by the compiler. */
export type Id<Kind extends string> = string & { readonly [kind]: Kind };

/** EIP-712 digest of a receipt; unique across chains and deployments. */
export type ReceiptId = Id<"ReceiptId">;
/** EIP-712 digest of a batch header. */
export type BatchId = Id<"BatchId">;
/** Hash of a model's manifest and policy where they are published. */
export type ModelId = Id<"ModelId">;
/** Hash of one question to one operator; never zero. */
export type JobId = Id<"JobId">;
/** keccak256 of the signer bytes of an operator's key. */
export type SignerId = Id<"SignerId">;

/**
 * Reads an identifier from text, in either case of hex.
 * @throws FatalError `ID_MALFORMED` if the text is not `0x` and 64 hex digits.
 */
export function parseId<T extends Id<string>>(text: string): T {
  if (!isHexString(text, 32)) {
    throw new FatalError("ID_MALFORMED", `expected 0x and 64 hex digits as an id, got ${JSON.stringify(text)}`);
  }
  return text.toLowerCase() as T;
}

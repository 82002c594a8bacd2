import { z } from "zod";

import { FatalError } from "../errors.ts";
import type { Batch } from "./batches.ts";
import type { Id } from "./ids.ts";
import type { SignedReceipt } from "./receipts.ts";

const MAX_UINT32 = 2 ** 32 - 1;
const MAX_UINT48 = 2 ** 48 - 1;
const MAX_UINT96 = 2n ** 96n - 1n;

/** A field of bytes in hex, in lower case. */
export const hex = (bytes: number | true, name: string): z.ZodType<string, string> => {
  const pattern = new RegExp(bytes === true ? "^0x[0-9a-fA-F]*$" : `^0x[0-9a-fA-F]{${2 * bytes}}$`, "u");
  const message = `expected ${name} in hex`;
  return z
    .string()
    .regex(pattern, { error: message, abort: true })
    .refine((text) => text.length % 2 === 0, message)
    .transform((text) => text.toLowerCase());
};
export const hash = hex(32, "32 bytes");
export const idOf = <Kind extends string>(): z.ZodType<Id<Kind>, string> => hash.transform((text) => text as Id<Kind>);
export const address = hex(20, "an address");
export const time = z.int().min(0).max(MAX_UINT48);
/** Amounts travel as decimal text: JSON numbers lose digits. */
export const amount = z
  .string()
  .regex(/^(0|[1-9]\d{0,28})$/, "expected an amount as decimal digits")
  .transform(BigInt)
  .refine((value) => value <= MAX_UINT96, `expected an amount of at most ${MAX_UINT96}`);

export const receiptSchema = z.strictObject({
  operator: address,
  signerId: idOf<"SignerId">(),
  modelId: idOf<"ModelId">(),
  jobId: idOf<"JobId">(),
  inputHash: hash,
  outputHash: hash,
  traceRoot: hash,
  beneficiary: address,
  coverage: amount,
  issuedAt: time,
  anchorBy: time,
});

const signedReceiptSchema = z.strictObject({ receipt: receiptSchema, signature: hex(true, "a signature") });

export const batchSchema = z.strictObject({
  operator: address,
  signerId: idOf<"SignerId">(),
  modelId: idOf<"ModelId">(),
  root: hash,
  count: z.int().min(0).max(MAX_UINT32),
  coverage: amount,
  anchorBy: time,
  dataURI: z.string(),
});

/** The JSON text in which a receipt is handed out: fields as in `SignedReceipt`, amounts as decimal text. */
export function encodeSignedReceipt(signed: SignedReceipt): string {
  return encodeJson(signed);
}

/**
 * Reads a receipt that was handed out. Says nothing about whether it is worth anything: see `verifyReceipt`.
 * @throws FatalError `JSON_MALFORMED` with every field that is missing, unknown, of the wrong type or out of range.
 */
export function parseSignedReceipt(json: string): SignedReceipt {
  return parseJson("a signed receipt", signedReceiptSchema, json);
}

/** The JSON text of a batch header: fields as in `Batch`, amounts as decimal text. */
export function encodeBatch(batch: Batch): string {
  return encodeJson(batch);
}

/**
 * Reads a batch header.
 * @throws FatalError `JSON_MALFORMED` as `parseSignedReceipt`.
 */
export function parseBatch(json: string): Batch {
  return parseJson("a batch", batchSchema, json);
}

/** JSON with amounts as decimal text. */
export function encodeJson(value: object): string {
  return JSON.stringify(value, (_, field: unknown) => (typeof field === "bigint" ? field.toString() : field));
}

/** @throws FatalError `JSON_MALFORMED` if the text is not JSON of that form. */
export function parseJson<Value>(what: string, schema: z.ZodType<Value>, json: string): Value {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new FatalError("JSON_MALFORMED", `expected JSON of ${what}, got ${JSON.stringify(json.slice(0, 80))}`, {
      cause: error,
    });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issues = result.error.issues.map(({ path, message }) => `${path.join(".") || "it"}: ${message}`);
  throw new FatalError("JSON_MALFORMED", `not the JSON of ${what}: ${issues.join("; ")}`, { cause: result.error });
}

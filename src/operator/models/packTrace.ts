import { deflateRawSync, inflateRawSync } from "node:zlib";

import { z } from "zod";

import { MAX_OPS, MAX_TENSOR_BYTES } from "../../inference/spec.ts";
import { hash, hex, parseJson } from "../../protocol/receiptJson.ts";
import type { TraceRecord } from "../../protocol/traceRecord.ts";

/** What is kept of a trace beside its receipt. */
export type KeptTrace = Pick<TraceRecord, "roots" | "tensors">;

const keptSchema = z.strictObject({ roots: z.array(hash), tensors: z.array(hex(true, "bytes")) });

/** More than any trace in hex has: what is larger was not packed here. */
const LONGEST_TEXT = (MAX_OPS + 1) * (2 * MAX_TENSOR_BYTES + 100);
/** Most of a trace is zeros: the fastest level takes them out. */
const LEVEL = 1;

/** A trace as the journal keeps it, compressed. */
export function packTrace({ roots, tensors }: KeptTrace): Uint8Array {
  return deflateRawSync(JSON.stringify({ roots, tensors }), { level: LEVEL });
}

/**
 * Reads what `packTrace` made.
 * @throws FatalError `JSON_MALFORMED`, or an error of zlib, if it did not.
 */
export function unpackTrace(packed: Uint8Array): KeptTrace {
  return parseJson("a trace", keptSchema, inflateRawSync(packed, { maxOutputLength: LONGEST_TEXT }).toString("utf8"));
}

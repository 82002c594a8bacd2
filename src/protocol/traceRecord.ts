import { hexlify } from "ethers";
import { z } from "zod";

import { commitTrace } from "../inference/commitments.ts";
import type { GraphSpec } from "../inference/spec.ts";
import { encodeTensor, type TensorData } from "../inference/tensor.ts";
import { encodeJson, hash, hex, parseJson, receiptSchema } from "./receiptJson.ts";
import type { Receipt } from "./receipts.ts";

/**
 * What an operator keeps of an answer as long as it can be contested: enough to play any game on it without running the
 * model again. All in hex.
 */
export type TraceRecord = {
  receipt: Receipt;
  /** Of all tensors. */
  roots: string[];
  /** Bytes of all tensors' elements. */
  tensors: string[];
};

/**
 * What to keep of an answer.
 * @param trace All tensors by number, as `evaluate` returns them.
 * @throws TensorMismatchError if number or shape of the tensors are not the spec's.
 */
export function recordTrace(spec: GraphSpec, receipt: Receipt, trace: readonly TensorData[]): TraceRecord {
  const { tensorRoots } = commitTrace(spec, trace);
  const tensors = trace.map((data, number) => hexlify(encodeTensor(spec.tensors[number]!, data)));
  return { receipt, roots: [...tensorRoots], tensors };
}

export const traceRecordSchema = z.strictObject({
  receipt: receiptSchema,
  roots: z.array(hash),
  tensors: z.array(hex(true, "bytes")),
});

/** The JSON text of what an operator keeps, in one line. */
export function encodeTraceRecord(record: TraceRecord): string {
  return encodeJson(record);
}

/**
 * Reads what an operator kept.
 * @throws FatalError `JSON_MALFORMED` with every field that is missing, unknown, of the wrong type or out of range.
 */
export function parseTraceRecord(json: string): TraceRecord {
  return parseJson("a trace record", traceRecordSchema, json);
}

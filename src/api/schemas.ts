/** The operator's HTTP API as a wire format: one source for validation, types and the OpenAPI document. */
import { z } from "zod";

import type { BatchId, JobId, ModelId, ReceiptId } from "../protocol/ids.ts";
import { address, amount, batchSchema, hash, hex, idOf, receiptSchema, time } from "../protocol/receiptJson.ts";
import { traceRecordSchema } from "../protocol/traceRecord.ts";

const MAX_UINT256 = 2n ** 256n - 1n;

/** Leaves in one page of a batch, at most. */
export const BATCH_PAGE = 100;

const bytes = hex(true, "bytes");
const nonce = z
  .string()
  .regex(/^(0|[1-9]\d{0,77})$/, "expected a nonce as decimal digits")
  .transform(BigInt)
  .refine((value) => value <= MAX_UINT256, "expected a nonce below 2^256");

/** `POST /v1/models/{id}/answers` */
export const answerRequestSchema = z.strictObject({
  requester: address.describe("Who asks. With the nonce and the request it makes the job."),
  nonce: nonce.describe("Decimal digits. One requester's questions to one model each need another."),
  request: bytes.describe("What the model is asked."),
  beneficiary: address.describe("Who is paid the coverage if the answer is overturned."),
  coverage: amount
    .optional()
    .describe("Stake token, smallest unit, decimal digits. The operator's usual one if absent."),
  publish: z.boolean().optional().describe("Whether the operator should publish the answer, so that it becomes final."),
});
/** What is asked of an operator. */
export type AnswerRequest = z.output<typeof answerRequestSchema>;

const signed = { receiptId: idOf<"ReceiptId">(), receipt: receiptSchema, signature: bytes };

/** A signed receipt with what it answers. */
export const answerSchema = z.strictObject({ ...signed, request: bytes, output: bytes });
/** What an operator answers. */
export type AnswerResponse = z.output<typeof answerSchema>;

/** `GET /v1/answers/{jobId}` */
export const answerStateSchema = z.strictObject({
  ...signed,
  state: z
    .enum(["signed", "anchored", "published", "final", "lapsed"])
    .describe(
      "By the chain as the operator follows it: `anchored` while the lock of its batch is open, `final` once published and its window over (the chain's `check` has the last word), `lapsed` if it can neither be published nor anchored any more.",
    ),
  wantsFinal: z.boolean(),
  batch: z
    .strictObject({
      root: hash,
      batchId: idOf<"BatchId">(),
      index: z.int().min(0),
      anchoredAt: time.optional(),
      lockEnd: time.optional(),
    })
    .optional(),
  publishedAt: time.optional(),
  finalAt: time.optional(),
});
/** Where an answer stands. */
export type AnswerState = z.output<typeof answerStateSchema>;

const leafSchema = z.strictObject({
  index: z.int().min(0),
  ...signed,
  request: bytes.optional().describe("Absent for models with private input."),
  output: bytes.optional().describe("Absent for models with private input."),
  proof: z.array(hash).max(20),
});
/** A leaf of a batch as an operator shows it. */
export type ShownLeaf = z.output<typeof leafSchema>;

/** `GET /v1/batches/{id}` */
export const batchPageSchema = z.strictObject({
  batchId: idOf<"BatchId">(),
  batch: batchSchema,
  anchoredAt: time.optional(),
  lockEnd: time.optional(),
  leaves: z.array(leafSchema).max(BATCH_PAGE),
  next: z.int().min(1).optional().describe("`from` of the next page; absent on the last."),
});
/** A page of a batch. */
export type BatchPage = z.output<typeof batchPageSchema>;

/** `GET /v1/traces/{id}` */
export const traceSchema = traceRecordSchema;

/** `GET /healthz` and `GET /readyz` */
export const statusSchema = z.strictObject({ status: z.enum(["ok", "ready"]) });

/** Every refusal. */
export const errorSchema = z.strictObject({
  code: z.string().describe("For programs, in capitals."),
  message: z.string().describe("For people."),
});

const idText = hash.describe("0x and 64 hex digits");
/** Parameters in paths and queries. */
export const modelParams = z.strictObject({ modelId: idText.transform((text) => text as ModelId) });
export const jobParams = z.strictObject({ jobId: idText.transform((text) => text as JobId) });
export const batchParams = z.strictObject({ id: idText.transform((text) => text as BatchId) });
export const traceParams = z.strictObject({ receiptId: idText.transform((text) => text as ReceiptId) });
export const pageQuery = z.strictObject({
  from: z
    .string()
    .regex(/^(0|[1-9]\d{0,6})$/, "expected the index of a leaf")
    .transform(Number)
    .default(0),
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, `expected a number of leaves up to ${BATCH_PAGE}`)
    .transform(Number)
    .refine((value) => value <= BATCH_PAGE, `expected a number of leaves up to ${BATCH_PAGE}`)
    .default(BATCH_PAGE),
});

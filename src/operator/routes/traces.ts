import type { FastifyInstance } from "fastify";

import { errorSchema, traceParams, traceSchema } from "../../api/schemas.ts";
import { FatalError } from "../../errors.ts";
import type { ModelId, ReceiptId } from "../../protocol/ids.ts";
import type { TraceRecord } from "../../protocol/traceRecord.ts";
import type { AnswerJournal } from "../journal.ts";
import { unpackTrace } from "../models/packTrace.ts";

export type TraceRoutesOptions = {
  answers: AnswerJournal;
  /** Whether request and output of a model's answers are not shown. */
  isPrivate: (modelId: ModelId) => Promise<boolean>;
};

/** `GET /v1/traces/{receiptId}`: all tensors of an answer, for whoever replays it. */
export function traceRoutes(app: FastifyInstance, { answers, isPrivate }: TraceRoutesOptions): void {
  app.get<{ Params: { receiptId: ReceiptId } }>(
    "/v1/traces/:receiptId",
    {
      schema: {
        summary: "The trace of an answer: all tensors, and their roots.",
        params: traceParams,
        response: { 200: traceSchema, "4xx": errorSchema, "5xx": errorSchema },
      },
    },
    async ({ params: { receiptId } }): Promise<TraceRecord> => {
      const packed = answers.traceOf(receiptId);
      const stored = packed && answers.answer(receiptId);
      if (stored === undefined)
        throw new FatalError("TRACE_UNKNOWN", `this operator has no trace of receipt ${receiptId}`);
      const { receipt } = stored.signed;
      if (await isPrivate(receipt.modelId)) {
        throw new FatalError("PRIVATE_INPUT", "the model has private input, and the trace would show it");
      }
      return { receipt, ...unpackTrace(packed!) };
    },
  );
}

import type { FastifyInstance } from "fastify";
import { getBytes, hexlify } from "ethers";

import {
  answerRequestSchema,
  answerSchema,
  answerStateSchema,
  errorSchema,
  jobParams,
  modelParams,
  type AnswerRequest,
  type AnswerResponse,
  type AnswerState,
} from "../../api/schemas.ts";
import { FatalError } from "../../errors.ts";
import type { JobId, ModelId } from "../../protocol/ids.ts";
import type { AnswerDesk } from "../answering.ts";
import { refusalOf } from "../apiErrors.ts";
import type { ApiMetrics } from "../apiMetrics.ts";
import type { AnswerJournal, StoredAnswer, StoredBatch } from "../journal.ts";

export type AnswerRoutesOptions = {
  desk: Pick<AnswerDesk, "answer">;
  answers: AnswerJournal;
  metrics: ApiMetrics;
  settings: { readonly offersPublishing: boolean };
};

/** `POST /v1/models/{modelId}/answers` and `GET /v1/answers/{jobId}`. */
export function answerRoutes(app: FastifyInstance, { desk, answers, metrics, settings }: AnswerRoutesOptions): void {
  app.post<{ Params: { modelId: ModelId }; Body: AnswerRequest }>(
    "/v1/models/:modelId/answers",
    {
      schema: {
        summary: "Ask a model. The same job again, however often, returns the same receipt.",
        params: modelParams,
        body: answerRequestSchema,
        response: { 200: answerSchema, "4xx": errorSchema, "5xx": errorSchema },
      },
    },
    async ({ params: { modelId }, body }): Promise<AnswerResponse> => {
      const { requester, nonce, request, beneficiary, coverage, publish = false } = body;
      try {
        if (publish && !settings.offersPublishing) {
          const sentence = "this operator publishes nothing for its customers: ask without, and publish it yourself";
          throw new FatalError("PUBLISHING_NOT_OFFERED", sentence);
        }
        const job = { modelId, request: getBytes(request), requester, nonce, beneficiary, coverage, publish };
        return shown(await desk.answer(job));
      } catch (error) {
        metrics.refused(refusalOf(error).code);
        throw error;
      }
    },
  );

  app.get<{ Params: { jobId: JobId } }>(
    "/v1/answers/:jobId",
    {
      schema: {
        summary: "The receipt of a job, and where its answer stands.",
        params: jobParams,
        response: { 200: answerStateSchema, "4xx": errorSchema, "5xx": errorSchema },
      },
    },
    async ({ params: { jobId } }): Promise<AnswerState> => {
      const stored = answers.answerOfJob(jobId);
      if (stored === undefined) throw new FatalError("JOB_UNKNOWN", `this operator has no answer to job ${jobId}`);
      return stateOf(answers, stored);
    },
  );
}

function shown({ receiptId, signed: { receipt, signature }, request, output }: StoredAnswer): AnswerResponse {
  return { receiptId, receipt, signature, request: hexlify(request), output: hexlify(output) };
}

function stateOf(answers: AnswerJournal, { receiptId, signed, wantsFinal, leaf }: StoredAnswer): AnswerState {
  const now = answers.head()?.timestamp ?? 0;
  const published = answers.publication(receiptId);
  const batch = leaf && answers.batch(leaf.root);
  const { receipt, signature } = signed;
  return {
    ...{ receiptId, receipt, signature, wantsFinal },
    state: published
      ? published.finalAt <= now
        ? "final"
        : "published"
      : unpublishedState(batch, receipt.anchorBy, now),
    ...(batch && {
      batch: {
        ...{ root: batch.batch.root, batchId: batch.batchId, index: leaf.index },
        ...(batch.anchored && { anchoredAt: batch.anchored.anchoredAt, lockEnd: batch.anchored.lockEnd }),
      },
    }),
    ...(published && { publishedAt: published.publishedAt, finalAt: published.finalAt }),
  };
}

function unpublishedState(batch: StoredBatch | undefined, anchorBy: number, now: number): AnswerState["state"] {
  if (batch?.anchored !== undefined && batch.anchored.lockEnd > now) return "anchored";
  return anchorBy > now ? "signed" : "lapsed";
}

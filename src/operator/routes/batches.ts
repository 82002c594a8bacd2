import { hexlify } from "ethers";
import type { FastifyInstance } from "fastify";

import {
  batchPageSchema,
  batchParams,
  errorSchema,
  pageQuery,
  type BatchPage,
  type ShownLeaf,
} from "../../api/schemas.ts";
import { FatalError } from "../../errors.ts";
import type { ModelId } from "../../protocol/ids.ts";
import type { BatchTrees } from "../batchTrees.ts";
import type { AnswerJournal, StoredAnswer } from "../journal.ts";

export type BatchRoutesOptions = {
  answers: AnswerJournal;
  trees: BatchTrees;
  /** Whether request and output of a model's answers are not shown. */
  isPrivate: (modelId: ModelId) => Promise<boolean>;
};

/** `GET /v1/batches/{id}`: the leaves of a batch, page by page. */
export function batchRoutes(app: FastifyInstance, { answers, trees, isPrivate }: BatchRoutesOptions): void {
  app.get<{ Params: { id: string }; Querystring: { from: number; limit: number } }>(
    "/v1/batches/:id",
    {
      schema: {
        summary: "A batch by its root or id, with its leaves, page by page.",
        params: batchParams,
        querystring: pageQuery,
        response: { 200: batchPageSchema, "4xx": errorSchema, "5xx": errorSchema },
      },
    },
    async ({ params: { id }, query: { from, limit } }): Promise<BatchPage> => {
      const stored = answers.batch(id);
      if (stored === undefined) throw new FatalError("BATCH_UNKNOWN", `this operator has no batch ${id}`);
      const { batchId, batch, anchored } = stored;
      const isHidden = await isPrivate(batch.modelId);
      const leaves = answers.leaves(batch.root, from, limit).map((answer) => shown(trees, answer, isHidden));
      const end = from + leaves.length;
      return {
        ...{ batchId, batch, leaves },
        ...(anchored && { anchoredAt: anchored.anchoredAt, lockEnd: anchored.lockEnd }),
        ...(end < batch.count && leaves.length > 0 && { next: end }),
      };
    },
  );
}

function shown(trees: BatchTrees, answer: StoredAnswer, isHidden: boolean): ShownLeaf {
  const { receiptId, signed, request, output } = answer;
  const { index, proof } = trees.leafOf(answer)!; // what has an index is in a batch
  return {
    ...{ index, receiptId, receipt: signed.receipt, signature: signed.signature, proof },
    ...(isHidden ? {} : { request: hexlify(request), output: hexlify(output) }),
  };
}

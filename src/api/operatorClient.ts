import { hexlify, keccak256, type BytesLike } from "ethers";
import type { z } from "zod";

import type { JobId, ModelId, ReceiptId } from "../protocol/ids.ts";
import { jobId } from "../protocol/jobs.ts";
import type { TraceRecord } from "../protocol/traceRecord.ts";
import { JsonFetcher, type FetcherOptions } from "./fetchJson.ts";
import { OperatorRefusedError } from "./operatorErrors.ts";
import {
  BATCH_PAGE,
  answerSchema,
  answerStateSchema,
  batchPageSchema,
  statusSchema,
  traceSchema,
  type AnswerResponse,
  type AnswerState,
  type BatchPage,
  type ShownLeaf,
} from "./schemas.ts";

export type OperatorClientOptions = FetcherOptions & {
  /** Where the operator's API is, without `/v1`; for example its `metadataURI` in OperatorRegistry. */
  url: string;
};

/** One question to an operator. */
export type Question = {
  modelId: ModelId;
  /** Bytes of what the model is asked. */
  request: BytesLike;
  requester: string;
  /** Tells the requester's questions to the model apart; asking with the same again returns the same receipt. */
  nonce: bigint;
  beneficiary: string;
  /** The operator's usual one unless given. Stake token, smallest unit. */
  coverage?: bigint;
  /** The operator should publish the answer, so that it becomes final. */
  publish?: boolean;
};

/** All of a batch that an operator shows. */
export type ShownBatch = Omit<BatchPage, "next">;

/**
 * An operator's HTTP API. What comes back is of the API's form and about what was asked; whether a receipt is worth
 * anything says `verifyReceipt`, and whether leaves are a batch's says its root.
 *
 * All methods throw OperatorUnavailableError (retryable; `retryAfterMs` if the operator said when) and OperatorRefusedError.
 * @example
 * const operator = new OperatorClient({ url: "https://operator.example" });
 * const { receipt, signature, output } = await operator.answer({ modelId, request, requester, nonce: 1n, beneficiary });
 */
export class OperatorClient {
  readonly #fetcher: JsonFetcher;
  readonly #url: string;

  constructor({ url, ...options }: OperatorClientOptions) {
    this.#fetcher = new JsonFetcher(options);
    this.#url = url.replace(/\/+$/u, "");
  }

  /** Asks the operator. */
  async answer(question: Question, signal?: AbortSignal): Promise<AnswerResponse> {
    const { modelId, requester, nonce, beneficiary, coverage, publish } = question;
    const request = hexlify(question.request);
    const body = JSON.stringify({
      ...{ requester, nonce: nonce.toString(), request, beneficiary },
      ...(coverage === undefined ? {} : { coverage: coverage.toString() }),
      ...(publish === undefined ? {} : { publish }),
    });
    const answer = await this.#fetch(`models/${modelId}/answers`, answerSchema, signal, body);
    requireAnswerOf(question, answer);
    return answer;
  }

  /** The receipt of a job, and where its answer stands. */
  async answerOf(job: JobId, signal?: AbortSignal): Promise<AnswerState> {
    const state = await this.#fetch(`answers/${job}`, answerStateSchema, signal);
    requireEqual("job", state.receipt.jobId, job);
    return state;
  }

  /**
   * A page of a batch.
   * @param id Root or batch id.
   * @param from Index of the page's first leaf.
   */
  async batchPage(id: string, from = 0, signal?: AbortSignal): Promise<BatchPage> {
    const page = await this.#fetch(`batches/${id}?from=${from}`, batchPageSchema, signal);
    if (id !== page.batchId) requireEqual("batch", page.batch.root, id);
    for (const [i, { index }] of page.leaves.entries()) requireEqual("index of a leaf", index, from + i);
    return page;
  }

  /**
   * All leaves of a batch, page by page. A batch of a million long answers is as large as it sounds: its operator locked
   * stake for each.
   * @param id Root or batch id.
   * @param count How many there are, as anchored: bounds what is fetched.
   */
  async batch(id: string, count: number, signal?: AbortSignal): Promise<ShownBatch> {
    const { next: _, ...first } = await this.batchPage(id, 0, signal);
    requireEqual("count of the batch", first.batch.count, count);
    requireFull(first, count);
    const leaves: ShownLeaf[] = [...first.leaves];
    while (leaves.length < count) {
      const page = await this.batchPage(id, leaves.length, signal);
      requireFull(page, count - leaves.length);
      leaves.push(...page.leaves);
    }
    return { ...first, leaves };
  }

  /** What the operator keeps of an answer: all tensors. */
  async trace(receiptId: ReceiptId, signal?: AbortSignal): Promise<TraceRecord> {
    return this.#fetch(`traces/${receiptId}`, traceSchema, signal);
  }

  /** Resolves if the operator can answer now. */
  async ready(signal?: AbortSignal): Promise<void> {
    await this.#fetcher.fetch({ url: `${this.#url}/readyz`, schema: statusSchema, signal });
  }

  /** Ends its connections. */
  async close(): Promise<void> {
    await this.#fetcher.close();
  }

  async #fetch<Value>(path: string, schema: z.ZodType<Value>, signal?: AbortSignal, body?: string): Promise<Value> {
    const url = `${this.#url}/v1/${path}`;
    return this.#fetcher.fetch({ url, schema, signal, ...(body === undefined ? {} : { body }) });
  }
}

/**
 * Where the API is whose batches a `dataURI` names, for an `OperatorClient`; undefined if it names something else.
 * @param dataURI Of an anchored batch: a stranger's.
 */
export function operatorUrlOf(dataURI: string): string | undefined {
  return /^(https?:\/\/.+)\/v1\/batches\/0x[0-9a-f]{64}$/iu.exec(dataURI)?.[1];
}

/** An answer to another question is none, whoever signed it. */
function requireAnswerOf(question: Question, { receipt, request, output }: AnswerResponse): void {
  const { modelId, requester, nonce, beneficiary, coverage } = question;
  const asked = hexlify(question.request);
  const inputHash = keccak256(asked);
  requireEqual("request", request, asked);
  requireEqual("model", receipt.modelId, modelId.toLowerCase());
  requireEqual("job", receipt.jobId, jobId({ requester, nonce, modelId, inputHash }));
  requireEqual("hash of the request", receipt.inputHash, inputHash);
  requireEqual("hash of the output", receipt.outputHash, keccak256(output));
  requireEqual("beneficiary", receipt.beneficiary, beneficiary.toLowerCase());
  if (coverage !== undefined) requireEqual("coverage", receipt.coverage, coverage);
}

/** Pages are full but for the last: one leaf a page would be a way to keep us busy. */
function requireFull({ leaves }: BatchPage, missing: number): void {
  requireEqual("leaves of a page", leaves.length, Math.min(missing, BATCH_PAGE));
}

function requireEqual<Value extends string | number | bigint>(what: string, actual: Value, expected: Value): void {
  if (actual === expected) return;
  const shown = [actual, expected].map((value) => String(value).slice(0, 66));
  throw new OperatorRefusedError("OPERATOR_RESPONSE", `${what}: asked for ${shown[1]}, got ${shown[0]}`);
}

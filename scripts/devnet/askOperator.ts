/** Questions to an operator's API, as any program would ask them. */
import { hexlify } from "ethers";

import { type AnswerResponse, answerSchema, type AnswerState, answerStateSchema } from "../../src/api/schemas.ts";

export type JobRequest = {
  readonly requester: string;
  readonly nonce: bigint;
  readonly request: Uint8Array;
  readonly beneficiary: string;
  /** Stake token, smallest unit. */
  readonly coverage?: bigint;
  readonly publish?: boolean;
};

/** @throws Error with the API's code and message if it refuses. */
export async function askOperator(url: string, modelId: string, job: JobRequest): Promise<AnswerResponse> {
  const body = JSON.stringify({
    ...job,
    nonce: String(job.nonce),
    request: hexlify(job.request),
    coverage: job.coverage?.toString(),
  });
  const response = await fetch(`${url}/v1/models/${modelId}/answers`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body,
    signal: AbortSignal.timeout(15_000),
  });
  return answerSchema.parse(await bodyOf(response));
}

/** Where an answer stands. @throws as `askOperator`. */
export async function fetchAnswerState(url: string, jobId: string): Promise<AnswerState> {
  const response = await fetch(`${url}/v1/answers/${jobId}`, { signal: AbortSignal.timeout(15_000) });
  return answerStateSchema.parse(await bodyOf(response));
}

/** Whether the operator shows what is in a batch. */
export async function isBatchShown(url: string, root: string): Promise<boolean> {
  const response = await fetch(`${url}/v1/batches/${root}?limit=1`, { signal: AbortSignal.timeout(15_000) });
  await response.arrayBuffer();
  return response.ok;
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status} of ${response.url}: ${text.slice(0, 300)}`);
  return JSON.parse(text);
}

import { hexlify } from "ethers";

import type { GraphSpec } from "../inference/spec.ts";
import { decodeTensor } from "../inference/tensor.ts";
import type { DenseWeights } from "../inference/weights.ts";
import type { ModelId } from "../protocol/ids.ts";
import { signReceipt, type SignedReceipt } from "../protocol/receipts.ts";
import type { ReceiptSigner } from "../protocol/signers.ts";
import type { Domain } from "../protocol/typedData.ts";
import { runReplayable } from "./models/runReplayable.ts";
import { receiptOf } from "./receiptOf.ts";

/** One question. */
export type Job = {
  /** Bytes of tensor 0. */
  request: Uint8Array;
  /** Who asks; with the nonce it makes the job one of its kind. */
  requester: string;
  nonce: bigint;
  /** Who is paid the coverage if the answer is overturned. */
  beneficiary: string;
  /** Locked for the answer, stake token, smallest unit. */
  coverage: bigint;
};

/** A signed receipt with what it answers. */
export type Answer = SignedReceipt & { readonly request: string; readonly output: string };

export type AnswererParameters = {
  /** The operator's address. */
  operator: string;
  signer: ReceiptSigner;
  /** Domain of AttestationRegistry. */
  domain: Domain;
  modelId: ModelId;
  model: { readonly spec: GraphSpec; readonly weights: readonly DenseWeights[] };
  /** Unix time in seconds, not ahead of the chain's: nothing dated in the future is accepted. */
  now: () => Promise<number>;
  /** How long a receipt can be anchored, seconds; at most a day. */
  anchorWithin: number;
};

/** Runs a replayable model whose request is tensor 0 and signs what it answered. Keeps nothing: a job asked twice is signed twice. */
export class Answerer {
  readonly #parameters: AnswererParameters;

  constructor(parameters: AnswererParameters) {
    this.#parameters = parameters;
  }

  /** @throws TensorMismatchError if the request is not the bytes of tensor 0. */
  async answer({ request, requester, nonce, beneficiary, coverage }: Job): Promise<Answer> {
    const { operator, signer, domain, modelId, model, now, anchorWithin } = this.#parameters;
    const { spec, weights } = model;
    const run = runReplayable({ spec, weights, tensor0: (bytes) => decodeTensor(spec.tensors[0]!, bytes) }, request);
    const receipt = receiptOf({
      ...{ operator, signerId: signer.signerId, modelId, request, requester, nonce, beneficiary, coverage, run },
      ...{ issuedAt: await now(), anchorWithin },
    });
    const signed = await signReceipt(signer, domain, receipt);
    return { ...signed, request: hexlify(request), output: hexlify(run.output) };
  }
}

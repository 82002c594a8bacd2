import type { BytesLike, Signer } from "ethers";

import { send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import { publishedAnswer, type PublishedAnswer } from "../chain/publishedAnswer.ts";
import type { Leaf } from "../protocol/answers.ts";
import type { Deployment } from "../protocol/deployment.ts";

export type PublishAnswerParameters = {
  /** Where the receipt stands in an anchored batch. */
  leaf: Leaf;
  /** The bytes that the receipt's hashes are of; empty for models with private input. */
  request: BytesLike;
  output: BytesLike;
};

/**
 * Publishes the answer at a leaf, by anybody, while the lock of its batch is open. Its time to contest starts.
 * @throws ContractError for example `AnswerExists`, `ReceiptVoid`, `BatchLockOver`, `RequestMismatch`, `ShownTooLong`.
 * @example
 * const leaf = { batch, receipt, index, proof: tree.proof(index) };
 * const { finalAt } = await publishAnswer(signer, deployment, { leaf, request, output });
 */
export async function publishAnswer(
  signer: Signer,
  deployment: Deployment,
  { leaf, request, output }: PublishAnswerParameters,
): Promise<PublishedAnswer> {
  const contracts = contractsOf(deployment, signer);
  const sent = await send(contracts, contracts.attestations.publish, leaf, request, output);
  return publishedAnswer(contracts, sent);
}

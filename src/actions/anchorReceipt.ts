import type { BytesLike, Signer } from "ethers";

import { send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import { publishedAnswer, type PublishedAnswer } from "../chain/publishedAnswer.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { SignedReceipt } from "../protocol/receipts.ts";

export type AnchorReceiptParameters = {
  signed: SignedReceipt;
  /** The bytes that the receipt's hashes are of; empty for models with private input. */
  request: BytesLike;
  output: BytesLike;
};

/**
 * Anchors one receipt and publishes its answer without asking the operator, before `anchorBy`. If too little stake can
 * be locked it locks what there is; see `honour`.
 * @throws ContractError for example `AnswerExists`, `ReceiptVoid`, `SignatureInvalid`, `OperatorLeft`, `OutputMismatch`.
 * @example
 * const { locked, finalAt } = await anchorReceipt(signer, deployment, { signed, request, output });
 */
export async function anchorReceipt(
  signer: Signer,
  deployment: Deployment,
  { signed, request, output }: AnchorReceiptParameters,
): Promise<PublishedAnswer> {
  const contracts = contractsOf(deployment, signer);
  const { receipt, signature } = signed;
  const sent = await send(contracts, contracts.attestations.anchorReceipt, receipt, signature, request, output);
  return publishedAnswer(contracts, sent);
}

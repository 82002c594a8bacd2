import type { BytesLike, Signer } from "ethers";

import { send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { Receipt } from "../protocol/receipts.ts";

export type ProveAnswerParameters = {
  /** Of a published answer. */
  receipt: Receipt;
  /** As the model's proof verifier takes it. */
  proof: BytesLike;
};

/**
 * Records that the model's proof verifier accepts a proof of a published answer: its method `Proven`.
 * @throws ContractError for example `NotProven`, `NoProofVerifier`, `AnswerUnknown`.
 * @example
 * await proveAnswer(signer, deployment, { receipt, proof });
 */
export async function proveAnswer(
  signer: Signer,
  deployment: Deployment,
  { receipt, proof }: ProveAnswerParameters,
): Promise<void> {
  const contracts = contractsOf(deployment, signer);
  await send(contracts, contracts.attestations.prove, receipt, proof);
}

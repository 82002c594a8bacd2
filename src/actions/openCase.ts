import type { BytesLike, Signer } from "ethers";

import { allow } from "../chain/allowance.ts";
import { eventOf, send, translated } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Leaf } from "../protocol/answers.ts";
import type { Deployment } from "../protocol/deployment.ts";
import { parseId, type ReceiptId } from "../protocol/ids.ts";

export type OpenCaseParameters = {
  /** Where the answer stands in an anchored batch; `bareLeaf(receipt)` is enough for one that is published. */
  leaf: Leaf;
  /** Why the answer is wrong: the address of a text, for example `ipfs://…`. */
  evidenceURI: string;
  /** The bytes that the receipt's hashes are of, for an answer that is not published. */
  request?: BytesLike;
  output?: BytesLike;
};

/** Amounts of the stake token, smallest unit. */
export type OpenedCase = {
  /** The receipt's id. */
  caseId: ReceiptId;
  /** Lost if the answer is upheld. */
  bond: bigint;
  /** For the jurors of the first round. */
  fee: bigint;
};

/**
 * Contests an answer before token holders, and publishes it unless somebody has. Approves bond and fee for the
 * DisputeManager first if the allowance is lower.
 * @throws ContractError for example `GroundNotAllowed`, `CaseInState`, `AnswerOver`, `ERC20InsufficientBalance`.
 * @example
 * const { caseId } = await openCase(signer, deployment, { leaf: bareLeaf(receipt), evidenceURI: "ipfs://why" });
 */
export async function openCase(
  signer: Signer,
  deployment: Deployment,
  { leaf, evidenceURI, request = "0x", output = "0x" }: OpenCaseParameters,
): Promise<OpenedCase> {
  const contracts = contractsOf(deployment, signer);
  const { disputes } = contracts;
  const cost = await translated(contracts, () => disputes.openingCost(leaf.receipt));
  await allow(contracts, signer, deployment.disputes, cost.bond + cost.fee);
  const sent = await send(contracts, disputes.open, leaf, request, output, evidenceURI);
  const { caseId, bond, fee } = eventOf<{ caseId: string; bond: bigint; fee: bigint }>(sent, disputes, "CaseOpened");
  return { caseId: parseId(caseId), bond, fee };
}

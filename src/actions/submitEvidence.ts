import type { Signer } from "ethers";

import { send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { ReceiptId } from "../protocol/ids.ts";

export type SubmitEvidenceParameters = {
  caseId: ReceiptId;
  /** Address of a text, for example `ipfs://…`. */
  evidenceURI: string;
};

/**
 * Adds evidence to a case, by anybody, at any time.
 * @returns whether it was in time; what is submitted after the evidence phase is marked as late.
 * @throws ContractError `CaseInPhase` if there is no such case.
 * @example
 * const inTime = await submitEvidence(signer, deployment, { caseId, evidenceURI: "ipfs://why" });
 */
export async function submitEvidence(
  signer: Signer,
  deployment: Deployment,
  { caseId, evidenceURI }: SubmitEvidenceParameters,
): Promise<boolean> {
  const contracts = contractsOf(deployment, signer);
  const sent = await send(contracts, contracts.court.submitEvidence, caseId, evidenceURI);
  return sent.logs.some((log) => contracts.court.interface.parseLog(log)?.name === "Evidence");
}

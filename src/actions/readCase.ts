import type { Provider } from "ethers";

import { translated } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import { readCourtCase, type CourtCase } from "../chain/courtCase.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { ReceiptId } from "../protocol/ids.ts";

export type ReadCaseParameters = {
  /** Id of the receipt that the case is about. */
  caseId: ReceiptId;
};

/**
 * Reads a case at the newest block: phase and deadline, rounds, the ruling that stands, pools, what an appeal costs, and a
 * sentence that says where it stands. `phase` and `state` are `None` if there is no such case.
 * @example
 * const { phase, deadline, ruling, sentence } = await readCase(provider, deployment, { caseId });
 */
export async function readCase(
  provider: Provider,
  deployment: Deployment,
  { caseId }: ReadCaseParameters,
): Promise<CourtCase> {
  const contracts = contractsOf(deployment, provider);
  return translated(contracts, async () => readCourtCase(contracts, caseId, await provider.getBlockNumber()));
}

import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { ReceiptId } from "../protocol/ids.ts";

export type FixSeedParameters = { caseId: ReceiptId };

/**
 * Stores the seed that was asked for, by anybody, in the seeding phase: the panel is known, and votes.
 * @returns the seed, 32 bytes.
 * @throws ContractError for example `CaseInPhase`, `SeedUnknown` (a block too early, or lost: ask again).
 * @example
 * const seed = await fixSeed(signer, deployment, { caseId });
 */
export async function fixSeed(signer: Signer, deployment: Deployment, { caseId }: FixSeedParameters): Promise<string> {
  const contracts = contractsOf(deployment, signer);
  const sent = await send(contracts, contracts.court.fixSeed, caseId);
  return eventOf<{ seed: string }>(sent, contracts.court, "SeedFixed").seed;
}

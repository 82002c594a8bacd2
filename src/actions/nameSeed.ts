import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { ReceiptId } from "../protocol/ids.ts";

export type NameSeedParameters = { caseId: ReceiptId };

/**
 * Asks for the seed of a panel, by anybody, in the seeding phase; `fixSeed` stores it once it is known.
 * @returns the ticket: with seeds from block hashes, the number of the block whose hash it will be.
 * @throws ContractError for example `CaseInPhase`, `SeedNamed`.
 * @example
 * await nameSeed(signer, deployment, { caseId });
 */
export async function nameSeed(
  signer: Signer,
  deployment: Deployment,
  { caseId }: NameSeedParameters,
): Promise<number> {
  const contracts = contractsOf(deployment, signer);
  const sent = await send(contracts, contracts.court.nameSeed, caseId);
  return Number(eventOf<{ ticket: bigint }>(sent, contracts.court, "SeedRequested").ticket);
}

import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import { bareLeaf, type Leaf } from "../protocol/answers.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { SignedReceipt } from "../protocol/receipts.ts";

/** A receipt with its signature, or where it stands in an anchored batch. */
export type SigningEvidence = SignedReceipt | Leaf;

export type SlashEquivocationParameters = { first: SigningEvidence; second: SigningEvidence };

/**
 * Slashes an operator that signed two different answers for one job: takes its standing bond, half of it for the signer
 * of this transaction, and ends the operator for good.
 * @returns the amount taken, stake token, smallest unit; 0 if the bond was gone.
 * @throws ContractError for example `ReceiptsAgree`, `ReceiptsUnrelated`, `EvidenceOutOfTime`, `SlashedAlready`.
 * @example
 * const taken = await slashEquivocation(reporter, deployment, { first: signed, second: otherSigned });
 */
export async function slashEquivocation(
  signer: Signer,
  deployment: Deployment,
  { first, second }: SlashEquivocationParameters,
): Promise<bigint> {
  const contracts = contractsOf(deployment, signer);
  const sent = await send(
    contracts,
    contracts.slashing.slashEquivocation,
    ...evidenceArguments(first),
    ...evidenceArguments(second),
  );
  return eventOf<{ taken: bigint }>(sent, contracts.slashing, "Slashed").taken;
}

function evidenceArguments(evidence: SigningEvidence): [Leaf, string] {
  return "batch" in evidence ? [evidence, "0x"] : [bareLeaf(evidence.receipt), evidence.signature];
}

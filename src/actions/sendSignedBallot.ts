import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { CommittedBallot } from "./commitBallot.ts";
import type { SignedBallot } from "./signBallot.ts";

/**
 * Sends a ballot that a voter or its voting key signed, by anybody.
 * @throws ContractError for example `CaseInPhase`, `CommitOutdated`, `CommitSignatureInvalid` (also if it is of an earlier
 * round), `NoSeats`.
 * @example
 * await sendSignedBallot(relayer, deployment, ballot);
 */
export async function sendSignedBallot(
  signer: Signer,
  deployment: Deployment,
  { commit, signature }: SignedBallot,
): Promise<CommittedBallot> {
  const contracts = contractsOf(deployment, signer);
  const sent = await send(contracts, contracts.court.commitSigned, commit, signature);
  const { weight } = eventOf<{ weight: bigint }>(sent, contracts.court, "Committed");
  return { round: commit.round, commitHash: commit.commitHash, weight: Number(weight) };
}

import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import { prepareBallot } from "../chain/preparedBallot.ts";
import type { CastChoice } from "../protocol/court.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { ReceiptId } from "../protocol/ids.ts";

export type CommitBallotParameters = {
  caseId: ReceiptId;
  choice: CastChoice;
  /** Whose votes count, if the signer is its voting key; the signer unless given. */
  voter?: string;
};

export type CommittedBallot = {
  /** Of the case, from 0. */
  round: number;
  commitHash: string;
  /** Seats, or parts of 2^31 of the total in a full vote. */
  weight: number;
};

/**
 * Votes in the current round, or changes the vote: nobody sees the choice before it is revealed. The signer signs the
 * ballot's secret twice, which `revealBallot` derives again, on any device.
 * @throws ContractError for example `CaseInPhase`, `NoSeats`, `NotSeeded`, `NotVoter`, `NotOptedIn`, `StakeNotLockable`.
 * @throws SignerNotDeterministicError if the wallet could never open the ballot.
 * @example
 * await commitBallot(signer, deployment, { caseId, choice: Choice.AtFault });
 */
export async function commitBallot(
  signer: Signer,
  deployment: Deployment,
  { caseId, choice, voter }: CommitBallotParameters,
): Promise<CommittedBallot> {
  const contracts = contractsOf(deployment, signer);
  const account = voter ?? (await signer.getAddress());
  const prepared = await prepareBallot(contracts, deployment, signer, { caseId, voter: account, choice });
  const { commitHash, cipher, place } = prepared;
  const sent = await send(contracts, contracts.court.commit, caseId, account, commitHash, cipher);
  const { weight } = eventOf<{ weight: bigint }>(sent, contracts.court, "Committed");
  return { round: place.round, commitHash, weight: Number(weight) };
}

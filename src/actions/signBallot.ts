import type { Signer } from "ethers";

import { translated } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import { prepareBallot } from "../chain/preparedBallot.ts";
import { requireProvider } from "../chain/provider.ts";
import { BALLOT, type SignedCommit } from "../protocol/ballots.ts";
import type { CastChoice } from "../protocol/court.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import { credenceDomain } from "../protocol/typedData.ts";

export type SignBallotParameters = {
  caseId: ReceiptId;
  choice: CastChoice;
  /** Whose votes count, if the signer is its voting key; the signer unless given. */
  voter?: string;
};

/** A ballot for somebody else to send; plain JSON. */
export type SignedBallot = { commit: SignedCommit; signature: string };

/**
 * Makes a ballot of the current round that anybody can send, see `sendSignedBallot`: the voter pays no gas. Signs the
 * ballot's secret twice, and the ballot once.
 * @throws as `commitBallot`.
 * @example
 * const ballot = await signBallot(signer, deployment, { caseId, choice: Choice.NotAtFault });
 */
export async function signBallot(
  signer: Signer,
  deployment: Deployment,
  { caseId, choice, voter }: SignBallotParameters,
): Promise<SignedBallot> {
  const contracts = contractsOf(deployment, signer);
  const account = voter ?? (await signer.getAddress());
  const prepared = await prepareBallot(contracts, deployment, signer, { caseId, voter: account, choice });
  const { commitHash, cipher, place } = prepared;
  const signedAt = await translated(contracts, async () => {
    const [block, last] = await Promise.all([
      requireProvider(signer).getBlock("latest"),
      contracts.court.ballotOf(caseId, place.round, account),
    ]);
    // The next block is at least a second later.
    return Math.max(block!.timestamp, Number(last.ballot.signedAt) + 1);
  });
  const commit = { caseId, round: place.round, voter: account, commitHash, cipher, signedAt };
  const { fields } = credenceDomain(place.chainId, deployment.court);
  return { commit, signature: await signer.signTypedData(fields, BALLOT.types, commit) };
}

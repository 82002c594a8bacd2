import { id, type Signer } from "ethers";

import { ballotSecret, type BallotPlace, type BallotSecret } from "../protocol/ballots.ts";
import type { CastChoice } from "../protocol/court.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import { translated } from "./calls.ts";
import type { Contracts } from "./contracts.ts";
import { requireProvider } from "./provider.ts";

/** A ballot that the court would take now from this wallet. */
export type PreparedBallot = { place: BallotPlace; secret: BallotSecret; commitHash: string; cipher: string };

/**
 * Finds out whether the court would take a ballot, before the wallet is asked to sign anything, and makes it.
 * @throws ContractError for example `CaseInPhase`, `NoSeats`, `NotVoter`, `NotOptedIn`, `StakeNotLockable`.
 * @throws SignerNotDeterministicError, EmptySaltError.
 */
export async function prepareBallot(
  contracts: Contracts,
  deployment: Deployment,
  wallet: Signer,
  { caseId, voter, choice }: { caseId: ReceiptId; voter: string; choice: CastChoice },
): Promise<PreparedBallot> {
  await translated(contracts, () => contracts.court.commit.staticCall(caseId, voter, id("any"), "0x"));
  const place = await placeOf(contracts, deployment, wallet, caseId, voter);
  const secret = await ballotSecret(wallet, place);
  return { place, secret, commitHash: secret.commitHash(choice), cipher: await secret.sealNote(choice) };
}

/** Where a ballot of the case's current round is. */
export async function placeOf(
  contracts: Contracts,
  deployment: Deployment,
  wallet: Signer,
  caseId: ReceiptId,
  voter: string,
): Promise<BallotPlace> {
  const [{ chainId }, { round }] = await translated(contracts, () =>
    Promise.all([requireProvider(wallet).getNetwork(), contracts.court.caseOf(caseId)]),
  );
  return { chainId, court: deployment.court, caseId, round: Number(round), voter };
}

import { ZeroHash, type Signer } from "ethers";

import { send, translated } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import { placeOf } from "../chain/preparedBallot.ts";
import { ballotSecret } from "../protocol/ballots.ts";
import { Choice, Phase, type CastChoice } from "../protocol/court.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { ReceiptId } from "../protocol/ids.ts";

export type RevealBallotParameters = {
  caseId: ReceiptId;
  /** Whose ballot it is, if the signer is its voting key; the signer unless given. */
  voter?: string;
};

/**
 * Opens the ballot of the current round, on any device: salt and choice are recovered from the signature of the wallet
 * that committed and from the commit hash on chain; nothing needs to have been kept.
 * @returns the choice.
 * @throws ContractError for example `CaseInPhase`, `NoBallot` (also if it was opened before).
 * @throws BallotNotRecoveredError if another wallet committed it.
 * @example
 * const choice = await revealBallot(signer, deployment, { caseId });
 */
export async function revealBallot(
  signer: Signer,
  deployment: Deployment,
  { caseId, voter }: RevealBallotParameters,
): Promise<CastChoice> {
  const contracts = contractsOf(deployment, signer);
  const { court } = contracts;
  const account = voter ?? (await signer.getAddress());
  const place = await placeOf(contracts, deployment, signer, caseId, account);
  const committed = await translated(contracts, async () => {
    const [{ phase }, { commitHash }] = await Promise.all([
      court.caseOf(caseId),
      court.ballotOf(caseId, place.round, account),
    ]);
    const canReveal = Number(phase) === Phase.Reveal && commitHash !== ZeroHash;
    // The court says why not, before the wallet is asked to sign.
    if (!canReveal) await court.reveal.staticCall(caseId, account, Choice.AtFault, ZeroHash);
    return commitHash;
  });
  const secret = await ballotSecret(signer, place);
  const choice = secret.recoverChoice(committed);
  await send(contracts, court.reveal, caseId, account, choice, secret.salt);
  return choice;
}

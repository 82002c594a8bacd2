import { ZeroHash } from "ethers";

import { translated } from "../chain/calls.ts";
import { placeOf } from "../chain/preparedBallot.ts";
import { BallotNotRecoveredError, ballotSecret, commitHash, type BallotPlace } from "../protocol/ballots.ts";
import { readBallot, type Ballot, type CastChoice } from "../protocol/court.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import type { Juror } from "./juror.ts";

/** The account's ballot in the current round of a case. */
export type Seat = { place: BallotPlace; ballot: Ballot };

/** What opens a ballot. */
export type Opening = { choice: CastChoice; salt: string };

/** Reads the account's seat in a case as it is now. @throws RetryableError `CHAIN_UNREACHABLE`. */
export async function readSeat({ contracts, deployment, signer, account }: Juror, caseId: ReceiptId): Promise<Seat> {
  const place = await placeOf(contracts, deployment, signer, caseId, account);
  const view = await translated(contracts, () => contracts.court.ballotOf(caseId, place.round, account));
  return { place, ballot: readBallot(view.ballot, view.commitHash) };
}

/**
 * Choice and salt of a committed ballot, from the journal or, where it was committed elsewhere, from the key; then the
 * journal has them too. What it returns opens the commit that is in the court: that is checked.
 * @returns undefined if neither can: another wallet committed it.
 */
export async function openingOf(juror: Juror, { place, ballot }: Seat, now: number): Promise<Opening | undefined> {
  const committed = ballot.commitHash;
  if (committed === ZeroHash) return undefined;
  const caseId = place.caseId as ReceiptId;
  const kept = juror.votes
    .ofSeat(caseId, place.round)
    .find(({ choice, salt }) => commitHash({ ...place, choice, salt }) === committed);
  if (kept !== undefined) return kept;
  const secret = await ballotSecret(juror.signer, place);
  try {
    const choice = secret.recoverChoice(committed);
    const { salt } = secret;
    const { round } = place;
    const cipher = await secret.sealNote(choice);
    juror.votes.add({ caseId, round, choice, salt, commitHash: committed, cipher, chosenAt: now, state: "committed" });
    return { choice, salt };
  } catch (error) {
    if (error instanceof BallotNotRecoveredError) return undefined;
    throw error;
  }
}

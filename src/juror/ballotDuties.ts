import { ZeroHash } from "ethers";

import { send } from "../chain/calls.ts";
import type { CourtCase } from "../chain/courtCase.ts";
import { FatalError } from "../errors.ts";
import { Phase } from "../protocol/court.ts";
import { latestVote, sendVote } from "./castVote.ts";
import { nameOfChoice } from "./choices.ts";
import type { Juror } from "./juror.ts";
import { openingOf, readSeat, type Seat } from "./openBallot.ts";
import type { Vote } from "./voteTable.ts";

/**
 * Goes on with a vote that the person chose and a crash or a reorg kept out of the court. What the court has from elsewhere
 * since then is never replaced.
 * @returns whether something was sent.
 * @throws FatalError `VOTE_NOT_SENT` if the court has another, later ballot.
 */
export async function resumeVote(juror: Juror, { caseId }: CourtCase): Promise<boolean> {
  const seat = await readSeat(juror, caseId);
  const vote = latestVote(juror.votes.ofSeat(caseId, seat.place.round));
  if (vote === undefined) return false;
  const { commitHash, signedAt } = seat.ballot;
  if (commitHash === vote.commitHash) {
    if (vote.state === "chosen") juror.votes.mark(vote.id, "committed");
    return false;
  }
  if (commitHash !== ZeroHash && signedAt > vote.chosenAt) throw otherBallot(vote);
  await sendVote(juror, vote);
  return true;
}

function otherBallot({ round, choice }: Vote): FatalError {
  const sentence = `the court has a later ballot in round ${round + 1} than the vote ${nameOfChoice(choice)} that was chosen here: vote again if that one is meant`;
  return new FatalError("VOTE_NOT_SENT", sentence);
}

/**
 * Whether the account's ballot in the current round can be opened here; true if there is none to be opened.
 * @param now Chain time, Unix seconds.
 */
export async function canOpen(juror: Juror, { caseId, phase }: CourtCase, now: number): Promise<boolean> {
  if (phase !== Phase.Commit && phase !== Phase.Reveal) return true;
  const seat = await readSeat(juror, caseId);
  return seat.ballot.commitHash === ZeroHash || (await openingOf(juror, seat, now)) !== undefined;
}

/**
 * Opens the account's ballot of the current round.
 * @returns whether there was one to open.
 * @throws FatalError `BALLOT_NOT_RECOVERED` if neither journal nor key knows choice and salt.
 * @throws ContractError for example `CaseInPhase`, `NoBallot` (somebody else was faster).
 */
export async function reveal(juror: Juror, { caseId }: CourtCase, now: number): Promise<boolean> {
  const { contracts, account, votes } = juror;
  const seat = await readSeat(juror, caseId);
  const { commitHash } = seat.ballot;
  if (commitHash === ZeroHash) return false; // it was opened before
  const opening = await openingOf(juror, seat, now);
  if (opening === undefined) throw notRecovered(seat);
  await send(contracts, contracts.court.reveal, caseId, account, opening.choice, opening.salt);
  for (const vote of votes.ofSeat(caseId, seat.place.round)) {
    if (vote.commitHash === commitHash) votes.mark(vote.id, "revealed");
  }
  return true;
}

function notRecovered({ place, ballot }: Seat): FatalError {
  const sentence = `the ballot ${ballot.commitHash} of round ${place.round + 1} was committed with another key: open it with that one before the deadline, or its risk is lost`;
  return new FatalError("BALLOT_NOT_RECOVERED", sentence);
}

import { ZeroHash } from "ethers";

import { eventOf, send, translated } from "../chain/calls.ts";
import { readHead } from "../chain/head.ts";
import { prepareBallot } from "../chain/preparedBallot.ts";
import { FatalError } from "../errors.ts";
import type { CastChoice } from "../protocol/court.ts";
import { ContractError } from "../protocol/errors.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import { nameOfChoice } from "./choices.ts";
import type { Juror } from "./juror.ts";
import { openingOf, readSeat } from "./openBallot.ts";
import type { Vote } from "./voteTable.ts";

export type CastVoteParameters = {
  caseId: ReceiptId;
  choice: CastChoice;
  /** Whether a vote for something else is to be replaced. */
  mayChange: boolean;
};

/** A ballot that is in the court. */
export type CastVote = {
  caseId: ReceiptId;
  /** From 0. */
  round: number;
  choice: CastChoice;
  commitHash: string;
  /** It was there before. */
  wasThere: boolean;
};

/**
 * Votes as the person says. The court is asked whether it would take the ballot; then choice and salt go into the journal,
 * on disk; only then the commit is sent. The same vote again sends nothing.
 * @throws FatalError `VOTE_DIFFERS` if there is a vote for something else and it may not be changed.
 * @throws ContractError for example `CaseInPhase`, `NoSeats`, `NotVoter`; RetryableError if the chain does not answer:
 * once the vote is in the journal the program goes on sending it.
 */
export async function castVote(juror: Juror, { caseId, choice, mayChange }: CastVoteParameters): Promise<CastVote> {
  const { contracts, deployment, signer, account, votes, provider } = juror;
  const prepared = await prepareBallot(contracts, deployment, signer, { caseId, voter: account, choice });
  const { place, secret, commitHash, cipher } = prepared;
  const { round } = place;
  const { timestamp: now } = await translated(contracts, () => readHead(provider));
  const committed = (await readSeat(juror, caseId)).ballot.commitHash;
  const latest = latestVote(votes.ofSeat(caseId, round));
  if (!mayChange) await requireSame(juror, { caseId, choice, commitHash, committed, latest, now });
  const fresh = { caseId, round, choice, salt: secret.salt, commitHash, cipher, chosenAt: now };
  const isPending = latest?.commitHash === commitHash && latest.state === "chosen";
  if (committed === commitHash && (latest === undefined || latest.commitHash === commitHash)) {
    if (latest === undefined) votes.add({ ...fresh, state: "committed" });
    else votes.mark(latest.id, "committed");
    return { caseId, round, choice, commitHash, wasThere: true };
  }
  const vote = isPending ? latest : votes.add({ ...fresh, state: "chosen" });
  try {
    await sendVote(juror, vote);
  } catch (error) {
    if (error instanceof ContractError) votes.mark(vote.id, "refused"); // the person hears of it
    throw error;
  }
  return { caseId, round, choice, commitHash, wasThere: false };
}

/** Sends the commit of a vote that is in the journal. @throws as `castVote`. */
export async function sendVote({ contracts, account, votes }: Juror, vote: Vote): Promise<void> {
  const { caseId, commitHash, cipher, id } = vote;
  const sent = await send(contracts, contracts.court.commit, caseId, account, commitHash, cipher);
  eventOf(sent, contracts.court, "Committed");
  votes.mark(id, "committed");
}

/** What the person said last, of what the court did not refuse. */
export function latestVote(ofSeat: readonly Vote[]): Vote | undefined {
  return ofSeat.findLast(({ state }) => state !== "refused");
}

type Standing = {
  caseId: ReceiptId;
  choice: CastChoice;
  commitHash: string;
  /** In the court; zero word if nothing. */
  committed: string;
  /** In the journal. */
  latest: Vote | undefined;
  /** Chain time, Unix seconds. */
  now: number;
};

async function requireSame(juror: Juror, standing: Standing): Promise<void> {
  const { caseId, choice, commitHash, committed, latest, now } = standing;
  const isOther = latest !== undefined && latest.choice !== choice;
  if (!isOther && (committed === ZeroHash || committed === commitHash)) return;
  const there = isOther ? latest.choice : (await openingOf(juror, await readSeat(juror, caseId), now))?.choice;
  const said = there === undefined ? "with another key" : nameOfChoice(there);
  throw new FatalError(
    "VOTE_DIFFERS",
    `the account has voted ${said} in this round: add --change to replace that vote`,
  );
}

import { ZeroHash } from "ethers";

import { describeBallot, describeRuling, describeWeight } from "../protocol/caseSentences.ts";
import { Choice, Phase, readBallot, type Ballot } from "../protocol/court.ts";
import { ContractError, formatAmount, formatTime, shorten, type TokenUnit } from "../protocol/errors.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import { CaseState, type Ruling } from "../protocol/rulings.ts";
import { translated } from "./calls.ts";
import type { Contracts } from "./contracts.ts";
import type { CourtCase } from "./courtCase.ts";

/** What there is to do, each by the action of its name. */
export type DutyKind =
  | "nameSeed" // anybody
  | "fixSeed" // anybody
  | "commitBallot"
  | "revealBallot"
  | "claimBallot"
  | "settleCase"
  | "withdrawContribution";

export type Duty = {
  kind: DutyKind;
  caseId: ReceiptId;
  /** Of the case, from 0. */
  round: number;
  /** When it is too late, Unix time in seconds; 0: never. */
  deadline: number;
  /** Of the pool to withdraw from; undefined for all else. */
  asked?: Ruling;
  /** For a person. */
  sentence: string;
};

/** An account in a case, at one block. */
export type DutyView = {
  contracts: Contracts;
  account: string;
  block: number;
  unit: TokenUnit | undefined;
  /** As it was at that block. */
  subject: CourtCase;
};

/**
 * What an account should do in one case, in no order.
 * @param parties Operator and opener of the case.
 */
export async function caseDuties(view: DutyView, parties: readonly string[]): Promise<Duty[]> {
  const [seed, commit, reveal, claims, withdrawals] = await Promise.all([
    seedDuty(view),
    commitDuty(view),
    revealDuty(view),
    claimDuties(view),
    withdrawalDuties(view),
  ]);
  return [...seed, ...commit, ...reveal, ...claims, ...settleDuty(view, parties), ...withdrawals];
}

/** `sentence` is completed by the case's name. */
function duty({ subject }: DutyView, kind: DutyKind, round: number, sentence: (name: string) => string): Duty {
  const hasDeadline = !["claimBallot", "settleCase", "withdrawContribution"].includes(kind);
  const deadline = hasDeadline ? subject.deadline : 0;
  return { kind, caseId: subject.caseId, round, deadline, sentence: sentence(`case ${shorten(subject.caseId)}`) };
}

/** Asks the court itself whether it would take the call in the next block: only it knows what its source of seeds says. */
async function seedDuty(view: DutyView): Promise<Duty[]> {
  const { contracts, subject } = view;
  if (subject.phase !== Phase.Seeding) return [];
  const { round } = subject;
  const until = `before ${formatTime(subject.deadline)}, or nobody has a seat.`;
  const [canFix, canName] = await Promise.all([
    isTaken(contracts, () => contracts.court.fixSeed.staticCall(subject.caseId, { blockTag: "pending" })),
    isTaken(contracts, () => contracts.court.nameSeed.staticCall(subject.caseId, { blockTag: "pending" })),
  ]);
  if (canFix) {
    return [duty(view, "fixSeed", round, (name) => `Fix the seed of round ${round + 1} of ${name} ${until}`)];
  }
  if (!canName) return []; // asked for, and not known yet
  return [duty(view, "nameSeed", round, (name) => `Ask for the seed of round ${round + 1} of ${name} ${until}`)];
}

async function isTaken(contracts: Contracts, call: () => Promise<unknown>): Promise<boolean> {
  try {
    await translated(contracts, call);
    return true;
  } catch (error) {
    if (error instanceof ContractError) return false;
    throw error;
  }
}

async function ballotIn({ contracts, account, block, subject }: DutyView, round: number): Promise<Ballot> {
  const view = await contracts.court.ballotOf(subject.caseId, round, account, { blockTag: block });
  return readBallot(view.ballot, view.commitHash);
}

async function commitDuty(view: DutyView): Promise<Duty[]> {
  const { contracts, account, block, unit, subject } = view;
  if (subject.phase !== Phase.Commit) return [];
  const { round } = subject;
  const [{ weight, risk }, ballot] = await Promise.all([
    contracts.court.weightOf(subject.caseId, account, { blockTag: block }),
    ballotIn(view, round),
  ]);
  if (weight === 0n || ballot.weight > 0) return [];
  const held = describeWeight(Number(weight), subject.terms.rounds[round]!.seats);
  const rest = `vote before ${formatTime(subject.deadline)}; a ballot locks ${formatAmount(risk, unit)}.`;
  return [duty(view, "commitBallot", round, (name) => `You hold ${held} in ${name}: ${rest}`)];
}

async function revealDuty(view: DutyView): Promise<Duty[]> {
  const { subject, unit } = view;
  if (subject.phase !== Phase.Reveal) return [];
  const ballot = await ballotIn(view, subject.round);
  if (ballot.commitHash === ZeroHash) return [];
  return [ballotDuty(view, "revealBallot", subject.round, ballot, unit)];
}

/** A ballot that was never opened in a case that was decided has nothing to claim. */
async function claimDuties(view: DutyView): Promise<Duty[]> {
  const { subject, unit } = view;
  if (subject.phase !== Phase.Final && subject.phase !== Phase.Ended) return [];
  const ballots = await Promise.all(subject.rounds.map((_, round) => ballotIn(view, round)));
  return ballots.flatMap((ballot, round) => {
    const isLost = subject.phase === Phase.Final && ballot.choice === Choice.None;
    return ballot.weight === 0 || isLost ? [] : [ballotDuty(view, "claimBallot", round, ballot, unit)];
  });
}

function ballotDuty(view: DutyView, kind: DutyKind, round: number, ballot: Ballot, unit: TokenUnit | undefined): Duty {
  const said = describeBallot({ case: view.subject, round, ballot }, unit);
  return duty(view, kind, round, (name) => `Round ${round + 1} of ${name}: ${said}`);
}

/** Whoever has money in it: opener and operator, and those who financed an appeal, who withdraw after. */
function settleDuty(view: DutyView, parties: readonly string[]): Duty[] {
  const { account, subject } = view;
  const isParty = parties.some((party) => party.toLowerCase() === account.toLowerCase());
  if (!isParty || subject.phase !== Phase.Final || subject.state !== CaseState.Open) return [];
  const ruling = describeRuling(subject.ruling!);
  return [duty(view, "settleCase", subject.round, (name) => `Settle ${name}: it is decided that ${ruling}.`)];
}

async function withdrawalDuties(view: DutyView): Promise<Duty[]> {
  const { contracts, account, block, unit, subject } = view;
  const { caseId, phase, state, round: current } = subject;
  const isOpen = phase < Phase.Final;
  const found = await Promise.all(
    subject.pools.map(async ({ round, asked, raised, payout, funded }) => {
      const isFree = funded ? state === CaseState.Settled : !(isOpen && current < round);
      if (!isFree || raised === 0n) return [];
      const own = await contracts.disputes.contributionOf(caseId, round, asked, account, { blockTag: block });
      const amount = funded ? (payout * own) / raised : own;
      if (amount === 0n) return [];
      const text = (name: string) =>
        `Withdraw ${formatAmount(amount, unit)} from the appeal to round ${round + 1} of ${name} that asked to find that ${describeRuling(asked)}.`;
      return [{ ...duty(view, "withdrawContribution", round, text), asked }];
    }),
  );
  return found.flat();
}

import type { ICourt } from "../../typechain-types/contracts/court/Court.ts";

/** Where a case stands. */
export const Phase = {
  /** There is no such case. */
  None: 0,
  Evidence: 1,
  Seeding: 2,
  Commit: 3,
  Reveal: 4,
  Appeal: 5,
  Final: 6,
  /** Something else than the court settled it. */
  Ended: 7,
} as const;
export type Phase = (typeof Phase)[keyof typeof Phase];

/** What a ballot says; zero is no choice. */
export const Choice = { None: 0, AtFault: 1, NotAtFault: 2, CannotDecide: 3 } as const;
export type Choice = (typeof Choice)[keyof typeof Choice];
/** What a ballot can be cast for. */
export type CastChoice = Exclude<Choice, typeof Choice.None>;

/** What one round is like. Times in seconds. */
export type RoundTerms = {
  /** Expected seats of the panel; 0: everybody enrolled votes. */
  seats: number;
  /** At most; 0 if everybody votes. */
  seeding: number;
  commit: number;
  reveal: number;
  /** 0 in the last round. */
  appeal: number;
  /** For the jurors of the round together, stake token, smallest unit. */
  fee: bigint;
  /** What a seat locks, in fees of a seat; 0 if everybody votes. */
  seatRiskFees: number;
  /** What a full vote locks, of the votes, in basis points; 0 for a panel. */
  voteRiskBps: number;
};

/** What a case is like. A model names one of the court's configs by number; none ever changes. */
export type CourtConfig = {
  /** Seconds. */
  evidence: number;
  /** One to three. */
  rounds: RoundTerms[];
};

/** A case at one moment. Times in Unix seconds. */
export type CaseClock = {
  phase: Phase;
  /** When the phase ends; 0: it does not. */
  deadline: number;
  /** The current one, from 0. */
  round: number;
  openedAt: number;
  /** Votes in all at the snapshot, at least the court's floor. */
  total: bigint;
  /** Number of the config. */
  config: number;
};

/** A round's count. Weights are seats, or parts of 2^31 of the total in a full vote. Times in Unix seconds. */
export type RoundTally = {
  /** Zero word: not fixed. */
  seed: string;
  /** Which seed was asked for; 0: none. */
  ticket: number;
  /** When an appeal opened it; 0 for the first. */
  startedAt: number;
  /** 0: not fixed. */
  seededAt: number;
  committed: number;
  atFault: number;
  notAtFault: number;
  cannotDecide: number;
};

/** An account's ballot in one round; of weight 0 if there is none, or it was settled. */
export type Ballot = {
  /** Seats, or parts of 2^31 of the total in a full vote. */
  weight: number;
  /** Locked in the vault, stake token, smallest unit. */
  risk: bigint;
  /** Of the last commit, Unix seconds. */
  signedAt: number;
  /** `None` until it is revealed. */
  choice: Choice;
  /** Zero word once it is revealed. */
  commitHash: string;
};

/** A contract's config in the types of this package. */
export function readConfig(output: ICourt.ConfigStructOutput): CourtConfig {
  return {
    evidence: Number(output.evidence),
    rounds: output.rounds.map(({ seats, seeding, commit, reveal, appeal, fee, seatRiskFees, voteRiskBps }) => ({
      seats: Number(seats),
      seeding: Number(seeding),
      commit: Number(commit),
      reveal: Number(reveal),
      appeal: Number(appeal),
      fee,
      seatRiskFees: Number(seatRiskFees),
      voteRiskBps: Number(voteRiskBps),
    })),
  };
}

/** A contract's case in the types of this package. */
export function readClock(output: ICourt.CaseViewStructOutput): CaseClock {
  return {
    phase: Number(output.phase) as Phase,
    deadline: Number(output.deadline),
    round: Number(output.round),
    openedAt: Number(output.openedAt),
    total: output.total,
    config: Number(output.config),
  };
}

/** A contract's round in the types of this package. */
export function readTally(output: ICourt.RoundViewStructOutput): RoundTally {
  return {
    seed: output.seed,
    ticket: Number(output.ticket),
    startedAt: Number(output.startedAt),
    seededAt: Number(output.seededAt),
    committed: Number(output.committed),
    atFault: Number(output.atFault),
    notAtFault: Number(output.notAtFault),
    cannotDecide: Number(output.cannotDecide),
  };
}

/** A contract's ballot and its commit hash in the types of this package. */
export function readBallot(output: ICourt.BallotStructOutput, commitHash: string): Ballot {
  return {
    weight: Number(output.weight),
    risk: output.risk,
    signedAt: Number(output.signedAt),
    choice: Number(output.choice) as Choice,
    commitHash,
  };
}

/** What an operator may do; computed by the registry from stored facts and the clock. */
export const OperatorStatus = {
  /** Never registered. */
  None: 0,
  Active: 1,
  Jailed: 2,
  Retired: 3,
  /** Out for good. */
  Tombstoned: 4,
} as const;
export type OperatorStatus = (typeof OperatorStatus)[keyof typeof OperatorStatus];

/** The time that contracts give for "no end": the maximum of uint40. */
export const OPEN_ENDED = 2 ** 40 - 1;

/** Seconds in which a receipt can be anchored; opting out and lowering an exposure cap take as long. */
export const RECEIPT_LIFE = 86_400;

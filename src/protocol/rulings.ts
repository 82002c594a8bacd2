/** How a contested answer was decided. */
export const Ruling = {
  /** Nobody could say. */
  Undecided: 0,
  /** The operator is at fault. */
  Overturned: 1,
  /** It is not. */
  Upheld: 2,
} as const;
export type Ruling = (typeof Ruling)[keyof typeof Ruling];

/** Money of a case. `Open` also while the clock has decided and nobody has settled yet. */
export const CaseState = { None: 0, Open: 1, Settled: 2 } as const;
export type CaseState = (typeof CaseState)[keyof typeof CaseState];

/** For what an operator is punished. */
export const Offence = {
  /** Ruled at fault. */
  FalseAnswer: 0,
  /** Its clock ran out in a game. */
  Unresponsive: 1,
  /** Two different answers signed for one job. */
  Equivocation: 2,
  /** A promise not made whole in time. */
  Dishonoured: 3,
} as const;
export type Offence = (typeof Offence)[keyof typeof Offence];

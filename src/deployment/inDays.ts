const DAY = 86_400;

/** Seconds for a sentence: as they are, and in days to two digits, such as "5400 s (0.06 d)". */
export const inDays = (seconds: number): string =>
  `${String(seconds)} s (${String(Math.round((seconds / DAY) * 100) / 100)} d)`;

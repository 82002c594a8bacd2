/** What the exit code of `credence` says. */
export const ExitCode = {
  Done: 0,
  /** It will fail again until something is changed. */
  Failed: 1,
  /** The command line or the configuration is wrong. */
  Usage: 2,
  /** It may work later: something did not answer. */
  TryAgain: 3,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

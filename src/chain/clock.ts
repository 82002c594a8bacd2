/** Elapsed time, passed in so that tests can stand in for it. What the chain's time is, only `Head.timestamp` says. */
export type Clock = {
  /** Milliseconds since any fixed moment; never goes back, whatever the host's clock does. */
  monotonic: () => number;
  /** Resolves after `ms` milliseconds; rejects with the signal's reason when that is aborted first. */
  sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
};

/** Where what a person may want to know is written; pino's loggers are of this type. */
export type ChainLog = {
  info: (details: object, message: string) => void;
  warn: (details: object, message: string) => void;
};

/** Says nothing. */
export const silent: ChainLog = { info: () => undefined, warn: () => undefined };

/** Base of every error this package throws on purpose. `code` is stable and made for programs, `message` is for people. */
export abstract class CredenceError extends Error {
  /** Stable identifier of the fault, in capitals, for example `INVALID_SPEC`. */
  readonly code: string;

  /** @param options - `cause` keeps the error that led to this one. */
  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** The same call may succeed later: a connection was lost, a block is not there yet. The only kind that is retried. */
export class RetryableError extends CredenceError {}

/** The same call will fail again: the input, the configuration or the state is wrong. */
export class FatalError extends CredenceError {}

import { FatalError, RetryableError } from "../errors.ts";

/**
 * An operator did not answer, or said that it cannot now. `code` is one of `API_ERRORS`, or `OPERATOR_UNREACHABLE`,
 * `OPERATOR_TIMEOUT`, `OPERATOR_FAILED`.
 */
export class OperatorUnavailableError extends RetryableError {
  /** After which to ask again, milliseconds, at most an hour; undefined if the operator did not say. */
  readonly retryAfterMs: number | undefined;

  constructor(code: string, message: string, retryAfterMs?: number, options?: ErrorOptions) {
    super(code, message, options);
    this.retryAfterMs = retryAfterMs;
  }
}

/**
 * An operator refused, or what it sent is not what was asked for. `code` is one of `API_ERRORS`, or `OPERATOR_REFUSED`,
 * `OPERATOR_RESPONSE` (not of the API's form, or not about what was asked), `RESPONSE_TOO_LARGE`, `ADDRESS_REFUSED` (a URL that
 * this program does not fetch).
 */
export class OperatorRefusedError extends FatalError {}

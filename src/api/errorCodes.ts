/** Every code with which the operator's API refuses, and the HTTP status that goes with it. */
export const API_ERRORS = {
  /* The request is wrong: the same again is refused again. */
  REQUEST_MALFORMED: 400,
  /** The request's bytes are no input of the model. */
  REQUEST_REFUSED: 400,
  /** Request and output together are longer than what can be published. */
  TOO_LONG_TO_SHOW: 400,
  /** Nobody could contest an answer of a model with private input that names no beneficiary. */
  BENEFICIARY_MISSING: 400,
  /** Below the model's minimum or above what the operator backs an answer with. */
  COVERAGE_RANGE: 400,
  /** Answers of a model with private input are not shown. */
  PRIVATE_INPUT: 403,
  /** The operator publishes nothing for its customers. */
  PUBLISHING_NOT_OFFERED: 403,
  NOT_FOUND: 404,
  MODEL_UNKNOWN: 404,
  JOB_UNKNOWN: 404,
  BATCH_UNKNOWN: 404,
  TRACE_UNKNOWN: 404,
  /** The body came too slowly. */
  REQUEST_TIMEOUT: 408,
  /** The requester's nonce has an answer to another request. */
  JOB_OTHER_INPUT: 409,
  /** The same question with another beneficiary or coverage. */
  JOB_OTHER_TERMS: 409,
  BODY_TOO_LARGE: 413,
  CONTENT_TYPE: 415,
  HEADERS_TOO_LARGE: 431,

  /* The same may go well later. */
  RATE_LIMITED: 429,
  INTERNAL: 500,
  /** The model's worker, or the service that the operator asks, failed. */
  MODEL_FAILED: 502,
  /** As much is being answered as the operator takes on at once. */
  BUSY: 503,
  CHAIN_STALE: 503,
  /** Too little stake is free for what the receipt would promise. */
  COVERAGE_STAKE: 503,
  /** The exposure cap leaves too little for what the receipt would promise. */
  COVERAGE_CAP: 503,
  JOURNAL_FULL: 503,
  JOURNAL_FAILED: 503,
  /** The chain takes no answers for the model: it is deprecated, or the operator does not host it. */
  MODEL_NOT_SERVED: 503,
  /** The operator, or its key, may not sign now. */
  NOT_ACTIVE: 503,
  /** The program is starting: it does not know yet what became of its last transactions. */
  NOT_READY: 503,
  SHUTTING_DOWN: 503,
  SIGNING_FAILED: 503,
  MODEL_TIMEOUT: 504,
} as const;

/** See `API_ERRORS`. */
export type ApiErrorCode = keyof typeof API_ERRORS;

/** Whether the text is one of the API's codes. */
export function isApiErrorCode(text: string): text is ApiErrorCode {
  return Object.hasOwn(API_ERRORS, text);
}

import type { FastifyError, FastifyReply } from "fastify";

import { API_ERRORS, isApiErrorCode, type ApiErrorCode } from "../api/errorCodes.ts";
import { CredenceError } from "../errors.ts";

/** A refusal as it leaves the server. */
export type Refusal = { code: ApiErrorCode; message: string };

/** When to ask again, seconds, for what may pass. */
const RETRY_AFTER: Partial<Record<ApiErrorCode, number>> = {
  BUSY: 1,
  CHAIN_STALE: 5,
  COVERAGE_CAP: 60,
  COVERAGE_STAKE: 60,
  JOURNAL_FAILED: 30,
  JOURNAL_FULL: 60,
  MODEL_FAILED: 5,
  MODEL_NOT_SERVED: 300,
  MODEL_TIMEOUT: 5,
  NOT_ACTIVE: 300,
  NOT_READY: 2,
  SHUTTING_DOWN: 10,
  SIGNING_FAILED: 5,
};

/** What a status of the HTTP server means in the API's words. */
const BY_STATUS: Readonly<Record<number, Refusal>> = {
  404: { code: "NOT_FOUND", message: "there is nothing under this address: see /openapi.json" },
  408: { code: "REQUEST_TIMEOUT", message: "the request came too slowly" },
  413: { code: "BODY_TOO_LARGE", message: "the body is longer than this operator takes" },
  415: { code: "CONTENT_TYPE", message: "expected a body of application/json" },
  431: { code: "HEADERS_TOO_LARGE", message: "the headers are longer than this operator takes" },
};

/** What is said of an error; nothing of one that was not foreseen, for it may tell what is nobody's business. */
export function refusalOf(error: unknown): Refusal {
  if (error instanceof CredenceError) {
    const { code, message } = error;
    if (isApiErrorCode(code)) return { code, message };
    if (code.startsWith("JOURNAL_"))
      return { code: "JOURNAL_FAILED", message: "the operator's journal cannot be used" };
    if (code === "CHAIN_UNREACHABLE") return { code: "CHAIN_STALE", message: "the operator's node does not answer" };
    return INTERNAL;
  }
  const status = error instanceof Error && "statusCode" in error ? (error as FastifyError).statusCode : undefined;
  if (status === undefined || status < 400 || status >= 500) return INTERNAL;
  return BY_STATUS[status] ?? { code: "REQUEST_MALFORMED", message: (error as FastifyError).message };
}

const INTERNAL: Refusal = { code: "INTERNAL", message: "the operator's program failed at this; it is in its log" };

/** Sends a refusal, with the status that its code has. */
export function sendRefusal(reply: FastifyReply, { code, message }: Refusal): FastifyReply {
  const retryAfter = RETRY_AFTER[code];
  if (retryAfter !== undefined) void reply.header("retry-after", retryAfter.toString());
  return reply.code(API_ERRORS[code]).send({ code, message });
}

/** The refusal of a request that is not HTTP enough to have a reply, as bytes. */
export function rawRefusal(code: ApiErrorCode, message: string): string {
  const body = JSON.stringify({ code, message });
  const status = `${API_ERRORS[code]} ${code === "REQUEST_TIMEOUT" ? "Request Timeout" : "Bad Request"}`;
  const headers = `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close`;
  return `HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${body}`;
}

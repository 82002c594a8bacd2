import rateLimit from "@fastify/rate-limit";
import Fastify, { type FastifyInstance, type FastifySchemaCompiler } from "fastify";
import type { Logger } from "pino";
import type { z } from "zod";

import { FatalError, RetryableError } from "../errors.ts";
import { encodeJson } from "../protocol/receiptJson.ts";
import { documentApi } from "./apiDocument.ts";
import { rawRefusal, refusalOf, sendRefusal } from "./apiErrors.ts";
import type { ApiMetrics } from "./apiMetrics.ts";
import { answerRoutes, type AnswerRoutesOptions } from "./routes/answers.ts";
import { batchRoutes, type BatchRoutesOptions } from "./routes/batches.ts";
import { statusRoutes, type StatusRoutesOptions } from "./routes/status.ts";
import { traceRoutes, type TraceRoutesOptions } from "./routes/traces.ts";

/** How the API is served. */
export type ServerSettings = {
  offersPublishing: boolean;
  host: string;
  /** 0: one that is free. */
  port: number;
  /** Of a request's body, bytes. */
  bodyLimit: number;
  /** Requests of one address (of IPv6: one /64) in a span of time; `/healthz`, `/readyz` and `/metrics` do not count. */
  rateLimit: { max: number; perSeconds: number };
  /** In which a request's headers and body must have come, seconds. */
  requestSeconds: number;
  /** Connections at a time. */
  maxConnections: number;
  /** Addresses of proxies whose `X-Forwarded-For` is believed; none if empty. */
  trustProxy: readonly string[];
};

export type ServerOptions = AnswerRoutesOptions &
  BatchRoutesOptions &
  TraceRoutesOptions &
  StatusRoutesOptions & { settings: ServerSettings; metrics: ApiMetrics; log: Logger };

/** A server that listens. */
export type ApiServer = {
  readonly url: string;
  /** Refuses new requests, and resolves when those that came before are answered, or the time is over. */
  close(withinMs: number): Promise<void>;
};

const MAX_HEADER_BYTES = 16_384;
/** How often Node looks for requests that come too slowly. */
const CHECK_MS = 500;
/** Of a connection on which nothing happens, and no request is waiting for its answer. */
const KEEP_ALIVE_MS = 10_000;

/** The operator's HTTP API, which does not listen yet. */
async function buildServer(options: ServerOptions): Promise<FastifyInstance> {
  const { settings, metrics, log } = options;
  const app = Fastify({
    logger: false,
    bodyLimit: settings.bodyLimit,
    requestTimeout: settings.requestSeconds * 1_000,
    keepAliveTimeout: KEEP_ALIVE_MS,
    return503OnClosing: false, // the hook below says it in the API's form
    forceCloseConnections: "idle",
    trustProxy: settings.trustProxy.length === 0 ? false : [...settings.trustProxy],
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 128 },
    http: {
      headersTimeout: settings.requestSeconds * 1_000,
      connectionsCheckingInterval: CHECK_MS,
      maxHeaderSize: MAX_HEADER_BYTES,
    },
    clientErrorHandler: (error, socket) => {
      if (socket.writable) socket.write(clientRefusal(error));
      socket.destroy();
    },
    frameworkErrors: (error, _request, reply) => {
      void sendRefusal(reply, refusalOf(error));
    },
  });
  app.server.maxConnections = settings.maxConnections;
  app.removeContentTypeParser("text/plain");
  app.setValidatorCompiler(validator as FastifySchemaCompiler<unknown>);
  app.setSerializerCompiler(() => (value) => encodeJson(value as object));
  app.setErrorHandler((error, request, reply) => {
    const refusal = refusalOf(error);
    if (refusal.code === "INTERNAL") log.error({ err: error, route: request.routeOptions.url }, "a request failed");
    return sendRefusal(reply, refusal);
  });
  app.addHook("onResponse", (request, reply, done) => {
    metrics.observe(request.routeOptions.url ?? "none", reply.statusCode, reply.elapsedTime);
    done();
  });
  await limitRates(app, settings.rateLimit);
  await documentApi(app);
  app.setNotFoundHandler({ preHandler: app.rateLimit() }, () => {
    throw new FatalError("NOT_FOUND", "there is nothing under this address: see /openapi.json");
  });
  answerRoutes(app, options);
  batchRoutes(app, options);
  traceRoutes(app, options);
  statusRoutes(app, options);
  await app.ready();
  return app;
}

/**
 * Serves the API.
 * @throws FatalError `API_NOT_SERVED` if the port is taken.
 */
export async function startServer(options: ServerOptions): Promise<ApiServer> {
  const app = await buildServer(options);
  const { host, port } = options.settings;
  let isClosing = false;
  app.server.prependListener("request", (_request, response) => {
    if (isClosing) response.setHeader("connection", "close");
  });
  const url = await app.listen({ host, port }).catch((cause: unknown) => {
    const sentence = `the API cannot listen on ${host}:${port}: ${cause instanceof Error ? cause.message : String(cause)}`;
    throw new FatalError("API_NOT_SERVED", sentence, { cause });
  });
  return {
    url,
    async close(withinMs) {
      isClosing = true;
      const timer = setTimeout(() => {
        app.server.closeAllConnections();
      }, withinMs);
      await app.close();
      clearTimeout(timer);
    },
  };
}

async function limitRates(app: FastifyInstance, { max, perSeconds }: ServerSettings["rateLimit"]): Promise<void> {
  await app.register(rateLimit, {
    max,
    timeWindow: perSeconds * 1_000,
    ipv6Subnet: 64,
    errorResponseBuilder: (_request, { max: allowed }) =>
      new RetryableError("RATE_LIMITED", `more than ${allowed} requests in ${perSeconds} s from one address`),
  });
}

/** Zod validates, so that handlers get what the schemas' transformations make of it. */
function validator({ schema }: { schema: z.ZodType }) {
  return (data: unknown): { value: unknown } | { error: Error } => {
    const result = schema.safeParse(data);
    if (result.success) return { value: result.data };
    const issues = result.error.issues.map(({ path, message }) => `${path.map(String).join(".") || "it"}: ${message}`);
    return { error: new FatalError("REQUEST_MALFORMED", issues.join("; ").slice(0, 1_000)) };
  };
}

function clientRefusal({ code }: { code: string }): string {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return rawRefusal("REQUEST_TIMEOUT", "the request came too slowly");
  if (code === "HPE_HEADER_OVERFLOW") return rawRefusal("HEADERS_TOO_LARGE", "the headers are too long");
  return rawRefusal("REQUEST_MALFORMED", "this is not HTTP");
}

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { Registry, collectDefaultMetrics } from "prom-client";

import { FatalError } from "../errors.ts";

export type ServeMetricsOptions = {
  registry: Registry;
  host: string;
  /** 0: one that is free. */
  port: number;
  /** What keeps the program from working, in one sentence; undefined if nothing does. */
  trouble: () => string | undefined;
};

/** A place from which metrics can be read. */
export type MetricsEndpoint = { readonly url: string; close(): Promise<void> };

const REQUEST_MS = 5_000;

/** A registry with what Node knows of the process: memory, event loop, file handles. */
export function createMetrics(program: string): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ program });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/**
 * Serves `/metrics` in the format of Prometheus, and `/healthz`: 200, or 503 with the reason.
 * @throws FatalError `METRICS_NOT_SERVED` if the port is taken.
 */
export async function serveMetrics({ registry, host, port, trouble }: ServeMetricsOptions): Promise<MetricsEndpoint> {
  const server = createServer({ requestTimeout: REQUEST_MS, headersTimeout: REQUEST_MS }, (request, response) => {
    const answer = (status: number, type: string, body: string): void => {
      response.writeHead(status, { "content-type": type, "cache-control": "no-store" }).end(body);
    };
    const json = (status: number, body: object): void => {
      answer(status, "application/json", JSON.stringify(body));
    };
    if (request.method !== "GET") {
      json(405, { code: "METHOD_NOT_ALLOWED", message: "expected GET" });
    } else if (request.url === "/metrics") {
      registry.metrics().then(
        (text) => {
          answer(200, registry.contentType, text);
        },
        (error: unknown) => {
          json(500, { code: "METRICS_FAILED", message: String(error) });
        },
      );
    } else if (request.url === "/healthz") {
      const reason = trouble();
      json(reason === undefined ? 200 : 503, reason === undefined ? { status: "ok" } : { status: "failing", reason });
    } else {
      json(404, { code: "NOT_FOUND", message: "there are /metrics and /healthz" });
    }
  });
  await listen(server, host, port);
  const { port: bound } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${bound}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (cause) => {
      reject(new FatalError("METRICS_NOT_SERVED", `no metrics on ${host}:${port}: ${cause.message}`, { cause }));
    });
    server.listen({ host, port }, resolve);
  });
}

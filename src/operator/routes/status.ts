import type { FastifyInstance } from "fastify";
import type { Registry } from "prom-client";

import { errorSchema, statusSchema } from "../../api/schemas.ts";
import type { AnswerDesk } from "../answering.ts";

export type StatusRoutesOptions = {
  desk: Pick<AnswerDesk, "requireReady">;
  registry: Registry;
};

/** `GET /healthz`, `/readyz`, `/metrics` and `/openapi.json`. */
export function statusRoutes(app: FastifyInstance, { desk, registry }: StatusRoutesOptions): void {
  const config = { rateLimit: false as const };
  app.get(
    "/healthz",
    { config, schema: { summary: "The program runs.", response: { 200: statusSchema, "5xx": errorSchema } } },
    async () => ({ status: "ok" as const }),
  );
  app.get(
    "/readyz",
    {
      config,
      schema: {
        summary: "The operator can answer now, or why not.",
        response: { 200: statusSchema, "5xx": errorSchema },
      },
    },
    async () => {
      await desk.requireReady();
      return { status: "ready" as const };
    },
  );
  app.get("/metrics", { config, schema: { hide: true } }, async (_request, reply) => {
    void reply.header("content-type", registry.contentType).serializer(String);
    return registry.metrics();
  });
  app.get("/openapi.json", { schema: { hide: true } }, async () => app.swagger());
}

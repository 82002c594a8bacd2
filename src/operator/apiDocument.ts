import swagger from "@fastify/swagger";
import type { FastifyInstance, FastifySchema } from "fastify";
import { z } from "zod";

/** Makes the OpenAPI document of the routes that are registered after this, from the schemas that validate them. */
export async function documentApi(app: FastifyInstance): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Credence operator",
        version: "1",
        description:
          "Answers of AI models with signed receipts. Bytes are hex, amounts decimal text in the stake token's smallest unit, times Unix seconds of the chain. Every refusal is `{ code, message }`.",
      },
    },
    transform: ({ schema, url }) => ({ schema: transformed(schema), url }),
  });
}

/** Zod's schemas as JSON Schema of what is on the wire. */
function transformed(schema: FastifySchema): FastifySchema {
  const { body, params, querystring, response, ...rest } = schema as Record<string, unknown>;
  const parts = Object.entries({ body, params, querystring }).filter(([, part]) => part instanceof z.ZodType);
  const responses = Object.entries((response ?? {}) as Record<string, unknown>);
  return {
    ...rest,
    ...Object.fromEntries(parts.map(([name, part]) => [name, jsonSchema(part)])),
    response: Object.fromEntries(responses.map(([status, part]) => [status, responseSchema(part)])),
  };
}

function responseSchema(part: unknown): unknown {
  return part instanceof z.ZodType ? { description: "", ...jsonSchema(part) } : part;
}

function jsonSchema(schema: unknown): Record<string, unknown> {
  const { $schema: _, ...json } = z.toJSONSchema(schema as z.ZodType, { io: "input" });
  return json;
}

import { z } from "zod";

import type { Frozen } from "../daemon/config.ts";
import type { ConfigPieces } from "../daemon/configPieces.ts";

const decimal = z.string().regex(/^\d+(\.\d{1,18})?$/u, 'expected an amount as decimal text, such as "0.5"');
const modelId = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/iu, "expected 0x and 64 hex digits")
  .transform((text) => text.toLowerCase());

/** What the challenger program's configuration file holds. */
export function challengerSchema(pieces: ConfigPieces): ChallengerSchema {
  return schemaOf(pieces);
}

type ChallengerSchema = ReturnType<typeof schemaOf>;

function schemaOf({ address, chain, key, log, metrics, path, tokens }: ConfigPieces) {
  const source = z.discriminatedUnion("kind", [
    z.strictObject({ kind: z.literal("lande") }),
    z.strictObject({ kind: z.literal("network"), path }),
  ]);
  return z.strictObject({
    chain,
    /** Pays bonds and gas, and is paid bounties. */
    keys: z.strictObject({ sender: key }),
    journal: path,
    /** Whose answers are followed; everybody's unless given. */
    operators: z.array(address).min(1).optional(),
    /** Part of the answers that is replayed: 0 to 1. */
    share: z.number().min(0).max(1).default(1),
    /** What can be replayed here; answers of other models are followed for double-signing only. */
    models: z.array(z.strictObject({ modelId, source })).default([]),
    budget: z.strictObject({
      /** Most that may be in bonds and fees at one time. */
      bonds: tokens,
      /** Most for gas in one day of the chain's time; games that are open go on beyond it. */
      gasEth: decimal,
      maxOpenGames: z.int().min(0).default(10),
    }),
    fetch: z
      .strictObject({
        /** Of one request to an operator. */
        timeoutSeconds: z.number().positive().default(15),
        /** Of one answer to it. */
        maxBytes: z
          .int()
          .positive()
          .default(8 * 1024 * 1024),
        /** Whether operators may lead to this machine and its own network. */
        allowPrivateAddresses: z.boolean().default(false),
        /** After which what an operator does not show counts as withheld. */
        attempts: z.int().min(1).default(5),
        /** First pause after a failure, doubled with each. */
        retrySeconds: z.number().positive().default(5),
        /** Operators that are read from at one time. */
        concurrency: z.int().min(1).default(4),
      })
      .prefault({}),
    /** Threads that replay answers; games have one more. */
    workers: z.int().min(1).default(1),
    /** For one replay. */
    replaySeconds: z.number().positive().default(120),
    /** Open cases where arithmetic cannot decide. */
    court: z.boolean().default(false),
    /** Contest answers behind which nothing is locked. */
    contestUnpaid: z.boolean().default(false),
    /** Credit in the vault is claimed from this amount on. */
    claimFrom: tokens.default("1"),
    /** Only log what would be done. */
    dryRun: z.boolean().default(false),
    log,
    metrics,
  });
}

/** What `challengerSchema` reads. */
export type ChallengerConfig = Frozen<z.output<ChallengerSchema>>;

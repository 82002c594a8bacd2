import { z } from "zod";

import type { Frozen } from "../daemon/config.ts";
import type { ConfigPieces } from "../daemon/configPieces.ts";
import { RECEIPT_LIFE } from "../protocol/operators.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;
const KILOBYTE = 1_024;
/** Of 2^20 that the chain allows: the tree of a batch is hashed while the API waits, a millisecond for 20 receipts. */
const LARGEST_BATCH = 2 ** 14;

const seconds = z.number().positive();
const count = z.int().min(1);

/** What the operator program's configuration file holds. */
export function operatorSchema(pieces: ConfigPieces): OperatorSchema {
  return schemaOf(pieces);
}

type OperatorSchema = ReturnType<typeof schemaOf>;

/** The operator program's configuration. */
export type OperatorConfig = Frozen<z.output<OperatorSchema>>;

function schemaOf({ address, chain, key, log, path, port, tokens, url }: ConfigPieces) {
  const hash = z
    .string()
    .regex(/^0x[0-9a-fA-F]{64}$/u, "expected 0x and 64 hex digits")
    .transform((text) => text.toLowerCase());
  const source = z.discriminatedUnion("kind", [
    /** The package `lande`. */
    z.strictObject({ kind: z.literal("lande") }),
    /** A file in the format of docs/protocol/network-format.md. */
    z.strictObject({ kind: z.literal("network"), path }),
    /** A service to which requests are posted; for models without replay. */
    z.strictObject({ kind: z.literal("upstream"), url, timeoutSeconds: seconds.default(60) }),
  ]);
  return z.strictObject({
    chain: chain.extend({
      /** After which no answer is given while the chain cannot be followed. */
      staleSeconds: seconds.default(60),
      /** After which a chain without a new block counts as a node that is stuck. */
      quietSeconds: seconds.default(900),
    }),
    /** The operator's address. */
    operator: address,
    journal: path,
    keys: z.strictObject({
      /** Signs receipts and batches: a key that OperatorRegistry knows as the operator's. */
      signer: key,
      /** Sends transactions and pays for them. */
      sender: key,
    }),
    api: apiSchema({ port, url }),
    models: z
      .array(
        z
          .strictObject({
            modelId: hash,
            source,
            /** keccak256 of the artifact; compared if given. */
            artifactHash: hash.optional(),
            /** Locked for an answer unless the customer asks for another coverage. */
            coverage: tokens,
            /** The most that a customer may ask for; `coverage` unless given. */
            maxCoverage: tokens.optional(),
          })
          .readonly(),
      )
      .refine((models) => new Set(models.map(({ modelId }) => modelId)).size === models.length, {
        error: "expected each model once",
      }),
    anchoring: anchoringSchema(),
    /** How long a trace is kept after its answer could be contested for the last time. */
    keepTraceSeconds: seconds.default(7 * DAY),
    /** How long before the end of a move's time in a game it is an alarm that the move is not on chain. */
    alarmSeconds: seconds.default(4 * HOUR),
    /** Credit from which on it is claimed for the operator; never unless given. */
    claimAbove: tokens.optional(),
    /** Locks that have run out from which on they are freed; only in passing unless given. */
    sweepAbove: tokens.optional(),
    /** Ether of the sender below which nothing is published for customers: it is kept for games and promises. */
    publishAboveEther: tokens.default("0.05"),
    /** Answers that are computed at the same time. */
    workers: count.max(64).default(1),
    /** Of one answer of a model that runs here, waiting for a worker included. */
    modelSeconds: seconds.default(30),
    log,
  });
}

function apiSchema({ port, url }: Pick<ConfigPieces, "port" | "url">) {
  return z
    .strictObject({
      host: z.string().min(1).default("127.0.0.1"),
      port: port.default(8_420),
      /** Where others reach the API; batches name it as where their leaves are. */
      publicUrl: url,
      /** Of a request's body, bytes. */
      bodyLimit: z
        .int()
        .min(KILOBYTE)
        .max(16 * KILOBYTE * KILOBYTE)
        .default(256 * KILOBYTE),
      rateLimit: z
        .strictObject({ max: count.default(120), perSeconds: seconds.default(60) })
        .default({ max: 120, perSeconds: 60 }),
      /** In which a request must have come, headers and body. */
      requestSeconds: seconds.default(10),
      /** Answers that are made at the same time; more are refused. */
      maxPending: count.default(64),
      maxConnections: count.default(1_000),
      /** Whether customers may have their answers published, which the operator pays for. */
      offersPublishing: z.boolean().default(true),
      /** Addresses of proxies whose `X-Forwarded-For` is believed. */
      trustProxy: z.array(z.string()).default([]),
    })
    .transform(({ publicUrl, ...rest }) => ({ ...rest, publicUrl: publicUrl.replace(/\/+$/u, "") }));
}

function anchoringSchema() {
  return z
    .strictObject({
      /** Most receipts in a batch. */
      size: count.max(LARGEST_BATCH).default(1_000),
      /** Age of its oldest receipt at which a batch is closed. */
      ageSeconds: seconds.default(60),
      /** How long a receipt can be anchored. */
      anchorWithinSeconds: z
        .int()
        .min(1)
        .max(RECEIPT_LIFE)
        .default(6 * HOUR),
      /** How long before that ends a receipt that stands in no batch on chain is anchored by itself. */
      lastResortSeconds: seconds.default(HOUR),
    })
    .refine(({ ageSeconds, anchorWithinSeconds, lastResortSeconds }) => {
      return ageSeconds + 2 * lastResortSeconds < anchorWithinSeconds;
    }, "expected ageSeconds and twice lastResortSeconds to be less than anchorWithinSeconds")
    .default({ size: 1_000, ageSeconds: 60, anchorWithinSeconds: 6 * HOUR, lastResortSeconds: HOUR });
}

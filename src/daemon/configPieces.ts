import { isAbsolute, resolve } from "node:path";

import { getAddress, isAddress, parseUnits } from "ethers";
import { z } from "zod";
import { perContract } from "../protocol/deployment.ts";

/** Where a configuration file is, and what the secrets that it names are. */
export type ConfigPlace = { folder: string; variables: Readonly<Record<string, string | undefined>> };

const LEVELS = ["fatal", "error", "warn", "info", "debug", "trace", "silent"] as const;

/** An Ethereum address in either case; comes out with its checksum. */
const address = z
  .string()
  .refine((text) => isAddress(text), "expected an address")
  .transform((text) => getAddress(text));

/** Whole tokens as decimal text, because how many decimals the token has is known on chain only. */
const tokens = z.string().regex(/^\d+(\.\d+)?$/u, 'expected tokens as decimal text, such as "500" or "0.5"');

/** An amount of the chain's coin as text, such as "0.5 ether", "50 gwei" or "100 wei"; comes out in wei. */
const coin = z
  .string()
  .regex(/^\d+(\.\d+)? (ether|gwei|wei)$/u, 'expected an amount and a unit, such as "50 gwei"')
  .transform((text, context) => {
    const [amount, unit] = text.split(" ") as [string, string];
    try {
      return parseUnits(amount, unit);
    } catch {
      context.addIssue({ code: "custom", message: `expected a whole number of wei` });
      return z.NEVER;
    }
  });

const port = z.int().min(0).max(65_535);
const httpUrl = z.string().refine(isHttp, "expected an http or https URL");
const block = z.int().nonnegative();

/** Addresses as the book's `addresses` names them, without a book. */
const inlineDeployment = z.strictObject(perContract(address));

function isHttp(text: string): boolean {
  try {
    return ["http:", "https:"].includes(new URL(text).protocol);
  } catch {
    return false;
  }
}

/** The pieces from which the programs' schemas are made, for a file in that place. */
export function configPieces(place: ConfigPlace): ConfigPieces {
  return piecesIn(place);
}

function piecesIn({ folder, variables }: ConfigPlace) {
  /** A path, relative to the file's folder; comes out absolute. */
  const path = z
    .string()
    .min(1)
    .transform((text) => (isAbsolute(text) ? text : resolve(folder, text)));
  /** The name of an environment variable that is set. */
  const variable = z.string().refine((name) => (variables[name] ?? "") !== "", {
    error: "the environment variable of this name is not set",
  });
  /** A URL, which may hold a secret: then the file says `{ env: "NAME" }`. */
  const url = z.union([
    httpUrl,
    z.strictObject({ env: variable }).transform(({ env }, context) => {
      const value = variables[env]!;
      if (isHttp(value)) return value;
      context.addIssue({ code: "custom", message: "expected an http or https URL in that environment variable" });
      return z.NEVER;
    }),
  ]);
  /** An account's key; see `openKey`. */
  const key = z.union([
    z
      .strictObject({ keystore: path, passwordFile: path.optional(), passwordEnv: variable.optional() })
      .refine(({ passwordFile, passwordEnv }) => passwordFile === undefined || passwordEnv === undefined, {
        error: "expected passwordFile or passwordEnv, not both",
      }),
    z.strictObject({ external: url, address, timeoutSeconds: z.number().positive().default(30) }),
  ]);
  const chain = z.strictObject({
    rpcUrl: url,
    /** Where transactions go whose copy would take the reward. */
    privateRpcUrl: url.optional(),
    chainId: z.int().positive().transform(BigInt),
    /** An address book, or the addresses themselves. */
    deployment: z.union([path, inlineDeployment]),
    /** First block with a log of the deployment; the address book's unless given. */
    fromBlock: block.optional(),
    /** Blocks on top of one, itself included, until what is in it is relied on. */
    confirmations: z.int().min(1).default(1),
    pollSeconds: z.number().positive().default(4),
    /** Of one request. */
    timeoutSeconds: z.number().positive().default(20),
    maxFeePerGas: coin.optional(),
    /** After which a transaction that is in no block is sent again with a higher fee. */
    stuckAfterSeconds: z.number().positive().default(120),
  });
  return {
    address,
    block,
    chain,
    coin,
    key,
    log: z.strictObject({ level: z.enum(LEVELS).default("info") }).default({ level: "info" }),
    /** Where Prometheus finds the program; nowhere unless given. */
    metrics: z.strictObject({ host: z.string().default("127.0.0.1"), port }).optional(),
    path,
    port,
    tokens,
    url,
    variable,
  };
}

/** See `configPieces`. */
export type ConfigPieces = ReturnType<typeof piecesIn>;
/** How a program reaches the chain and its contracts. */
export type ChainConfig = z.output<ConfigPieces["chain"]>;
/** Where the key of an account is. */
export type KeyConfig = z.output<ConfigPieces["key"]>;

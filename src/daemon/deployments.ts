import { readFile } from "node:fs/promises";

import { getAddress, isAddress } from "ethers";
import { z } from "zod";

import { FatalError } from "../errors.ts";
import { perContract, type Deployment } from "../protocol/deployment.ts";
import type { Frozen } from "./config.ts";
import type { ChainConfig } from "./configPieces.ts";

/** A deployment, and where to start reading its logs. */
export type LocatedDeployment = { deployment: Deployment; fromBlock: number };

const FORMAT = "credence-address-book-1";
const address = z
  .string()
  .refine((text) => isAddress(text))
  .transform((text) => getAddress(text));

/** What programs need of an address book; it holds more. */
const bookSchema = z.object({
  format: z.literal(FORMAT),
  chainId: z.int().positive(),
  blocks: z.object({ first: z.int().nonnegative() }),
  addresses: z.object(perContract(address)),
});

/**
 * Where the contracts are: from the address book that `npm run deploy` wrote, or as the configuration says itself.
 * @throws FatalError `DEPLOYMENT_UNREADABLE` if there is no such file or it is no address book, `DEPLOYMENT_OTHER_CHAIN`,
 * `DEPLOYMENT_START_MISSING` for addresses without `fromBlock`.
 */
export async function readDeployment(
  chain: Frozen<Pick<ChainConfig, "chainId" | "deployment" | "fromBlock">>,
): Promise<LocatedDeployment> {
  const { deployment: source, fromBlock } = chain;
  if (typeof source !== "string") {
    if (fromBlock !== undefined) return { deployment: source, fromBlock };
    throw new FatalError("DEPLOYMENT_START_MISSING", "chain.fromBlock: expected a block number beside the addresses");
  }
  const book = await readBook(source);
  if (BigInt(book.chainId) !== chain.chainId) {
    const sentence = `${source}: the address book is of chain ${book.chainId}, the configuration of ${chain.chainId}`;
    throw new FatalError("DEPLOYMENT_OTHER_CHAIN", sentence);
  }
  return { deployment: book.addresses, fromBlock: fromBlock ?? book.blocks.first };
}

async function readBook(path: string): Promise<z.output<typeof bookSchema>> {
  try {
    return bookSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "ENOENT") {
      throw new FatalError("DEPLOYMENT_UNREADABLE", `${path}: there is no such file, expected an address book`, {
        cause,
      });
    }
    const reason = cause instanceof z.ZodError ? cause.issues.map(fault).join("; ") : String(cause);
    const sentence = `${path}: not an address book of the form ${FORMAT}: ${reason}`;
    throw new FatalError("DEPLOYMENT_UNREADABLE", sentence, { cause });
  }
}

const fault = ({ path, message }: z.core.$ZodIssue): string => `${path.join(".")}: ${message}`;

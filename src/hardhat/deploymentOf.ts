import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";

import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import { ZodError } from "zod";

import { addressBookSchema } from "../deployment/addressBook.ts";
import { FatalError } from "../errors.ts";
import type { Deployment } from "../protocol/deployment.ts";

/** Folder of address books in a project. */
export const BOOKS = "deployments";

/** A deployment as tasks need it. */
export type KnownDeployment = {
  readonly deployment: Deployment;
  /** First block worth reading logs of; 0 if only addresses are known. */
  readonly fromBlock: number;
  /** Other names of the address book: access, timelock, governor, ... */
  readonly addresses: Readonly<Record<string, string>>;
};

async function readBook(path: string, network: string, chainId: bigint): Promise<KnownDeployment> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, "utf8"));
  } catch (cause) {
    throw new FatalError("ADDRESS_BOOK", `${path}: expected an address book in JSON, which cannot be read`, { cause });
  }
  try {
    const { addresses, blocks, chainId: actual } = addressBookSchema.parse(content);
    if (BigInt(actual) !== chainId) {
      const sentence = `${path} is of chain ${String(actual)}, network ${network} is chain ${chainId}`;
      throw new FatalError("ADDRESS_BOOK", sentence);
    }
    return { deployment: addresses, fromBlock: blocks.first, addresses };
  } catch (cause) {
    if (!(cause instanceof ZodError)) throw cause;
    const issues = cause.issues.map(({ path: place, message }) => `${place.join(".") || "it"}: ${message}`);
    throw new FatalError("ADDRESS_BOOK", `${path} is not an address book: ${issues.join("; ")}`, { cause });
  }
}

/**
 * Where the protocol is on a network: as the project's configuration says, or as `credence deploy` wrote.
 * @throws FatalError `NO_DEPLOYMENT` if neither says, `ADDRESS_BOOK` if it is damaged or of another chain.
 */
export async function deploymentOf(
  { config }: Pick<HardhatRuntimeEnvironment, "config">,
  network: string,
  chainId: bigint,
): Promise<KnownDeployment> {
  const { root } = config.paths;
  const configured = config.credence.deployments[network];
  if (typeof configured === "object") {
    return { deployment: configured, fromBlock: 0, addresses: { ...configured } };
  }
  const path = configured === undefined ? join(root, BOOKS, `${network}.json`) : resolve(root, configured);
  if (existsSync(path)) return readBook(path, network, chainId);
  throw new FatalError(
    "NO_DEPLOYMENT",
    `no deployment on network ${network}: expected the address book ${path}. Run "hardhat credence deploy --network ` +
      `${network}", or name an address book or addresses in hardhat.config.ts under credence.deployments.${network}`,
  );
}

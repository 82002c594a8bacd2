/** The address book: what a deployment left behind, as deployments/<network>.json. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname } from "node:path";

import { isAddress } from "ethers";
import { z } from "zod";

import { parametersSchema } from "./parameters.ts";

const address = z.string().refine(isAddress);
const block = z.int().nonnegative();

/** A constructor argument as JSON holds it: numbers as decimal text. */
export type Argument = string | Argument[];
const argument: z.ZodType<Argument> = z.lazy(() => z.union([z.string(), z.array(argument)]));

/** What `ignition/modules` deploy, by the names they give; the last two only if the owner is a timelock of its own. */
const addressesSchema = z.strictObject({
  access: address,
  token: address,
  vault: address,
  configRules: address,
  seedSource: address,
  court: address,
  p256Verifier: address,
  operators: address,
  models: address,
  attestations: address,
  slashing: address,
  disputes: address,
  replay: address,
  timelock: address.optional(),
  governor: address.optional(),
});

/** Addresses of a deployment, by contract. */
export type Addresses = Readonly<z.infer<typeof addressesSchema>>;

/**
 * Format of an address book. `format` changes when a key changes its meaning or goes.
 * Addresses carry their checksum; amounts under `parameters` are whole tokens as text, as in the parameter file; numbers
 * among `constructorArguments` are decimal text in the contract's own unit.
 */
export const addressBookSchema = z.strictObject({
  format: z.literal("credence-address-book-1"),
  /** Name in hardhat.config.ts. */
  network: z.string().min(1),
  chainId: z.int().positive(),
  /** First and last block with a transaction of the deployment: where to start reading logs. */
  blocks: z.strictObject({ first: block, last: block }),
  deployer: address,
  addresses: addressesSchema,
  tokenDecimals: z.int().nonnegative(),
  parameters: parametersSchema,
  /** What this deployment created, in order; a stake token that existed before is not among it. */
  creations: z.array(
    z.strictObject({
      /** Source file and name, as verification asks for it. */
      contract: z.string().regex(/^.+\.sol:\w+$/),
      address,
      constructorArguments: z.array(argument),
      transaction: z.string().regex(/^0x[0-9a-f]{64}$/),
    }),
  ),
  compiler: z.strictObject({
    /** With commit, for example 0.8.37+commit.… */
    version: z.string().min(1),
    /** `settings` of solc's standard JSON input, without the choice of outputs. */
    settings: z.record(z.string(), z.unknown()),
  }),
});

/** An address book as `addressBookSchema` documents it. */
export type AddressBook = z.infer<typeof addressBookSchema>;

/** Writes an address book, making its folder. */
export async function writeAddressBook(path: string, book: AddressBook): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, `${JSON.stringify(book, undefined, 2)}\n`);
}

/** Reads an address book. @throws ZodError if it does not keep to the format. */
export async function readAddressBook(path: string): Promise<AddressBook> {
  return addressBookSchema.parse(JSON.parse(await readFile(path, "utf8")));
}

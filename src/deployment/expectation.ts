import type { Addresses } from "./addressBook.ts";
import type { ScaledParameters } from "./parameters.ts";

/** What the chain should hold. `blocks` are those of the deployment's own transactions. */
export type Expectation = {
  readonly addresses: Addresses;
  readonly deployer: string;
  readonly owner: string;
  readonly parameters: ScaledParameters;
  readonly tokenDecimals: number;
  readonly blocks: { readonly first: number; readonly last: number };
};

/** Notes a difference, if there is one. */
export type Compare = (what: string, actual: unknown, expected: unknown) => void;

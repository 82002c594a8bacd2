import type { ContractRunner, Provider } from "ethers";

import { FatalError } from "../errors.ts";

/** @throws FatalError `NO_PROVIDER` for a signer that is not connected to a chain. */
export function requireProvider(runner: ContractRunner): Provider {
  if (runner.provider) return runner.provider;
  throw new FatalError("NO_PROVIDER", "the signer is not connected to a chain: expected one with a provider");
}

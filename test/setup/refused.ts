import { AssertionError } from "chai";

import { ContractError } from "../../src/protocol/errors.ts";

/**
 * Asserts that the contracts refuse, with that custom error.
 * @returns the error's parameters by name.
 */
export async function refused(call: Promise<unknown>, error: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    await call;
  } catch (thrown) {
    if (thrown instanceof ContractError && thrown.code === error) return thrown.parameters;
    throw thrown;
  }
  throw new AssertionError(`expected ${error}, got no error`);
}

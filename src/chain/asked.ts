import { CredenceError, RetryableError } from "../errors.ts";
import { describeError } from "../protocol/errors.ts";

/**
 * Reads from a node.
 * @throws RetryableError `CHAIN_REFUSED` for what other than an error of this package is thrown.
 */
export async function asked<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof CredenceError) throw error;
    throw new RetryableError("CHAIN_REFUSED", `the node did not say: ${describeError(error)}`, { cause: error });
  }
}

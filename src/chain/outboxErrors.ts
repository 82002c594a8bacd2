import { FatalError, RetryableError, type CredenceError } from "../errors.ts";
import type { Refusal } from "./broadcast.ts";
import type { OutboxEntry } from "./outbox.ts";

/** RetryableError `STOPPING`. */
export function stopping(): RetryableError {
  return new RetryableError("STOPPING", "the program is stopping; what was sent is taken up at the next start");
}

/** RetryableError `TRANSACTION_LOST`. */
export function lost({ hash, nonce }: OutboxEntry): RetryableError {
  const text = `transaction ${hash} never lands: another one used nonce ${nonce} of this key`;
  return new RetryableError("TRANSACTION_LOST", text);
}

/** FatalError `OUT_OF_GAS_MONEY` or `TRANSACTION_REFUSED`, with what the node says. */
export function refusal(reply: Refusal): CredenceError {
  if (reply.kind === "unfunded") return new FatalError("OUT_OF_GAS_MONEY", `the node says: ${reply.message}`);
  return new FatalError("TRANSACTION_REFUSED", `the node refuses the transaction: ${reply.message}`);
}

import type { ErrorCode, Provider } from "ethers";

import { CredenceError, RetryableError } from "../errors.ts";
import { describeError } from "../protocol/errors.ts";

/**
 * What became of a signed transaction that was handed to nodes. `unsure`: it may or may not have arrived. `used`: the nonce
 * is, by this transaction or another. `underpriced`: below what the node asks for, or asks for a replacement.
 */
export type Reply = { kind: "accepted" | "unsure" | "used" | "underpriced" } | Refusal;

/** Why a node does not take a transaction. */
export type Refusal = { kind: "unfunded" | "refused"; message: string };

/** From the best to the worst that can be done with it. */
const ORDER = ["accepted", "used", "unsure", "underpriced", "unfunded", "refused"] as const;

/** Hands a signed transaction to each node, and says what the most willing one made of it. */
export async function broadcast(providers: readonly Provider[], raw: string): Promise<Reply> {
  const replies = await Promise.all(providers.map((provider) => offer(provider, raw)));
  replies.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
  return replies[0] ?? { kind: "unsure" };
}

async function offer(provider: Provider, raw: string): Promise<Reply> {
  try {
    await provider.broadcastTransaction(raw);
    return { kind: "accepted" };
  } catch (error) {
    return replyOf(error);
  }
}

/** What ethers recognises, and how it names a node that does not answer. */
const CODES: Partial<Record<ErrorCode, Reply["kind"]>> = {
  NONCE_EXPIRED: "used",
  REPLACEMENT_UNDERPRICED: "underpriced",
  INSUFFICIENT_FUNDS: "unfunded",
  NETWORK_ERROR: "unsure",
  SERVER_ERROR: "unsure",
  TIMEOUT: "unsure",
};

/** Nodes say the same in different words. */
const WORDS: readonly (readonly [RegExp, Reply["kind"]])[] = [
  [/already known|known transaction|already imported|already exists|alreadyknown/i, "accepted"],
  [/nonce.{0,20}too low|nonce has already been used|old nonce/i, "used"],
  [/underpriced|fee.{0,80}(too low|less than|below)|gas price.{0,40}(too low|below)/i, "underpriced"],
  [/insufficient (funds|balance)|enough funds|InsufficientFunds/i, "unfunded"],
  [/nonce.{0,20}too high|queue|pool.{0,20}full|rate|limit exceeded|too many|timed? ?out|overload/i, "unsure"],
];

function replyOf(error: unknown): Reply {
  if (error instanceof RetryableError) return { kind: "unsure" };
  if (error instanceof CredenceError) throw error;
  const message = wordsOf(error);
  const code = (error as { code?: unknown }).code as ErrorCode;
  const kind = CODES[code] ?? WORDS.find(([words]) => words.test(message))?.[1] ?? "refused";
  return kind === "unfunded" || kind === "refused" ? { kind, message } : { kind };
}

/** What the node said, which ethers keeps inside what it says itself. */
function wordsOf(error: unknown): string {
  const { error: inner, info } = error as { error?: { message?: unknown }; info?: { error?: { message?: unknown } } };
  const words = inner?.message ?? info?.error?.message;
  return typeof words === "string" ? words : describeError(error);
}

import type { ContractTransactionReceipt } from "ethers";

import { parseId, type ReceiptId } from "../protocol/ids.ts";
import { eventOf } from "./calls.ts";
import type { Contracts } from "./contracts.ts";

/** What publishing an answer led to. */
export type PublishedAnswer = {
  receiptId: ReceiptId;
  /** Coverage and penalty that are locked, stake token, smallest unit. */
  locked: bigint;
  /** End of the time to contest, Unix time in seconds. */
  finalAt: number;
};

/** Reads `AnswerPublished` of a transaction. */
export function publishedAnswer({ attestations }: Contracts, sent: ContractTransactionReceipt): PublishedAnswer {
  const event = eventOf<{ receiptId: string; locked: bigint; finalAt: bigint }>(sent, attestations, "AnswerPublished");
  return { receiptId: parseId(event.receiptId), locked: event.locked, finalAt: Number(event.finalAt) };
}

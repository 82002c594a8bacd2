import type { PublishedAnswer } from "../../chain/publishedAnswer.ts";
import { Amount, Time } from "../cells.ts";
import type { Report } from "../report.ts";

/** What is said of an answer that was just published. */
export function publishedReport({ receiptId, locked, finalAt }: PublishedAnswer): Report {
  return {
    sentence: "The answer is published; its time to contest runs.",
    data: { receiptId, locked: new Amount(locked), finalAt: new Time(finalAt) },
  };
}

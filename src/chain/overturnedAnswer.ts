import type { ContractTransactionReceipt } from "ethers";

import { parseId, type ReceiptId } from "../protocol/ids.ts";
import type { Offence } from "../protocol/offences.ts";
import { eventOf } from "./calls.ts";
import type { Contracts } from "./contracts.ts";

/** How arithmetic, or a clock, overturned an answer. Amounts of the stake token, smallest unit, credited in the vault. */
export type OverturnedAnswer = {
  receiptId: ReceiptId;
  /** Who is paid the bounty. */
  challenger: string;
  offence: Offence;
  /** What left the operator. */
  taken: bigint;
  bounty: bigint;
};

/** Reads `AnswerOverturned` of a transaction. */
export function overturnedAnswer({ disputes }: Contracts, sent: ContractTransactionReceipt): OverturnedAnswer {
  type Event = { receiptId: string; challenger: string; offence: bigint; taken: bigint; bounty: bigint };
  const event = eventOf<Event>(sent, disputes, "AnswerOverturned");
  const { challenger, taken, bounty } = event;
  return { receiptId: parseId(event.receiptId), challenger, offence: Number(event.offence) as Offence, taken, bounty };
}

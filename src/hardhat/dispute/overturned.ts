import type { OverturnedAnswer } from "../../chain/overturnedAnswer.ts";
import { Offence } from "../../protocol/offences.ts";
import { Amount, type Row } from "../cells.ts";
import { nameOf } from "../words.ts";

/** What is said of an answer that arithmetic, or a clock, overturned. */
export function overturnedRow({ receiptId, challenger, offence, taken, bounty }: OverturnedAnswer): Row {
  return {
    receiptId,
    challenger,
    offence: nameOf(Offence, offence),
    taken: new Amount(taken),
    bounty: new Amount(bounty),
  };
}

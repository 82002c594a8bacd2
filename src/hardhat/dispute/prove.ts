import { proveFault } from "../../actions/proveFault.ts";
import { FatalError } from "../../errors.ts";
import { findFault } from "../../inference/faults.ts";
import { parseTraceRecord } from "../../protocol/traceRecord.ts";
import { answerInput } from "../answerInput.ts";
import { fileInput, InputError } from "../inputs.ts";
import { claimOf, modelSource } from "../modelSource.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";
import { overturnedRow } from "./overturned.ts";

/** Why there is nothing to prove, by the kind of fault. */
const UNPROVABLE = {
  none: "the answer is right: the replay gives the same",
  withheld: "the answer is wrong, but what would prove it was not shown: open a game, which makes the operator show it",
  preprocessing: "tensor 0 does not follow from the request, which is for token holders to judge: open a case",
} as const;

export async function prove(
  session: Session,
  { answer, source, record }: { answer: string; source?: string; record?: string },
): Promise<Report> {
  if (source === undefined) throw new InputError("--source", source, "the model that is run again");
  const given = await answerInput(session, "answer", answer);
  const shown = record === undefined ? {} : parseTraceRecord(await fileInput("--record", record));
  const model = await modelSource(source);
  session.say("running the model again");
  const { receipt } = given;
  const fault = findFault(model.model, claimOf(model, receipt, given), shown);
  const kind = fault?.kind ?? "none";
  if (fault === undefined || fault.kind === "withheld" || fault.kind === "preprocessing") {
    throw new FatalError("NOTHING_TO_PROVE", UNPROVABLE[kind as keyof typeof UNPROVABLE]);
  }
  const overturned = await proveFault(session.signer, session.deployment, { receipt, fault });
  return { sentence: "The answer is overturned.", data: { fault: kind, ...overturnedRow(overturned) } };
}

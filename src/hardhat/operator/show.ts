import { addressInput, InputError } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { ReadingSession } from "../session.ts";
import { operatorFacts } from "./facts.ts";

export async function show(session: ReadingSession, args: { operator: string }): Promise<Report> {
  const operator = addressInput("operator", args.operator);
  const facts = await operatorFacts(session, operator);
  if (facts === undefined) throw new InputError("operator", operator, "the address of a registered operator");
  return { sentence: `Operator ${operator}`, data: { operator, ...facts } };
}

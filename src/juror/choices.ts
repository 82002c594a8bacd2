import { FatalError } from "../errors.ts";
import { Choice, type CastChoice } from "../protocol/court.ts";

/** What a person writes for each choice: the ruling that it asks for. */
const CHOICES = {
  overturned: Choice.AtFault,
  upheld: Choice.NotAtFault,
  undecided: Choice.CannotDecide,
} as const satisfies Record<string, CastChoice>;

/** @throws FatalError `CHOICE_UNKNOWN`. */
export function choiceOf(name: string): CastChoice {
  if (Object.hasOwn(CHOICES, name)) return CHOICES[name as keyof typeof CHOICES];
  throw new FatalError("CHOICE_UNKNOWN", `expected overturned, upheld or undecided, got ${JSON.stringify(name)}`);
}

/** As `choiceOf` reads it. */
export function nameOfChoice(choice: CastChoice): string {
  return Object.entries(CHOICES).find(([, value]) => value === choice)![0];
}

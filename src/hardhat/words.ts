/** The words in which tasks take and give what contracts have numbers for. */
import { Choice, type CastChoice } from "../protocol/court.ts";
import { Ruling } from "../protocol/rulings.ts";

/** What a ballot or an appeal asks for. */
export const RULINGS: Readonly<Record<string, Ruling>> = {
  overturned: Ruling.Overturned,
  upheld: Ruling.Upheld,
  undecided: Ruling.Undecided,
};

/** The same words for ballots. */
export const CHOICES: Readonly<Record<string, CastChoice>> = {
  overturned: Choice.AtFault,
  upheld: Choice.NotAtFault,
  undecided: Choice.CannotDecide,
};

/** The name of a member, such as `Active`. */
export function nameOf(members: Readonly<Record<string, number>>, value: number): string {
  return Object.keys(members).find((name) => members[name] === value) ?? String(value);
}

/** The word for a value. */
export function wordOf<Value>(words: Readonly<Record<string, Value>>, value: Value): string {
  return Object.keys(words).find((word) => words[word] === value) ?? String(value);
}

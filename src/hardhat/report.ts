import Table from "cli-table3";

import type { TokenUnit } from "../protocol/errors.ts";
import { type Cell, type Row, toJson, toText } from "./cells.ts";

/** What a task did or found. */
export type Report = {
  /** For people. */
  readonly sentence: string;
  /** For both. */
  readonly data: Row;
};

/** `exposureCap` reads `exposure cap`. */
const wordsOf = (name: string): string =>
  name.replace(/([a-z])([A-Z]+)/g, (_, a: string, b: string) => `${a} ${b.length > 1 ? b : b.toLowerCase()}`);

const isRow = (cell: Cell): cell is Row => Object.getPrototypeOf(cell ?? 0) === Object.prototype;

const isList = (cell: Cell): cell is readonly Row[] => Array.isArray(cell) && cell.length > 0 && cell.every(isRow);

/** A list of things of one kind, each in a line. */
function listTable(rows: readonly Row[], unit: TokenUnit): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const table = new Table({ head: names.map(wordsOf), style: { head: [], border: [] } });
  for (const row of rows) table.push(names.map((name) => toText(row[name], unit)));
  return table.toString();
}

/** A table of names and values, then one more for each list. */
export function reportText({ sentence, data }: Report, unit: TokenUnit): string {
  const table = new Table({ style: { head: [], border: [] } });
  const lists: string[] = [];
  const add = (name: string, cell: Cell): void => {
    if (isList(cell)) lists.push(`${name}\n${listTable(cell, unit)}`);
    else if (isRow(cell)) for (const [key, item] of Object.entries(cell)) add(`${name} ${wordsOf(key)}`.trim(), item);
    else table.push({ [name]: toText(cell, unit) });
  };
  for (const [name, cell] of Object.entries(data)) add(wordsOf(name), cell);
  return [sentence, ...(table.length > 0 ? [table.toString()] : []), ...lists].join("\n");
}

/** One line that a program can parse. */
export function reportJson({ data }: Report, unit: TokenUnit): string {
  return JSON.stringify(toJson(data, unit));
}

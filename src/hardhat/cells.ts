import { formatUnits } from "ethers";

import { formatAmount, formatTime, type TokenUnit } from "../protocol/errors.ts";

/** An amount of the stake token. */
export class Amount {
  /** Smallest unit. */
  readonly value: bigint;

  constructor(value: bigint) {
    this.value = value;
  }
}

/** A point in time. */
export class Time {
  /** Unix time. */
  readonly seconds: number;

  constructor(seconds: number | bigint) {
    this.seconds = Number(seconds);
  }
}

/** What a task reports: amounts and times say what they are, so that they read well for people and for programs. */
export type Cell = string | number | boolean | bigint | null | undefined | Amount | Time | readonly Cell[] | Row;
export type Row = { readonly [name: string]: Cell };

/** An amount in whole tokens, such as `12.5`. */
const inTokens = (amount: bigint, decimals: number): string => formatUnits(amount, decimals).replace(/\.0$/, "");

/** For programs: amounts are whole tokens as text, times Unix seconds, other large numbers decimal text. */
export function toJson(cell: Cell, unit: TokenUnit): unknown {
  if (cell instanceof Amount) return inTokens(cell.value, unit.decimals);
  if (cell instanceof Time) return cell.seconds;
  if (typeof cell === "bigint") return cell.toString();
  if (Array.isArray(cell)) return cell.map((item: Cell) => toJson(item, unit));
  if (typeof cell !== "object" || cell === null) return cell;
  return Object.fromEntries(Object.entries(cell).map(([name, item]) => [name, toJson(item, unit)]));
}

/** For people: amounts with the token's symbol, times as ISO 8601. */
export function toText(cell: Cell, unit: TokenUnit): string {
  if (cell instanceof Amount) return formatAmount(cell.value, unit);
  if (cell instanceof Time) return formatTime(cell.seconds);
  if (Array.isArray(cell)) return cell.length === 0 ? "none" : cell.map((item: Cell) => toText(item, unit)).join("\n");
  if (cell === undefined || cell === null) return "none";
  if (typeof cell !== "object") return String(cell);
  return Object.entries(cell)
    .map(([name, item]) => `${name} ${toText(item, unit)}`)
    .join(", ");
}

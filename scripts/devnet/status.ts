/** The devnet at a glance: on a terminal one screen, elsewhere a line now and then. */
import Table from "cli-table3";
import { formatEther } from "ethers";

import { OperatorStatus } from "../../src/protocol/operators.ts";
import type { ChallengerScore, OperatorScore } from "./scoreboard.ts";

/** Everything that is shown. */
export type Status = {
  /** Seconds of our time since the programs run. */
  readonly seconds: number;
  readonly head: { readonly number: number; readonly timestamp: number };
  /** Seconds of the chain's time since the programs run. */
  readonly chainSeconds: number;
  readonly customers: { readonly asked: number; readonly answered: number; readonly refused: number };
  readonly operators: readonly (OperatorScore & {
    readonly name: string;
    readonly dishonest: string | undefined;
    /** Answers that customers got. */
    readonly answered: number;
    /** What it says it has promised, stake token, smallest unit; undefined while it does not say. */
    readonly promised: bigint | undefined;
  })[];
  readonly challengers: readonly (ChallengerScore & { readonly name: string; readonly start: bigint })[];
};

const STATUS_WORDS: Record<OperatorStatus, string> = {
  [OperatorStatus.None]: "none",
  [OperatorStatus.Active]: "active",
  [OperatorStatus.Jailed]: "in jail",
  [OperatorStatus.Retired]: "retired",
  [OperatorStatus.Tombstoned]: "tombstoned",
};

/** Whole tokens, with separators. */
export function whole(amount: bigint): string {
  return Math.round(Number(formatEther(amount))).toLocaleString("en");
}

const signed = (amount: bigint): string => `${amount > 0n ? "+" : ""}${whole(amount)}`;
const clock = (timestamp: number): string => new Date(timestamp * 1_000).toISOString().slice(0, 19).replace("T", " ");

/** A screen of it. */
export function renderScreen(status: Status): string {
  const { head, seconds, chainSeconds, customers } = status;
  const style = { head: [], border: [] };
  const operators = new Table({
    head: ["operator", "answers", "promised", "anchored", "batches", "published", "overturned", "taken", "status"],
    colAligns: ["left", "right", "right", "right", "right", "right", "right", "right", "left"],
    style,
  });
  for (const one of status.operators) {
    operators.push([
      one.dishonest === undefined ? one.name : `${one.name} (${one.dishonest})`,
      one.answered,
      one.promised === undefined ? "-" : whole(one.promised),
      one.anchored,
      one.batches,
      one.published,
      one.overturned,
      whole(one.taken),
      statusOf(one),
    ]);
  }
  const challengers = new Table({
    head: ["challenger", "games", "lost", "answers won", "reports", "balance", "change", "ether"],
    colAligns: ["left", "right", "right", "right", "right", "right", "right", "right"],
    style,
  });
  for (const { name, gamesOpened, gamesLost, won, reported, balance, start, ether } of status.challengers) {
    const coin = Number(formatEther(ether)).toFixed(3);
    challengers.push([name, gamesOpened, gamesLost, won, reported, whole(balance), signed(balance - start), coin]);
  }
  return [
    `Credence devnet    block ${head.number}    chain time ${clock(head.timestamp)} UTC    ${(chainSeconds / 3_600).toFixed(1)} h in ${seconds.toFixed(0)} s`,
    operators.toString(),
    challengers.toString(),
    `customers: ${customers.asked} questions, ${customers.answered} answers, ${customers.refused} refusals    Ctrl-C ends everything`,
  ].join("\n");
}

/** One line of it, for logs. */
export function renderLine(status: Status): string {
  const operators = status.operators.map(
    (one) =>
      `${one.name} ${one.answered} answers, ${one.anchored} anchored, ${one.overturned} overturned, ${statusOf(one)}`,
  );
  const challengers = status.challengers.map(
    ({ name, won, reported, balance, start }) => `${name} won ${won}, reported ${reported}, ${signed(balance - start)}`,
  );
  return [`block ${status.head.number}`, ...operators, ...challengers].join(" | ");
}

/** One line of JSON; amounts as decimal text, smallest unit. */
export function renderJson(status: Status): string {
  return JSON.stringify(status, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
}

function statusOf({ status, jailedUntil }: OperatorScore): string {
  const word = STATUS_WORDS[status];
  if (status !== OperatorStatus.Jailed) return word;
  return jailedUntil > 2 ** 39 ? `${word} until its bond is whole` : `${word} to ${clock(jailedUntil).slice(0, 10)}`;
}

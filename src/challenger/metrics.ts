import { Counter, Gauge, type Registry } from "prom-client";

import type { Head } from "../chain/head.ts";
import type { AnswerTable } from "./answerTable.ts";
import type { BatchTable } from "./batchTable.ts";
import type { Budget } from "./budget.ts";

/** What a challenger counts while it runs. */
export type ChallengerMetrics = {
  /** Something of no use was served, by its kind. */
  readonly garbage: Counter<"kind">;
  /** What it did, by its kind: publish, prove, game, move, case, report, claim. */
  readonly acts: Counter<"kind">;
  /** What it left undone, by the reason. */
  readonly refusals: Counter<"reason">;
  /** Tasks that failed and are tried again. */
  readonly failures: Counter<"task" | "code">;
};

export type MetricsSource = {
  readonly answers: AnswerTable;
  readonly batches: BatchTable;
  readonly budget: Budget;
  readonly head: () => Head | undefined;
};

/** Registers the challenger's metrics; those of what is in the journal are read when they are asked for. */
export function challengerMetrics(registry: Registry, source: MetricsSource): ChallengerMetrics {
  const { answers, batches, budget, head } = source;
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read());
      },
    });
  };
  gauge("credence_challenger_head", "Newest block that was followed", () => head()?.number ?? 0);
  gauge("credence_challenger_open_games", "Games that are open or about to be", () => budget.openGames);
  gauge("credence_challenger_bonds", "Stake token in bonds and fees, smallest unit", () => Number(budget.atRisk));
  gauge("credence_challenger_gas_wei", "Gas of this day by the chain's time, wei", () =>
    Number(budget.gasSpent(head()?.timestamp ?? 0)),
  );
  new Gauge({
    name: "credence_challenger_answers",
    help: "Answers of the chosen share, by what the replay said",
    labelNames: ["verdict"],
    registers,
    collect() {
      for (const { verdict, count } of answers.counts()) this.set({ verdict }, count);
    },
  });
  new Gauge({
    name: "credence_challenger_batches",
    help: "Anchored batches, by how far they were read",
    labelNames: ["state"],
    registers,
    collect() {
      for (const { state, count } of batches.counts()) this.set({ state }, count);
    },
  });
  const counter = <Label extends string>(name: string, help: string, labelNames: Label[]): Counter<Label> =>
    new Counter({ name: `credence_challenger_${name}_total`, help, labelNames, registers });
  return {
    garbage: counter("garbage", "Of no use, as served by an operator", ["kind"]),
    acts: counter("acts", "What was done", ["kind"]),
    refusals: counter("refusals", "What was left undone", ["reason"]),
    failures: counter("failures", "Tasks that failed and are tried again", ["task", "code"]),
  };
}

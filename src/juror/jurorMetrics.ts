import { Counter, Gauge, type Registry } from "prom-client";

import { createMetrics } from "../daemon/metrics.ts";

/** What can be watched from outside. */
export type JurorMetrics = {
  readonly registry: Registry;
  /** Newest block that was followed. */
  readonly head: Gauge;
  /** Its time, Unix seconds. */
  readonly headTime: Gauge;
  /** Chain time left for each duty that has a deadline, seconds. */
  readonly secondsToDeadline: Gauge<"kind" | "case" | "round">;
  /** Ballots that wait to be opened in the reveal phase. */
  readonly unrevealed: Gauge;
  /** Ballots that this program cannot open, or has not opened although half of the reveal phase is over. */
  readonly atRisk: Gauge;
  /** What was done, by kind; failures by the code of the error. */
  readonly done: Counter<"kind">;
  readonly failed: Counter<"kind" | "code">;
};

/** Metrics of a juror's program, all named `credence_juror_…`. */
export function jurorMetrics(): JurorMetrics {
  const registry = createMetrics("juror");
  const registers = [registry];
  const gauge = (name: string, help: string): Gauge => new Gauge({ name: `credence_juror_${name}`, help, registers });
  return {
    registry,
    head: gauge("head_number", "Newest block that was followed"),
    headTime: gauge("head_timestamp_seconds", "Time of the newest block that was followed, Unix seconds"),
    secondsToDeadline: new Gauge({
      name: "credence_juror_seconds_to_deadline",
      help: "Chain time left for a duty, seconds",
      labelNames: ["kind", "case", "round"],
      registers,
    }),
    unrevealed: gauge("unrevealed_ballots", "Ballots that wait to be opened in the reveal phase"),
    atRisk: gauge("ballots_at_risk", "Ballots that cannot be opened here, or are late in the reveal phase"),
    done: new Counter({
      name: "credence_juror_duties_done_total",
      help: "Duties that the program did",
      labelNames: ["kind"],
      registers,
    }),
    failed: new Counter({
      name: "credence_juror_duties_failed_total",
      help: "Duties that failed, by code of the error",
      labelNames: ["kind", "code"],
      registers,
    }),
  };
}

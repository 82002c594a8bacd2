import { Counter, Gauge, type Registry } from "prom-client";

import { GamePhase } from "../protocol/games.ts";
import type { OpenGame } from "./chainJournal.ts";

const PREFIX = "credence_operator_";
const PHASES = Object.entries(GamePhase).filter(([, phase]) => phase !== GamePhase.None && phase !== GamePhase.Over);

/** What an operator's duties are at, for Prometheus. Amounts of the stake token are in its smallest unit. */
export class DutyMetrics {
  readonly answers: Gauge;
  readonly unanchored: Gauge;
  readonly unanchoredAge: Gauge;
  readonly unanchoredBatches: Gauge;
  readonly promised: Gauge;
  readonly room: Gauge;
  readonly anchored: Counter;
  readonly anchoringsSent: Counter;
  readonly anchoringsRefused: Counter<"code">;
  readonly reanchored: Counter;
  readonly lapsed: Counter;
  readonly lastResorts: Counter;
  readonly published: Counter;
  readonly merged: Counter;
  readonly short: Gauge;
  readonly honoured: Counter;
  readonly secondsToDeadline: Gauge;
  readonly moves: Counter<"kind">;
  readonly alarms: Counter;
  readonly unplayable: Counter;
  readonly tracesDropped: Counter;
  readonly foreign: Counter<"event">;
  readonly reorgs: Counter;
  readonly gasUsed: Counter;
  readonly gasPaid: Counter;
  readonly headBlock: Gauge;
  readonly headAge: Gauge;
  readonly errors: Counter<"duty" | "code">;
  readonly #games: Gauge<"phase">;

  constructor(registry: Registry) {
    const registers = [registry];
    const counter = <Label extends string>(name: string, help: string, ...labelNames: Label[]): Counter<Label> =>
      new Counter({ name: `${PREFIX}${name}_total`, help, labelNames, registers });
    const gauge = <Label extends string>(name: string, help: string, ...labelNames: Label[]): Gauge<Label> =>
      new Gauge({ name: `${PREFIX}${name}`, help, labelNames, registers });
    this.answers = gauge("answers", "Answers in the journal.");
    this.unanchored = gauge("receipts_unanchored", "Receipts that can be anchored and stand nowhere on chain.");
    this.unanchoredAge = gauge("oldest_unanchored_seconds", "Age of the oldest of them, by the chain's time.");
    this.unanchoredBatches = gauge("batches_unanchored", "Batches that were closed and do not stand on chain.");
    this.promised = gauge("promised", "What receipts promise beyond what is locked.");
    this.room = gauge("lockable", "What can be locked for answers now.");
    this.anchored = counter("batches_anchored", "Batches that were anchored, again after a reorg included.");
    this.anchoringsSent = counter("anchorings_tried", "Attempts to anchor a batch.");
    this.anchoringsRefused = counter("anchorings_refused", "Attempts that failed, by error.", "code");
    this.reanchored = counter("batches_reorged", "Batches that a reorg threw out, and that are anchored again.");
    this.lapsed = counter("batches_lapsed", "Batches that were not anchored in time.");
    this.lastResorts = counter("last_resorts", "Attempts to anchor a receipt alone because its time ran out.");
    this.published = counter("answers_published", "Answers that were published because a customer wants them final.");
    this.merged = counter("receipts_merged", "Receipts anchored alone that were merged with their leaf.");
    this.short = gauge("receipts_short", "Receipts that were locked short and can be honoured.");
    this.honoured = counter("receipts_honoured", "Receipts whose lock was made whole.");
    this.#games = gauge("games", "Open games on own answers, by phase.", "phase");
    this.secondsToDeadline = gauge("seconds_to_deadline", "Until the nearest own deadline in a game; +Inf: none.");
    this.moves = counter("moves", "Moves that were played, by kind.", "kind");
    this.alarms = counter("deadline_alarms", "Times that a move was seen to be close to its deadline, or beyond.");
    this.unplayable = counter("games_unplayable", "Games whose trace is not in this journal.");
    this.tracesDropped = counter("traces_dropped", "Traces that nobody can ask for any more.");
    this.foreign = counter("foreign", "Events of this operator that this journal did not sign.", "event");
    this.reorgs = counter("reorgs", "Times that the followed chain went back.");
    this.gasUsed = counter("gas_used", "Gas of own transactions.");
    this.gasPaid = counter("gas_paid_gwei", "Fees of own transactions, in gwei.");
    this.headBlock = gauge("head_block", "Newest block that was followed.");
    this.headAge = gauge("head_lag_seconds", "Since the head changed last, by this machine's elapsed time.");
    this.errors = counter("errors", "Failures, by duty and error.", "duty", "code");
    for (const [phase] of PHASES) this.#games.set({ phase }, 0);
    this.secondsToDeadline.set(Infinity);
  }

  /** @param games Those that are not over. */
  setGames(games: readonly Pick<OpenGame, "phase">[]): void {
    for (const [name, phase] of PHASES) {
      this.#games.set({ phase: name }, games.filter((game) => game.phase === phase).length);
    }
  }
}

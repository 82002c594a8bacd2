import { Counter, Gauge, Histogram, type Registry } from "prom-client";

const PREFIX = "credence_operator_";

export type ApiMetricsOptions = {
  registry: Registry;
  /** How many answers are being made. */
  pending: () => number;
};

/** What the API is at, for Prometheus. */
export class ApiMetrics {
  readonly #requests: Counter<"route" | "status">;
  readonly #seconds: Histogram<"route">;
  readonly #refusals: Counter<"code">;

  constructor({ registry, pending }: ApiMetricsOptions) {
    const registers = [registry];
    this.#requests = new Counter({
      name: `${PREFIX}requests_total`,
      help: "HTTP requests, by route and status.",
      labelNames: ["route", "status"],
      registers,
    });
    this.#seconds = new Histogram({
      name: `${PREFIX}request_seconds`,
      help: "From a request's headers to the end of its answer, by route.",
      labelNames: ["route"],
      buckets: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30],
      registers,
    });
    this.#refusals = new Counter({
      name: `${PREFIX}answers_refused_total`,
      help: "Answers that were refused, by code.",
      labelNames: ["code"],
      registers,
    });
    new Gauge({
      name: `${PREFIX}answers_pending`,
      help: "Answers that are being made.",
      registers,
      collect() {
        this.set(pending());
      },
    });
  }

  /** A request was answered. */
  observe(route: string, status: number, ms: number): void {
    this.#requests.inc({ route, status: status.toString() });
    this.#seconds.observe({ route }, ms / 1_000);
  }

  /** An answer was refused. */
  refused(code: string): void {
    this.#refusals.inc({ code });
  }
}

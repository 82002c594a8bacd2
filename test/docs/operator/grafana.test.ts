import { readFile } from "node:fs/promises";

import { expect } from "chai";
import type { Registry } from "prom-client";

import { challengerMetrics, type MetricsSource } from "../../../src/challenger/metrics.ts";
import { createMetrics } from "../../../src/daemon/metrics.ts";
import { jurorMetrics } from "../../../src/juror/jurorMetrics.ts";
import { ApiMetrics } from "../../../src/operator/apiMetrics.ts";
import { DutyMetrics } from "../../../src/operator/dutyMetrics.ts";

const ROOT = new URL("../../../", import.meta.url);
const METRIC = /\b(?:credence|process|nodejs)_[a-z0-9_]+\b/g;

type Target = { expr: string };
type Panel = { type: string; title: string; targets?: Target[] };
type Dashboard = { title: string; panels: Panel[]; templating: { list: { query: unknown }[] } };

/** As each program registers them. */
function registries(): Registry[] {
  const operator = createMetrics("operator");
  new ApiMetrics({ registry: operator, pending: () => 0 });
  new DutyMetrics(operator);
  const challenger = createMetrics("challenger");
  const nothing = { counts: () => [] };
  challengerMetrics(challenger, { answers: nothing, batches: nothing, budget: {} } as unknown as MetricsSource);
  return [operator, challenger, jurorMetrics().registry];
}

/** Names under which Prometheus has them: a histogram under three. */
async function namesOf(registry: Registry): Promise<string[]> {
  return registry
    .getMetricsAsArray()
    .flatMap(({ name, type }) =>
      String(type) === "histogram" ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    );
}

const read = (path: string): Promise<string> => readFile(new URL(path, ROOT), "utf8");

describe("docs/operator/grafana.json", () => {
  let known: ReadonlySet<string>;
  before(async () => {
    known = new Set((await Promise.all(registries().map(namesOf))).flat());
  });

  it("asks for metrics that the programs have, and for most of them", async () => {
    const { title, panels, templating } = JSON.parse(await read("docs/operator/grafana.json")) as Dashboard;
    expect(title).to.equal("Credence");
    const charts = panels.filter(({ type }) => type !== "row");
    for (const { title: name, targets } of charts) expect(targets, name).to.have.length.above(0);
    const expressions = [
      ...charts.flatMap(({ targets }) => targets!.map(({ expr }) => expr)),
      JSON.stringify(templating.list),
    ];
    const asked = new Set(expressions.flatMap((text) => text.match(METRIC) ?? []));
    expect([...asked].filter((name) => !known.has(name))).to.deep.equal([]);
    const unasked = [...known].filter((name) => name.startsWith("credence_") && !asked.has(name));
    expect(unasked).to.deep.equal(["credence_operator_request_seconds_sum", "credence_operator_request_seconds_count"]);
  });

  for (const page of ["operator", "challenger", "juror"]) {
    it(`alerts of the ${page} guide are on metrics that the programs have`, async () => {
      const names = (await read(`docs/${page}/guide.md`)).match(METRIC) ?? [];
      expect(names).to.have.length.above(0);
      expect(names.filter((name) => !known.has(name))).to.deep.equal([]);
    });
  }
});

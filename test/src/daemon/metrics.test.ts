import { expect } from "chai";
import { Counter } from "prom-client";

import { createMetrics, serveMetrics, type MetricsEndpoint } from "../../../src/daemon/metrics.ts";

describe("daemon: metrics", function () {
  let endpoint: MetricsEndpoint;
  let reason: string | undefined;
  const registry = createMetrics("juror");
  const counter = new Counter({ name: "credence_test_total", help: "Test", registers: [registry] });

  before(async function () {
    endpoint = await serveMetrics({ registry, host: "127.0.0.1", port: 0, trouble: () => reason });
  });
  after(async function () {
    await endpoint.close();
  });

  it("in the format of Prometheus, with what Node knows", async function () {
    counter.inc(3);
    const response = await fetch(`${endpoint.url}/metrics`);
    expect([response.status, response.headers.get("content-type")]).to.deep.equal([200, registry.contentType]);
    const text = await response.text();
    expect(text).to.include('credence_test_total{program="juror"} 3\n');
    expect(text).to.match(/^process_resident_memory_bytes\{program="juror"\} \d+$/m);
  });

  it("health: well, or why not", async function () {
    const read = async (): Promise<[number, unknown]> => {
      const response = await fetch(`${endpoint.url}/healthz`);
      return [response.status, await response.json()];
    };
    expect(await read()).to.deep.equal([200, { status: "ok" }]);
    reason = "the chain does not answer";
    expect(await read()).to.deep.equal([503, { status: "failing", reason }]);
  });

  it("nothing else, on loopback, on a port of its own", async function () {
    expect((await fetch(`${endpoint.url}/other`)).status).to.equal(404);
    expect((await fetch(`${endpoint.url}/metrics`, { method: "POST" })).status).to.equal(405);
    const { hostname, port } = new URL(endpoint.url);
    expect(hostname).to.equal("127.0.0.1");
    let refusal: unknown;
    const second = serveMetrics({ registry, host: hostname, port: Number(port), trouble: () => undefined });
    await second.catch((error: unknown) => (refusal = error));
    expect(refusal).to.include({ code: "METRICS_NOT_SERVED" });
  });
});

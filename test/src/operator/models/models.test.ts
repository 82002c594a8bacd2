import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { expect } from "chai";
import { ZeroHash, hexlify, keccak256, toBeHex } from "ethers";
import { network } from "hardhat";

import { publishModel } from "../../../../src/actions/publishModel.ts";
import { contractsOf } from "../../../../src/chain/contracts.ts";
import { CredenceError, FatalError } from "../../../../src/errors.ts";
import { hostModels, type HostedModel, type ModelSource } from "../../../../src/operator/models/hostModels.ts";
import { ModelPool } from "../../../../src/operator/models/modelPool.ts";
import { packTrace, unpackTrace } from "../../../../src/operator/models/packTrace.ts";
import type { ModelId } from "../../../../src/protocol/ids.ts";
import { openBusiness, type Business } from "../../../setup/answerCounter.ts";
import { COVERAGE } from "../../../setup/operation.ts";
import { POCKET, POCKET_OUTPUT, POCKET_REQUEST, UPSTREAM_MANIFEST, UPSTREAM_POLICY } from "../../../setup/pocketNetwork.ts";

const { networkHelpers } = await network.create();

async function failureOf(work: Promise<unknown>): Promise<CredenceError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof CredenceError) return error;
    throw error;
  }
  throw new Error("expected a refusal");
}

describe("operator: hosted models", () => {
  let b: Business;
  let pool: ModelPool;
  const servers: Server[] = [];
  before(() => {
    pool = new ModelPool({ workers: 1, timeoutMs: 20_000 });
  });
  after(async () => pool.close());
  beforeEach(async () => {
    b = await networkHelpers.loadFixture(openBusiness);
  });
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  const host = async (source: ModelSource, modelId: ModelId = b.pocketId, changes = {}): Promise<HostedModel> => {
    const setup = { modelId, source, coverage: COVERAGE, maxCoverage: COVERAGE, ...changes };
    const { models } = await hostModels(contractsOf(b.deployment, b.provider), pool, [setup]);
    return models.get(modelId)!;
  };

  it("runs a network whose spec and weights are the registry's", async () => {
    const model = await host({ kind: "network", path: b.networkFile });
    const { output, trace } = await model.run(POCKET_REQUEST);
    expect(hexlify(output)).to.equal(POCKET_OUTPUT);
    expect(unpackTrace(trace!).tensors).to.deep.equal(["0x05fe07", "0x0100", POCKET_OUTPUT]);
    expect((await failureOf(model.run(Uint8Array.of(1)))).code).to.equal("REQUEST_REFUSED");
  });

  it("refuses another network, another artifact and a file that is not there, with actual and expected", async () => {
    const path = join(b.folder, "other.json");
    writeFileSync(path, POCKET.replace('"bias":[6,3]', '"bias":[6,4]'));
    const other = await failureOf(host({ kind: "network", path }));
    expect(other).to.be.instanceOf(FatalError);
    expect(other.code).to.equal("MODEL_MISMATCH");
    expect(other.message).to.match(/expected weightsRoot 0xe5c16b\w{58}, got 0x\w{64}$/u);
    const artifactHash = keccak256("0x1234");
    const artifact = await failureOf(host({ kind: "network", path: b.networkFile }, b.pocketId, { artifactHash }));
    expect(artifact.message).to.contain(`expected artifactHash ${artifactHash}, got 0x`);
    const lande = await failureOf(host({ kind: "lande" }));
    expect(lande.message).to.contain("expected specHash 0x1365ba");
    expect((await failureOf(host({ kind: "network", path: "/nowhere.json" }))).code).to.equal("INVALID_NETWORK");
    const unknown = toBeHex(5, 32) as ModelId;
    expect((await failureOf(host({ kind: "lande" }, unknown))).code).to.equal("ModelUnknown");
    const low = { coverage: COVERAGE - 1n };
    expect((await failureOf(host({ kind: "network", path: b.networkFile }, b.pocketId, low))).code).to.equal("COVERAGE_RANGE");
  });

  it("a file that changed after it was compared answers nothing", async () => {
    const path = join(b.folder, "changing.json");
    writeFileSync(path, POCKET);
    const model = await host({ kind: "network", path });
    writeFileSync(path, POCKET.replace('"bias":[6,3]', '"bias":[6,4]'));
    const fresh = new ModelPool({ workers: 1, timeoutMs: 20_000 });
    const task = { modelId: b.pocketId, source: { kind: "network", path } as const, commitments: model.replayable!.commitments };
    const failure = await failureOf(fresh.run(task, POCKET_REQUEST));
    await fresh.close();
    expect(failure.code).to.equal("MODEL_FAILED");
    expect(failure.message).to.contain("expected weightsRoot");
  });

  const publishUpstream = async (): Promise<ModelId> =>
    publishModel(b.publisher, b.deployment, { manifest: UPSTREAM_MANIFEST, policy: UPSTREAM_POLICY });

  const serve = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener).listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/model`;
  };

  it("asks a service for a model without replay, and keeps what it says within limits", async () => {
    const modelId = await publishUpstream();
    let mode = 0;
    const url = await serve((incoming, response) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("end", () => {
        if (mode === 0) response.end(Buffer.concat([...chunks, Buffer.from("!")]));
        if (mode === 1) response.end(Buffer.alloc(16_385));
        if (mode === 2) response.writeHead(422).end("the secret is 42");
        if (mode === 3) response.writeHead(302, { location: "http://127.0.0.1:1/" }).end();
        if (mode === 4) response.destroy();
      });
    });
    const model = await host({ kind: "upstream", url, timeoutMs: 300 }, modelId);
    const run = await model.run(Buffer.from("question"));
    expect({ ...run, output: Buffer.from(run.output).toString() }).to.deep.equal({
      ...{ output: "question!", traceRoot: ZeroHash, trace: undefined },
    });
    const failures: string[] = [];
    for (mode = 1; mode <= 5; mode++) {
      const { code, message } = await failureOf(model.run(Buffer.from("question")));
      failures.push(code);
      expect(message).not.to.contain("secret");
    }
    const timeout = "MODEL_TIMEOUT";
    expect(failures).to.deep.equal(["MODEL_FAILED", "REQUEST_REFUSED", "MODEL_FAILED", "MODEL_FAILED", timeout]);
  });

  it("a model that can be replayed is run here, one that cannot is asked elsewhere", async () => {
    const upstream = { kind: "upstream", url: "http://127.0.0.1:1/", timeoutMs: 100 } as const;
    expect((await failureOf(host(upstream))).code).to.equal("MODEL_REPLAYABLE");
    expect((await failureOf(host({ kind: "lande" }, await publishUpstream()))).code).to.equal("MODEL_WITHOUT_REPLAY");
  });
});

describe("operator: model threads", () => {
  it("one that crashes, hangs or throws fails its answer only", async () => {
    const worker = new URL("../../../setup/unreliableWorker.ts", import.meta.url);
    const pool = new ModelPool({ workers: 2, timeoutMs: 1_500, worker });
    const model = { modelId: ZeroHash as ModelId, source: { kind: "network", path: "" } as const, commitments: {} as never };
    const ask = async (first: number): Promise<string> => {
      try {
        return hexlify((await pool.run(model, Uint8Array.of(first))).output);
      } catch (error) {
        return (error as CredenceError).code;
      }
    };
    try {
      expect(await Promise.all([1, 9, 2, 8, 3, 7].map(ask))).to.deep.equal([
        ...["MODEL_FAILED", "0x09", "MODEL_TIMEOUT", "0x08", "MODEL_FAILED", "0x07"],
      ]);
      expect(await ask(6)).to.equal("0x06");
    } finally {
      await pool.close();
    }
  });
});

describe("operator: packed traces", () => {
  it("come back as they were, and nothing else does", () => {
    const trace = { roots: [ZeroHash, toBeHex(1, 32)], tensors: ["0x0102", "0x"] };
    expect(unpackTrace(packTrace(trace))).to.deep.equal(trace);
    expect(() => unpackTrace(Uint8Array.of(1, 2, 3))).to.throw();
    expect(() => unpackTrace(packTrace({ roots: ["0x"], tensors: [] }))).to.throw(FatalError);
  });
});

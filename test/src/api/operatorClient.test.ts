import { once } from "node:events";
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";
import { ZeroAddress, ZeroHash, keccak256, toBeHex } from "ethers";
import { request } from "undici";

import { JsonFetcher } from "../../../src/api/fetchJson.ts";
import { OperatorClient, operatorUrlOf, type Question } from "../../../src/api/operatorClient.ts";
import { OperatorRefusedError, OperatorUnavailableError } from "../../../src/api/operatorErrors.ts";
import { isPublicAddress, publicAgent } from "../../../src/api/publicAddresses.ts";
import { statusSchema } from "../../../src/api/schemas.ts";
import type { Id, JobId, ModelId } from "../../../src/protocol/ids.ts";
import { jobId } from "../../../src/protocol/jobs.ts";

const MODEL = toBeHex(7, 32) as Id<string> as ModelId;
const QUESTION: Question = {
  ...{ modelId: MODEL, request: "0x0102", requester: toBeHex(1, 20), nonce: 3n, beneficiary: toBeHex(2, 20) },
};

/** What an honest operator answers to the question. */
function answerTo({ modelId, requester, nonce, beneficiary }: Question) {
  const inputHash = keccak256("0x0102");
  const receipt = {
    ...{ operator: ZeroAddress, signerId: ZeroHash, modelId, jobId: jobId({ requester, nonce, modelId, inputHash }) },
    ...{ inputHash, outputHash: keccak256("0x05"), traceRoot: ZeroHash, beneficiary, coverage: "10" },
    ...{ issuedAt: 1, anchorBy: 2 },
  };
  return { receiptId: ZeroHash, receipt, signature: "0x00", request: "0x0102", output: "0x05" };
}

describe("api: the client", () => {
  const servers: Server[] = [];
  const clients: OperatorClient[] = [];
  afterEach(async () => {
    for (const client of clients.splice(0)) await client.close();
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });

  const serve = async (listener: RequestListener): Promise<string> => {
    const server = createServer(listener).listen(0, "127.0.0.1");
    servers.push(server);
    await once(server, "listening");
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const clientOf = async (listener: RequestListener, options: object = {}): Promise<OperatorClient> => {
    const url = await serve(listener);
    const client = new OperatorClient({
      url,
      allowPrivateAddresses: true,
      timeoutMs: 300,
      maxBytes: 2_000,
      ...options,
    });
    clients.push(client);
    return client;
  };
  const json =
    (status: number, body: unknown, headers: Record<string, string> = {}): RequestListener =>
    (_, response) => {
      response.writeHead(status, headers).end(typeof body === "string" ? body : JSON.stringify(body));
    };

  type Failure = { name: string; code: string; message: string; retryAfterMs: number | undefined };
  const failureOf = async (work: Promise<unknown>): Promise<Failure> => {
    try {
      await work;
    } catch (error) {
      if (error instanceof OperatorUnavailableError || error instanceof OperatorRefusedError) {
        const { name, code, message } = error;
        return { name, code, message, retryAfterMs: "retryAfterMs" in error ? error.retryAfterMs : undefined };
      }
      throw error;
    }
    throw new Error("expected a refusal");
  };

  it("asks, and reads amounts and ids in their types", async () => {
    let asked: unknown;
    const client = await clientOf((incoming, response) => {
      let body = "";
      incoming.on("data", (chunk: Buffer) => (body += chunk.toString()));
      incoming.on("end", () => {
        asked = { url: incoming.url, method: incoming.method, ...(JSON.parse(body) as object) };
        response.end(JSON.stringify(answerTo(QUESTION)));
      });
    });
    const { receipt, output } = await client.answer({ ...QUESTION, coverage: 10n, publish: true });
    expect(receipt.coverage).to.equal(10n);
    expect(output).to.equal("0x05");
    expect(asked).to.deep.equal({
      ...{ url: `/v1/models/${MODEL}/answers`, method: "POST", requester: QUESTION.requester, nonce: "3" },
      ...{ request: "0x0102", beneficiary: QUESTION.beneficiary, coverage: "10", publish: true },
    });
  });

  it("refuses an answer to another question", async () => {
    const good = answerTo(QUESTION);
    const wrong = [
      { ...good, request: "0x0103" },
      { ...good, output: "0x06" },
      ...Object.entries({ modelId: toBeHex(8, 32), jobId: toBeHex(9, 32), beneficiary: toBeHex(3, 20) }).map(
        ([field, value]) => ({ ...good, receipt: { ...good.receipt, [field]: value } }),
      ),
    ];
    let next = 0;
    const client = await clientOf((_, response) => response.end(JSON.stringify(wrong[next])));
    for (; next < wrong.length; next++) {
      expect((await failureOf(client.answer(QUESTION))).code, `case ${next}`).to.equal("OPERATOR_RESPONSE");
    }
    const coverage = await clientOf(json(200, good));
    expect((await failureOf(coverage.answer({ ...QUESTION, coverage: 11n }))).code).to.equal("OPERATOR_RESPONSE");
  });

  it("tells what may pass from what will not, with the operator's code and the time to wait", async () => {
    const expectations = [
      [
        json(503, { code: "BUSY", message: "later" }, { "retry-after": "2" }),
        "OperatorUnavailableError",
        "BUSY",
        2_000,
      ],
      [
        json(429, { code: "RATE_LIMITED", message: "" }, { "retry-after": "99999999" }),
        "OperatorUnavailableError",
        "RATE_LIMITED",
        3_600_000,
      ],
      [
        json(503, { code: "BUSY", message: "" }, { "retry-after": "Fri, 1 Jan 2100 00:00:00 GMT" }),
        "OperatorUnavailableError",
        "BUSY",
        undefined,
      ],
      [json(409, { code: "JOB_OTHER_INPUT", message: "no" }), "OperatorRefusedError", "JOB_OTHER_INPUT", undefined],
      // A code of ours in a stranger's mouth is none.
      [json(400, { code: "JOURNAL_DAMAGED", message: "stop" }), "OperatorRefusedError", "OPERATOR_REFUSED", undefined],
      [json(500, "<html>"), "OperatorUnavailableError", "OPERATOR_FAILED", undefined],
      [json(302, "", { location: "http://127.0.0.1/" }), "OperatorRefusedError", "OPERATOR_REFUSED", undefined],
      [json(204, ""), "OperatorRefusedError", "OPERATOR_REFUSED", undefined],
    ] as const;
    for (const [listener, name, code, retryAfterMs] of expectations) {
      const failure = await failureOf((await clientOf(listener)).ready());
      expect({ name: failure.name, code: failure.code, retryAfterMs: failure.retryAfterMs }).to.deep.equal({
        name,
        code,
        retryAfterMs,
      });
    }
  });

  it("keeps what strangers say to one short line", async () => {
    const client = await clientOf(json(400, { code: "NOT_FOUND", message: `a\n\u001b[31mb${"x".repeat(900)}` }));
    const { message } = await failureOf(client.ready());
    expect(message).to.match(/says 400: a \[31mbx{290,}…$/u);
    expect(message.length).to.be.lessThan(360);
  });

  it("refuses what is too long, too slow, encoded, not JSON, or JSON of another form", async () => {
    const codes: string[] = [];
    const listeners: RequestListener[] = [
      json(200, " ".repeat(2_001)),
      (_, response) => {
        response.write("{");
        const drip = setInterval(() => response.write(" "), 50);
        response.on("close", () => {
          clearInterval(drip);
        });
      },
      json(200, { status: "ready" }, { "content-encoding": "gzip" }),
      json(200, "[".repeat(1_999)),
      json(200, { status: "fine" }),
      (_, response) => response.destroy(),
    ];
    for (const listener of listeners) codes.push((await failureOf((await clientOf(listener)).ready())).code);
    expect(codes).to.deep.equal([
      ...["RESPONSE_TOO_LARGE", "OPERATOR_TIMEOUT", "OPERATOR_RESPONSE", "OPERATOR_RESPONSE", "OPERATOR_RESPONSE"],
      "OPERATOR_UNREACHABLE",
    ]);
  });

  it("stops when it is told to", async () => {
    const client = await clientOf(() => undefined, { timeoutMs: 60_000 });
    const controller = new AbortController();
    const asked = client.ready(controller.signal);
    controller.abort(new Error("enough"));
    await asked.then(
      () => expect.fail("expected an abort"),
      (error: unknown) => expect((error as Error).message).to.equal("enough"),
    );
  });

  it("takes pages of a batch in their order only, and full ones", async () => {
    const batch = {
      ...{ operator: ZeroAddress, signerId: ZeroHash, modelId: MODEL, root: toBeHex(5, 32), count: 2, coverage: "1" },
      ...{ anchorBy: 1, dataURI: "" },
    };
    const { receipt } = answerTo(QUESTION);
    const leaf = (index: number) => ({ index, receiptId: ZeroHash, receipt, signature: "0x", proof: [] });
    const page = (...indexes: number[]) => ({ batchId: toBeHex(6, 32), batch, leaves: indexes.map(leaf) });
    const ask = async (shown: unknown, count = 2): Promise<number | string> => {
      const client = await clientOf(json(200, shown), { maxBytes: 20_000 });
      try {
        return (await client.batch(batch.root, count)).leaves.length;
      } catch (error) {
        return (error as OperatorRefusedError).code;
      }
    };
    expect(await ask(page(0, 1))).to.equal(2);
    for (const wrong of [page(1, 0), page(0), page(0, 0), page(), page(0, 1, 2)]) {
      expect(await ask(wrong)).to.equal("OPERATOR_RESPONSE");
    }
    expect(await ask(page(0, 1), 3)).to.equal("OPERATOR_RESPONSE");
    expect(await ask({ ...page(0, 1), batch: { ...batch, root: toBeHex(4, 32) } })).to.equal("OPERATOR_RESPONSE");
  });

  it("requires the job that was asked for", async () => {
    const { receipt } = answerTo(QUESTION);
    const state = { receiptId: ZeroHash, receipt, signature: "0x", state: "signed", wantsFinal: false };
    const client = await clientOf(json(200, state));
    expect((await client.answerOf(receipt.jobId)).state).to.equal("signed");
    expect((await failureOf(client.answerOf(toBeHex(1, 32) as Id<string> as JobId))).code).to.equal(
      "OPERATOR_RESPONSE",
    );
  });

  it("knows a batch's API by its dataURI", () => {
    const root = toBeHex(5, 32);
    expect(operatorUrlOf(`https://a.example/x/v1/batches/${root}`)).to.equal("https://a.example/x");
    for (const other of ["ipfs://batch", `file:///v1/batches/${root}`, `https://a.example/v1/batches/${root}?x`, ""]) {
      expect(operatorUrlOf(other)).to.equal(undefined);
    }
  });
});

describe("api: private addresses", () => {
  const fetcher = new JsonFetcher({ timeoutMs: 500 });
  after(async () => fetcher.close());

  it("tells the public internet from the rest", () => {
    for (const address of ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"]) {
      expect(isPublicAddress(address), address).to.equal(true);
    }
    const hidden = [
      ...["127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"],
      ...["224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "::ffff:127.0.0.1", "64:ff9b::7f00:1"],
      ...["2002:7f00:1::", "example.org", ""],
    ];
    for (const address of hidden) expect(isPublicAddress(address), address).to.equal(false);
  });

  it("fetches no URL of another kind, and no address that is written out, in any way of writing it", async () => {
    const urls = [
      ...["file:///etc/passwd", "ftp://a.example/", "not a url", "http://user:secret@a.example/"],
      ...["http://127.0.0.1/", "http://0x7f.1/", "http://2130706433/", "http://[::1]/", "http://[::ffff:7f00:1]/"],
    ];
    for (const url of urls) {
      try {
        await fetcher.fetch({ url, schema: statusSchema });
        expect.fail(`fetched ${url}`);
      } catch (error) {
        expect((error as OperatorRefusedError).code, url).to.equal("ADDRESS_REFUSED");
      }
    }
  });

  it("refuses a name that leads to a private address, whatever it led to before", async () => {
    let asked = 0;
    const server = createServer((_, response) => {
      asked++;
      response.end("{}");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const resolve = ((_name: string, _options: object, done: (e: null, a: object[]) => void) => {
      done(null, [{ address: "127.0.0.1", family: 4 }]);
    }) as never;
    const agent = publicAgent({ connect: { timeout: 500 } }, resolve);
    try {
      await request(`http://rebound.example:${port}/`, { dispatcher: agent });
      expect.fail("connected");
    } catch (error) {
      expect((error as OperatorRefusedError).code).to.equal("ADDRESS_REFUSED");
    } finally {
      await agent.destroy();
      server.close();
    }
    expect(asked).to.equal(0);
  });

  it("refuses localhost by name", async () => {
    try {
      await fetcher.fetch({ url: "http://localhost:9/", schema: statusSchema });
      expect.fail("fetched");
    } catch (error) {
      expect((error as OperatorRefusedError).code).to.equal("ADDRESS_REFUSED");
    }
  });
});

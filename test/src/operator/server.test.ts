import { once } from "node:events";
import { connect } from "node:net";

import { expect } from "chai";
import Fastify, { type FastifyInstance } from "fastify";
import { hexlify, toBeHex } from "ethers";
import { network } from "hardhat";

import { anchorBatch } from "../../../src/actions/anchorBatch.ts";
import { API_ERRORS } from "../../../src/api/errorCodes.ts";
import { OperatorClient } from "../../../src/api/operatorClient.ts";
import { batchId } from "../../../src/protocol/batches.ts";
import { verifyLeaf } from "../../../src/protocol/batchTree.ts";
import { FilledBatch } from "../../../src/protocol/filledBatch.ts";
import {
  AnswerCounter,
  closeSharedPool,
  openBusiness,
  type Business,
  type CounterOptions,
} from "../../setup/answerCounter.ts";
import { COVERAGE, HOUR } from "../../setup/operation.ts";
import { POCKET_OUTPUT, POCKET_REQUEST } from "../../setup/pocketNetwork.ts";

const { networkHelpers } = await network.create();

type Reply = { status: number; body: unknown; headers: Headers; text: string };
type Document = {
  paths: Record<
    string,
    Record<string, { responses: Record<string, { content?: Record<string, { schema: object }> }> }>
  >;
};

describe("operator: the API", () => {
  let b: Business;
  let counter: AnswerCounter;
  const open: AnswerCounter[] = [];
  const openCounter = async (options: CounterOptions = {}): Promise<AnswerCounter> => {
    counter = await AnswerCounter.open(b, options);
    open.push(counter);
    return counter;
  };
  beforeEach(async () => {
    b = await networkHelpers.loadFixture(openBusiness);
  });
  afterEach(async () => {
    for (const each of open.splice(0)) await each.close();
  });
  after(closeSharedPool);

  const ask = async (path: string, init: RequestInit = {}): Promise<Reply> => {
    const response = await fetch(`${counter.url}${path}`, init);
    const text = await response.text();
    let body: unknown;
    try {
      body = JSON.parse(text);
    } catch {
      body = undefined;
    }
    return { status: response.status, body, headers: response.headers, text };
  };
  const post = async (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Reply> =>
    ask(path, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers },
    });
  const question = (changes: object = {}) => {
    const { requester, nonce, beneficiary } = counter.job();
    return { requester, nonce: nonce.toString(), request: hexlify(POCKET_REQUEST), beneficiary, ...changes };
  };
  const answers = (): string => `/v1/models/${b.pocketId}/answers`;
  const codeOf = ({ status, body }: Reply): string => {
    const { code, message, ...rest } = body as { code: keyof typeof API_ERRORS; message: string };
    expect(rest).to.deep.equal({});
    expect(message).to.be.a("string").that.is.not.empty;
    expect(API_ERRORS[code], code).to.equal(status);
    return code;
  };

  /** Signs some answers, and anchors them in one batch. */
  const anchor = async (count: number): Promise<FilledBatch> => {
    const stored = await Promise.all(Array.from({ length: count }, () => counter.desk.answer(counter.job())));
    const receipts = stored.map(({ signed }) => signed.receipt);
    const filled = new FilledBatch(b.domain, receipts, { anchorBy: receipts[0]!.anchorBy, dataURI: "" });
    const { batch } = filled;
    const ids = stored.map(({ receiptId }) => receiptId);
    counter.answers.addBatch(batchId(b.domain, batch), batch, ids, receipts[0]!.issuedAt);
    await anchorBatch(b.operator, b.deployment, { batch });
    await counter.follow();
    return filled;
  };

  it("answers, byte for byte the same when asked again, and says where the answer stands", async () => {
    await openCounter();
    const asked = question();
    const [first, again] = [await post(answers(), asked), await post(answers(), asked)];
    expect(first.status).to.equal(200);
    expect(again.text).to.equal(first.text);
    const { receipt, output } = first.body as { receipt: { jobId: string; coverage: string }; output: string };
    expect(output).to.equal(POCKET_OUTPUT);
    expect(receipt.coverage).to.equal(COVERAGE.toString());
    const state = await ask(`/v1/answers/${receipt.jobId}`);
    expect((state.body as { state: string }).state).to.equal("signed");
    await networkHelpers.time.increase(6 * HOUR);
    await counter.follow();
    expect(((await ask(`/v1/answers/${receipt.jobId}`)).body as { state: string }).state).to.equal("lapsed");
  });

  it("shows a batch page by page, with proofs, and traces", async () => {
    await openCounter();
    const { batch, receipts } = await anchor(3);
    const client = new OperatorClient({ url: counter.url, allowPrivateAddresses: true });
    const shown = await client.batch(batch.root, 3);
    expect(shown.batchId).to.equal(batchId(b.domain, batch));
    expect(shown.leaves.map(({ receipt }) => receipt)).to.deep.equal(receipts);
    for (const { index, receiptId: leaf, proof, request, output } of shown.leaves) {
      expect(verifyLeaf({ root: batch.root, count: 3, leaf, index, proof })).to.equal(true);
      expect([request, output]).to.deep.equal([hexlify(POCKET_REQUEST), POCKET_OUTPUT]);
    }
    const page = (await ask(`/v1/batches/${shown.batchId}?from=1&limit=1`)).body as { leaves: object[]; next: number };
    expect([page.leaves.length, page.next]).to.deep.equal([1, 2]);
    expect(await ask(`/v1/batches/${batch.root}?from=2`))
      .to.have.nested.property("body.leaves")
      .with.length(1);
    const state = await client.answerOf(receipts[1]!.jobId);
    expect([state.state, state.batch!.index]).to.deep.equal(["anchored", 1]);
    const trace = await client.trace(state.receiptId);
    expect(trace.tensors).to.deep.equal([hexlify(POCKET_REQUEST), "0x0100", POCKET_OUTPUT]);
    expect(trace.receipt).to.deep.equal(receipts[1]);
    await client.close();
  });

  it("its OpenAPI document describes every route, and what each really says", async () => {
    await openCounter();
    const { batch } = await anchor(2);
    const leaf = counter.answers.leaves(batch.root, 0, 1)[0]!;
    const asked = question();
    const unknown = toBeHex(1, 32);
    const replies: [method: string, path: string, reply: Reply][] = [
      ["post", "/v1/models/{modelId}/answers", await post(answers(), asked)],
      ["post", "/v1/models/{modelId}/answers", await post(answers(), { ...asked, request: "0x010203" })],
      ["post", "/v1/models/{modelId}/answers", await post(answers(), { ...asked, nonce: -1 })],
      ["post", "/v1/models/{modelId}/answers", await post(`/v1/models/${unknown}/answers`, asked)],
      ["get", "/v1/answers/{jobId}", await ask(`/v1/answers/${leaf.signed.receipt.jobId}`)],
      ["get", "/v1/answers/{jobId}", await ask(`/v1/answers/${unknown}`)],
      ["get", "/v1/batches/{id}", await ask(`/v1/batches/${batch.root}`)],
      ["get", "/v1/batches/{id}", await ask(`/v1/batches/${batch.root}?limit=101`)],
      ["get", "/v1/batches/{id}", await ask(`/v1/batches/${unknown}`)],
      ["get", "/v1/traces/{receiptId}", await ask(`/v1/traces/${leaf.receiptId}`)],
      ["get", "/v1/traces/{receiptId}", await ask(`/v1/traces/${unknown}`)],
      ["get", "/healthz", await ask("/healthz")],
      ["get", "/readyz", await ask("/readyz")],
    ];
    counter.elapsed += 10_000_000;
    replies.push(["get", "/readyz", await ask("/readyz")]);
    replies.push(["post", "/v1/models/{modelId}/answers", await post(answers(), question())]);
    expect(replies.map(([, , { status }]) => status)).to.deep.equal([
      ...[200, 409, 400, 404, 200, 404, 200, 400, 404, 200, 404, 200, 200, 503, 503],
    ]);
    const { paths } = (await ask("/openapi.json")).body as Document;
    expect(Object.keys(paths).sort()).to.deep.equal([...new Set(replies.map(([, path]) => path))].sort());
    for (const [method, path, reply] of replies) {
      const { responses } = paths[path]![method]!;
      const described = responses[reply.status] ?? responses[`${Math.floor(reply.status / 100)}XX`];
      const schema = described?.content?.["application/json"]?.schema;
      expect(await mismatch(schema!, reply.body), `${method} ${path} ${reply.status}`).to.equal(undefined);
    }
    const { schema } = paths["/v1/answers/{jobId}"]!.get!.responses["200"]!.content!["application/json"]!;
    expect(await mismatch(schema, replies[0]![2].body), "a check that takes anything is none").to.be.a("string");
  });

  it("refuses what is malformed, of another type, too long or nowhere", async () => {
    await openCounter();
    const codes = [
      await post(answers(), "{"),
      await post(answers(), "[]"),
      await post(answers(), '{"__proto__":{}}'),
      await post(answers(), question({ extra: 1 })),
      await post(answers(), question({ request: "0x123" })),
      await post(answers(), question({ nonce: (2n ** 256n).toString() })),
      await post(answers(), question(), { "content-type": "text/plain" }),
      await post(answers(), question({ request: `0x${"00".repeat(40_000)}` })),
      await post("/v1/models/nonsense/answers", question()),
      await ask("/v1/answers/0x12"),
      await ask("/v1/%ZZ"),
      await ask("/nowhere"),
      await ask(answers()),
    ].map(codeOf);
    expect(codes).to.deep.equal([
      ...["REQUEST_MALFORMED", "REQUEST_MALFORMED", "REQUEST_MALFORMED", "REQUEST_MALFORMED", "REQUEST_MALFORMED"],
      ...["REQUEST_MALFORMED", "CONTENT_TYPE", "BODY_TOO_LARGE", "REQUEST_MALFORMED", "REQUEST_MALFORMED"],
      ...["REQUEST_MALFORMED", "NOT_FOUND", "NOT_FOUND"],
    ]);
  });

  it("says when to ask again", async () => {
    await openCounter();
    counter.elapsed += 31_000;
    const reply = await post(answers(), question());
    expect([codeOf(reply), reply.headers.get("retry-after")]).to.deep.equal(["CHAIN_STALE", "5"]);
  });

  it("limits how often one address may ask, but not for health and metrics", async () => {
    await openCounter({ settings: { rateLimit: { max: 3, perSeconds: 60 } } });
    const statuses: number[] = [];
    for (let i = 0; i < 5; i++) statuses.push((await ask(`/v1/answers/${toBeHex(1, 32)}`)).status);
    expect(statuses).to.deep.equal([404, 404, 404, 429, 429]);
    const limited = await ask("/nowhere");
    expect(codeOf(limited)).to.equal("RATE_LIMITED");
    expect(Number(limited.headers.get("retry-after"))).to.be.within(1, 60);
    for (const path of ["/healthz", "/readyz", "/metrics"]) expect((await ask(path)).status).to.equal(200);
  });

  it("waits for slow headers and slow bodies only so long", async () => {
    await openCounter({ settings: { requestSeconds: 1 } });
    const { port } = new URL(counter.url);
    const head = `POST ${answers()} HTTP/1.1\r\nhost: a\r\n`;
    const begin = performance.now();
    const replies = await Promise.all(
      [head, `${head}content-type: application/json\r\ncontent-length: 500\r\n\r\n{`].map(async (bytes) => {
        const socket = connect(Number(port), "127.0.0.1");
        socket.write(bytes);
        let text = "";
        socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
        await once(socket, "close");
        return text;
      }),
    );
    expect(performance.now() - begin).to.be.lessThan(4_000);
    for (const reply of replies) expect(reply).to.match(/^HTTP\/1\.1 408 [^]*\{"code":"REQUEST_TIMEOUT"/u);
    expect((await ask("/healthz")).status).to.equal(200);
  });

  it("says what is not HTTP, and headers that are too long, in the API's form", async () => {
    await openCounter();
    const { port } = new URL(counter.url);
    const send = async (bytes: string): Promise<string> => {
      const socket = connect(Number(port), "127.0.0.1");
      let text = "";
      socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
      socket.write(bytes);
      await once(socket, "close");
      return text;
    };
    expect(await send("nonsense\r\n\r\n")).to.match(/^HTTP\/1\.1 400 [^]*"REQUEST_MALFORMED"/u);
    expect(await send(`GET / HTTP/1.1\r\nx: ${"y".repeat(17_000)}\r\n\r\n`)).to.match(
      /^HTTP\/1\.1 431 [^]*"HEADERS_TOO_LARGE"/u,
    );
  });

  it("counts what it does", async () => {
    await openCounter();
    await post(answers(), question());
    counter.elapsed += 31_000;
    await post(answers(), question());
    const { text, headers } = await ask("/metrics");
    expect(headers.get("content-type")).to.contain("text/plain");
    expect(text).to.contain('credence_operator_requests_total{route="/v1/models/:modelId/answers",status="200"} 1');
    expect(text).to.contain('credence_operator_answers_refused_total{code="CHAIN_STALE"} 1');
    expect(text).to.contain("credence_operator_answers_pending 0");
  });

  it("says nothing of a fault that was not foreseen, but in its log", async () => {
    await openCounter();
    counter.journal.close();
    const reply = await ask(`/v1/answers/${toBeHex(1, 32)}`);
    expect(codeOf(reply)).to.equal("INTERNAL");
    expect(reply.text).not.to.contain("database");
    expect(counter.log.some(({ msg }) => msg === "a request failed")).to.equal(true);
  });
});

let checker: FastifyInstance | undefined;

/** How JSON differs from a schema; undefined if it does not. Fastify's own validator, told to change nothing. */
async function mismatch(schema: object, value: unknown): Promise<string | undefined> {
  checker = Fastify({
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false, useDefaults: false, strict: false } },
  });
  checker.post("/", { schema: { body: schema } }, async () => "");
  const { statusCode, body } = await checker.inject({ method: "POST", url: "/", payload: value as object });
  await checker.close();
  return statusCode === 200 ? undefined : body;
}

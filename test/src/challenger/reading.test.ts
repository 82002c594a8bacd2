import { createServer, type ServerResponse } from "node:http";

import { expect } from "chai";
import { ZeroHash, parseEther } from "ethers";

import { checkReceipt } from "../../../src/actions/checkReceipt.ts";
import type { Answer } from "../../../src/operator/answerer.ts";
import { AnswerStatus } from "../../../src/protocol/answers.ts";
import { encodeJson } from "../../../src/protocol/receiptJson.ts";
import { receiptId, signReceipt } from "../../../src/protocol/receipts.ts";
import { AlteringAgent, hotKey, type OperatorAgent } from "../../setup/agents.ts";
import { OperatorApi, pageOf, type BatchPage, type Served } from "../../setup/operatorApi.ts";
import { COVERAGE, DAY, enter, now, openStage, requestOf, wealth, type Stage } from "../../setup/stage.ts";
import { WatchTower, until } from "../../setup/watching.ts";

const STAKE = parseEther("5000");
const PURSE = parseEther("200");
const TEXT = "Everyone has the right to own property alone as well as in association with others.";

type Page = Record<string, unknown> & { batch: Record<string, unknown>; leaves: Record<string, unknown>[] };

/** A page with something changed in it. */
const changed =
  (change: (page: Page) => unknown) =>
  (page: BatchPage): Served =>
    JSON.stringify(change(JSON.parse(encodeJson(page)) as Page));
const changedLeaf = (change: (leaf: Record<string, unknown>) => object) =>
  changed((page) => ({ ...page, leaves: page.leaves.map(change) }));
const withReceipt = (fields: object) =>
  changedLeaf((leaf) => ({ ...leaf, receipt: { ...(leaf.receipt as object), ...fields } }));

/** A body that never ends, as fast as it is read. */
function endless(response: ServerResponse): void {
  const chunk = Buffer.alloc(65_536, " ");
  const write = (): void => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once("drain", write);
  };
  response.writeHead(200, { "content-type": "application/json" });
  write();
}

/** A byte from time to time. */
function trickle(response: ServerResponse): void {
  response.writeHead(200);
  const timer = setInterval(() => response.write(" "), 100);
  response.once("close", () => {
    clearInterval(timer);
  });
}

/** What a hostile operator serves in place of its leaves. */
const BAD_BATCHES: Record<string, (page: BatchPage) => Served> = {
  "no JSON": () => "<html>404</html>",
  "an empty body": () => "",
  "half of it": (page) => encodeJson(page).slice(0, 500),
  "another type": () => "[]",
  null: () => "null",
  "deep nesting": () => "[".repeat(200_000),
  "a status of 500": () => (response) => response.writeHead(500).end("{}"),
  "a redirect to itself": () => (response) => response.writeHead(302, { location: "/v1/batches" }).end(),
  "a closed connection": () => (response) => response.destroy(),
  "a body without an end": () => endless,
  "a byte from time to time": () => trickle,
  "a length that is not there": () => (response) =>
    response.writeHead(200, { "content-length": "99999999999" }).write("{"),
  "another root": changed((page) => ({ ...page, batch: { ...page.batch, root: ZeroHash } })),
  "no leaves": changed((page) => ({ ...page, leaves: [] })),
  "leaves twice": changed((page) => ({ ...page, leaves: [...page.leaves, { ...page.leaves[0], index: 1 }] })),
  "another index": changedLeaf((leaf) => ({ ...leaf, index: 7 })),
  "an index that is no number": changedLeaf((leaf) => ({ ...leaf, index: "0" })),
  "a longer proof": changedLeaf((leaf) => ({ ...leaf, proof: [ZeroHash] })),
  "another operator": withReceipt({ operator: `0x${"11".repeat(20)}` }),
  "another output hash": withReceipt({ outputHash: ZeroHash }),
  "an amount that is no number": withReceipt({ coverage: -1 }),
  "a time out of range": withReceipt({ issuedAt: 2 ** 50 }),
  "a field more": changedLeaf((leaf) => ({ ...leaf, more: 1 })),
};

describe("src/challenger/reading", () => {
  let stage: Stage;
  let api: OperatorApi;
  let tower: WatchTower;
  let operator: AlteringAgent;
  let customer: string;
  let nonce = 0n;

  beforeEach(async () => {
    stage = await openStage();
    customer = (await enter(stage, "customer", stage.protocol.others[1]!)).address;
    operator = await new AlteringAgent(stage, "operator", stage.protocol.others[0]!, await hotKey("operator")).enlist(
      STAKE,
    );
    api = await new OperatorApi().start();
    tower = await WatchTower.build(stage, PURSE);
  });

  afterEach(async () => {
    await tower.dismantle();
    await api.stop();
  });

  const ask = async (of: OperatorAgent = operator): Promise<Answer> => {
    nonce += 1n;
    const request = requestOf(stage, TEXT);
    return of.fulfil({ request, requester: customer, nonce, beneficiary: customer, coverage: COVERAGE });
  };
  const isOverturned =
    ({ receipt }: Answer) =>
    async (): Promise<boolean> =>
      (await checkReceipt(stage.provider, stage.deployment, { receipt })).status === AnswerStatus.Overturned;
  const batches = (state: string) => tower.metric(`credence_challenger_batches{state="${state}"`);

  it("whatever is served in place of leaves counts as withheld, costs nothing, and holds up nobody else", async () => {
    const other = await new AlteringAgent(stage, "other", stage.protocol.others[4]!, await hotKey("other")).enlist(
      STAKE,
    );
    const kinds = Object.entries(BAD_BATCHES);
    for (const [, bad] of kinds) {
      const answer = await ask();
      const filled = await api.anchor(operator, [answer]);
      api.served.set(`/v1/batches/${filled.batch.root}`, bad(pageOf(operator, filled, [answer])));
    }
    const shown = await ask(other);
    api.showTrace(other, shown.receipt);
    await api.anchor(other, [shown]);
    await tower.start({ fetch: { allowPrivateAddresses: true, attempts: 2, retrySeconds: 0.01, timeoutSeconds: 0.5 } });
    await until("the one that can be judged is overturned", isOverturned(shown));
    await until("all others are given up", async () => (await batches("withheld")) === kinds.length);
    expect(await batches("read")).to.equal(1);
    expect(await tower.metric('credence_challenger_acts_total{kind="game"')).to.equal(0);
    expect(await tower.metric("credence_challenger_bonds")).to.equal(0);
    expect(
      tower.lines.filter(({ level }) => (level as number) >= 50),
      "no errors of its own",
    ).to.deep.equal([]);
  });

  it("what a hostile operator shows of a trace makes no bond pay for it, and no proof of it", async () => {
    const answers: Answer[] = [];
    const record = (answer: Answer) => JSON.parse(encodeJson(operator.recordOf(answer.receipt)!)) as Page;
    const bad: ((answer: Answer) => Served)[] = [
      () => "no JSON",
      () => "{}",
      () => endless,
      (answer) => JSON.stringify({ ...record(answer), roots: [], tensors: [] }),
      (answer) => JSON.stringify({ ...record(answer), roots: Array<string>(2_000).fill(ZeroHash), tensors: [] }),
      (answer) => JSON.stringify({ ...record(answer), roots: ["0x"] }),
      (answer) => JSON.stringify({ ...record(answer), tensors: ["0x", "0x01"] }),
      (answer) => JSON.stringify({ ...record(answer), tensors: (record(answer).tensors as string[]).toReversed() }),
      (answer) => JSON.stringify({ ...record(answer), tensors: [1, null, {}] }),
      (answer) => JSON.stringify({ ...record(answer), receipt: null }),
    ];
    for (const show of bad) {
      const answer = await ask();
      answers.push(answer);
      api.served.set(`/v1/traces/${receiptId(stage.domain, answer.receipt)}`, show(answer));
    }
    await api.anchor(operator, answers);
    await tower.start({ budget: { bonds: "100", gasEth: "5", maxOpenGames: 0 } });
    const withheld = () => tower.metric('credence_challenger_answers{verdict="withheld"');
    await until("all count as withheld", async () => (await withheld()) === bad.length);
    await until(
      "no game fits",
      async () => (await tower.metric('credence_challenger_refusals_total{reason="OPEN_GAMES"')) > 0,
    );
    expect(await wealth(stage, tower.wallet.address)).to.equal(PURSE);
    expect(await stage.provider.getTransactionCount(tower.wallet.address)).to.equal(0);
  });

  it("asks no private address unless it is allowed to, and follows no redirect there", async () => {
    const answer = await ask();
    await api.anchor(operator, [answer]);
    await tower.start({ fetch: { attempts: 2, retrySeconds: 0.01 } });
    const refused = () => tower.metric('credence_challenger_garbage_total{kind="ADDRESS_REFUSED"');
    await until("it was refused more than once", async () => (await refused()) > 2);
    expect(api.asked).to.deep.equal([]);
    expect(await batches("withheld")).to.equal(0); // the configuration refuses it, not the operator
  });

  it("a redirect is not followed", async () => {
    let asked = 0;
    const elsewhere = createServer((_, response) => {
      asked += 1;
      response.end("{}");
    }).listen(0, "127.0.0.1");
    await new Promise((resolve) => elsewhere.once("listening", resolve));
    const { port } = elsewhere.address() as { port: number };
    const filled = await api.anchor(operator, [await ask()]);
    const location = `http://127.0.0.1:${port}/v1/batches/${filled.batch.root}`;
    api.served.set(`/v1/batches/${filled.batch.root}`, (response) => response.writeHead(307, { location }).end());
    await tower.start();
    await until("the batch is given up", async () => (await batches("withheld")) === 1);
    expect(asked).to.equal(0);
    elsewhere.close();
  });

  it("a void leaf is no evidence: it cannot keep a real one from being reported", async () => {
    const answer = await ask();
    const dated = { ...answer.receipt, issuedAt: (await now(stage)) - 2 * DAY, outputHash: ZeroHash };
    const decoy = { ...answer, ...(await signReceipt(operator.key, stage.domain, dated)) };
    await api.anchor(operator, [answer, decoy]);
    await tower.start({ models: [] });
    await until("it is read", async () => (await batches("read")) === 1);
    expect(await tower.metric('credence_challenger_garbage_total{kind="VOID_LEAF"')).to.equal(1);
    expect(await tower.metric("credence_challenger_acts_total")).to.equal(0);
    expect(tower.said("a report was refused")).to.deep.equal([]);
  });
});

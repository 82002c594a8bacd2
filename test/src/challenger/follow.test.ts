import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { JsonRpcProvider, ZeroAddress, ZeroHash, hexlify, id, keccak256, toUtf8Bytes, type Interface } from "ethers";

import { contractsOf } from "../../../src/chain/contracts.ts";
import type { FollowedLog } from "../../../src/chain/follower.ts";
import { AnswerTable } from "../../../src/challenger/answerTable.ts";
import { BatchTable } from "../../../src/challenger/batchTable.ts";
import { Budget } from "../../../src/challenger/budget.ts";
import { chainEvents, type ChainEvents } from "../../../src/challenger/follow.ts";
import { dueReports } from "../../../src/challenger/reporting.ts";
import { openGamesOf } from "../../../src/challenger/stakeTable.ts";
import { CHALLENGER_MIGRATIONS } from "../../../src/challenger/tables.ts";
import { openJournal, type Journal } from "../../../src/daemon/journal.ts";
import type { BatchId, ReceiptId } from "../../../src/protocol/ids.ts";
import type { Receipt } from "../../../src/protocol/receipts.ts";

const address = (n: number): string => `0x${n.toString(16).padStart(40, "0")}`;
const DEPLOYMENT = {
  token: address(1),
  vault: address(2),
  operators: address(3),
  models: address(4),
  attestations: address(5),
  slashing: address(6),
  court: address(7),
  disputes: address(8),
  replay: address(9),
};
const [OPERATOR, CHALLENGER] = [address(100), address(101)];
const [REQUEST, OUTPUT] = [toUtf8Bytes("request"), toUtf8Bytes("output")];
const BATCH = id("batch") as BatchId;
const RECEIPT_ID = id("receipt") as ReceiptId;

const receipt = (changes: Partial<Receipt> = {}): Receipt => ({
  operator: OPERATOR,
  signerId: id("signer") as Receipt["signerId"],
  modelId: id("model") as Receipt["modelId"],
  jobId: id("job") as Receipt["jobId"],
  inputHash: keccak256(REQUEST),
  outputHash: keccak256(OUTPUT),
  traceRoot: id("trace"),
  beneficiary: ZeroAddress,
  coverage: 10n,
  issuedAt: 1_000,
  anchorBy: 2_000,
  ...changes,
});

describe("src/challenger/follow", () => {
  const provider = new JsonRpcProvider("http://127.0.0.1:1", 1, { staticNetwork: true });
  const { attestations, disputes, operators } = contractsOf(DEPLOYMENT, provider);
  let folder: string;
  let journal: Journal;
  let answers: AnswerTable;
  let batches: BatchTable;
  let budget: Budget;
  let events: ChainEvents;
  let unreadable: string[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "credence-follow-"));
    const path = join(folder, "journal.sqlite");
    journal = openJournal(path, { program: "challenger", identity: {}, migrations: CHALLENGER_MIGRATIONS });
    answers = new AnswerTable(journal, () => true);
    batches = new BatchTable(journal);
    budget = new Budget(journal, { bonds: 100n, gasPerDay: 0n, maxOpenGames: 9, gasPerGame: 0n });
    unreadable = [];
    events = chainEvents({
      ...{ journal, batches, answers, deployment: DEPLOYMENT, runner: provider, account: CHALLENGER },
      operators: undefined,
      onUnreadable: (event) => unreadable.push(event),
    });
  });

  afterEach(() => {
    journal.close();
    rmSync(folder, { recursive: true });
  });

  after(() => {
    provider.destroy();
  });

  const log = (to: string, from: Interface, name: string, values: unknown[], blockNumber: number): FollowedLog => {
    const { data, topics } = from.encodeEventLog(name, values);
    return { address: to, topics, data, blockNumber, blockHash: ZeroHash, transactionHash: ZeroHash, index: 0 };
  };
  const anchored = (block: number, dataURI = "https://operator.example"): FollowedLog => {
    const { signerId, modelId, coverage, anchorBy } = receipt();
    const values = [BATCH, OPERATOR, modelId, signerId, id("root"), 1, coverage, anchorBy, dataURI];
    return log(DEPLOYMENT.attestations, attestations.interface, "BatchAnchored", values, block);
  };
  const published = (block: number, of = receipt(), receiptId = RECEIPT_ID, batchId: string = BATCH): FollowedLog => {
    const values = [receiptId, OPERATOR, of.modelId, batchId, of, REQUEST, OUTPUT, 20n, 9_000];
    return log(DEPLOYMENT.attestations, attestations.interface, "AnswerPublished", values, block);
  };
  const opened = (block: number, challenger = CHALLENGER): FollowedLog =>
    log(DEPLOYMENT.disputes, disputes.interface, "GameOpened", [7n, RECEIPT_ID, challenger, OPERATOR, 50n], block);
  const returned = (block: number): FollowedLog =>
    log(DEPLOYMENT.disputes, disputes.interface, "GameBondReturned", [7n, CHALLENGER, 50n], block);

  it("keeps what was anchored, published and put down", () => {
    events.apply([anchored(1), published(2), opened(3), opened(3, OPERATOR)]);
    expect(batches.toRead(9).map(({ batchId }) => batchId)).to.deep.equal([BATCH]);
    const [answer, ...more] = answers.toJudge(8_999, 9);
    expect(more).to.deep.equal([]);
    expect(answers.toJudge(9_000, 9), "it can no longer be contested").to.deep.equal([]);
    expect(answer!.receipt).to.deep.equal(receipt());
    expect([hexlify(answer!.request!), hexlify(answer!.output!)]).to.deep.equal([hexlify(REQUEST), hexlify(OUTPUT)]);
    expect([answer!.publishedBlock, answer!.batchId, answer!.isAlone]).to.deep.equal([2, BATCH, false]);
    expect(openGamesOf(journal)).to.deep.equal([{ gameId: 7n, receiptId: RECEIPT_ID }]);
    events.apply([returned(4)]);
    expect(openGamesOf(journal)).to.deep.equal([]);
  });

  it("takes back what a reorganisation took back, and keeps verdicts and what is to be paid", () => {
    expect(budget.reserve("game", RECEIPT_ID, 50n)).to.equal(undefined);
    events.apply([anchored(1), published(2), opened(3), returned(4)]);
    answers.judge(RECEIPT_ID, "withheld");
    answers.end(RECEIPT_ID, "over");
    expect(budget.atRisk).to.equal(0n);
    events.rollback(3);
    expect(openGamesOf(journal), "the end of the game").to.have.length(1);
    expect(budget.atRisk).to.equal(50n);
    events.rollback(2);
    expect(openGamesOf(journal), "the game").to.deep.equal([]);
    expect(budget.atRisk, "it was sent, and lands again").to.equal(50n);
    expect(answers.toContest(9), "it is looked at again").to.have.length(1);
    events.rollback(1);
    expect(answers.get(RECEIPT_ID)).to.deep.include({ publishedBlock: undefined, verdict: "withheld" });
    expect(answers.toContest(9), "neither published nor a leaf").to.deep.equal([]);
    events.rollback(0);
    expect(batches.toRead(9)).to.deep.equal([]);
    events.apply([anchored(1), published(2), opened(3)]);
    expect([budget.atRisk, openGamesOf(journal).length]).to.deep.equal([50n, 1]);
  });

  it("a text that is no text stops nothing", () => {
    const bad = anchored(1);
    const uri = hexlify(toUtf8Bytes("https://operator.example")).slice(2);
    const data = bad.data.replace(uri, "ff".repeat(uri.length / 2));
    const metadata = log(DEPLOYMENT.operators, operators.interface, "MetadataSet", [OPERATOR, "https://x.example"], 1);
    const text = hexlify(toUtf8Bytes("https://x.example")).slice(2);
    const badMetadata = { ...metadata, data: metadata.data.replace(text, "fe".repeat(text.length / 2)) };
    events.apply([{ ...bad, data }, badMetadata, published(2)]);
    expect(unreadable).to.deep.equal(["BatchAnchored", "MetadataSet"]);
    expect(batches.toRead(9)).to.deep.equal([]);
    expect(answers.toJudge(0, 9)).to.have.length(1);
  });

  it("notes two receipts for one job that say different things, not two that say the same", () => {
    const head = () => ({ number: 1, hash: ZeroHash, timestamp: 1 });
    const others = [receipt({ coverage: 11n }), receipt({ jobId: id("other") as never, outputHash: id("lie") })];
    events.apply([published(1), ...others.map((other, i) => published(2, other, id(`same ${i}`) as ReceiptId))]);
    expect(dueReports({ journal, head }, 9)).to.deep.equal([]);
    const lie = id("lie") as ReceiptId;
    events.apply([published(3, receipt({ outputHash: id("lie") }), lie)]);
    const reports = dueReports({ journal, head }, 9);
    expect(reports.map(({ kind, secondId }) => [kind, secondId])).to.deep.equal([
      ["equivocation", lie],
      ["equivocation", lie],
    ]);
    expect(reports.map(({ firstId }) => firstId)).to.have.members([RECEIPT_ID, id("same 0")]);
  });

  it("batches of one operator do not keep those of another waiting", () => {
    const other = address(102);
    const { signerId, modelId, coverage, anchorBy } = receipt();
    const anchoredBy = (operator: string, name: string, block: number): FollowedLog => {
      const values = [id(name), operator, modelId, signerId, id(name), 1, coverage, anchorBy, "https://x.example"];
      return log(DEPLOYMENT.attestations, attestations.interface, "BatchAnchored", values, block);
    };
    for (let i = 0; i < 60; i++) events.apply([anchoredBy(OPERATOR, `batch ${i}`, 10 + Math.floor(i / 2))]);
    events.apply([anchoredBy(other, "late", 400)]);
    expect(batches.toRead(2).map(({ header }) => header.operator)).to.deep.equal([OPERATOR, other]);
    const [first] = batches.toRead(1);
    expect([id("batch 0"), id("batch 1")]).to.include(first!.batchId);
    for (let i = 0; i < 60; i++) batches.end(batches.toRead(1)[0]!.batchId, "withheld");
    expect(batches.toRead(2).map(({ header }) => header.operator)).to.deep.equal([other]);
  });

  it("what a proof overturns does not wait behind what needs a bond that nobody has", () => {
    const lies = Array.from({ length: 6 }, (_, i) => receipt({ jobId: id(`job ${i}`) as never }));
    for (const [i, lie] of lies.entries()) {
      const lieId = id(`lie ${i}`) as ReceiptId;
      events.apply([published(i, lie, lieId)]);
      answers.judge(lieId, i < 5 ? "withheld" : "proven");
    }
    expect(answers.toContest(2).map(({ verdict }) => verdict)).to.deep.equal(["proven", "withheld", "withheld"]);
  });

  it("what was left alone because nothing was locked is looked at again when something is", () => {
    const filled = log(DEPLOYMENT.attestations, attestations.interface, "LockFilled", [RECEIPT_ID, OPERATOR, 1n], 3);
    const merged = log(
      DEPLOYMENT.attestations,
      attestations.interface,
      "ReceiptMerged",
      [RECEIPT_ID, BATCH, 1n, 0n],
      3,
    );
    events.apply([published(1)]);
    answers.judge(RECEIPT_ID, "withheld");
    for (const event of [filled, merged]) {
      answers.end(RECEIPT_ID, "unpaid");
      expect(answers.toContest(9)).to.deep.equal([]);
      events.apply([event]);
      expect(answers.toContest(9)).to.have.length(1);
    }
    answers.end(RECEIPT_ID, "overturned");
    events.apply([filled]);
    expect(answers.toContest(9), "for no other reason").to.deep.equal([]);
  });

  it("bytes that are not what the receipt names are not kept", () => {
    const wrong = receipt({ outputHash: id("lie") });
    events.apply([published(1, wrong)]);
    expect(answers.get(RECEIPT_ID)).to.deep.include({ request: undefined, output: undefined });
    expect(answers.toJudge(0, 9)).to.deep.equal([]);
  });
});

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { ZeroAddress, ZeroHash, id, toBeHex } from "ethers";
import fc from "fast-check";

import type { Head } from "../../../src/chain/head.ts";
import type { Backing } from "../../../src/chain/rooms.ts";
import { openJournal, type Journal } from "../../../src/daemon/journal.ts";
import { ANSWER_MIGRATIONS, AnswerJournal } from "../../../src/operator/journal.ts";
import { PromiseLedger } from "../../../src/operator/promises.ts";
import type { BatchId, Id, JobId, ModelId, ReceiptId, SignerId } from "../../../src/protocol/ids.ts";
import { RetryableError } from "../../../src/errors.ts";

const MODEL = id("model") as Id<string> as ModelId;
const TOKEN = 10n ** 18n;

const headAt = (timestamp: number, fork = ""): Head => ({
  number: timestamp,
  hash: id(`${timestamp} ${fork}`),
  timestamp,
});

/** What happens to receipts, in the times 0 to 40. */
type Step =
  | { kind: "sign"; lock: bigint; life: number }
  | { kind: "batch"; size: number }
  | { kind: "anchor"; batch: number; window: number }
  | { kind: "publish"; receipt: number }
  | { kind: "reorg"; depth: number }
  | { kind: "pass"; seconds: number };

const nat = (max: number) => fc.integer({ min: 0, max });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("sign" as const),
      lock: fc.bigInt({ min: 1n, max: 40n * TOKEN }),
      life: nat(12),
    }),
  },
  fc.record({ kind: fc.constant("batch" as const), size: fc.integer({ min: 1, max: 4 }) }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("anchor" as const), batch: nat(20), window: nat(6) }) },
  fc.record({ kind: fc.constant("publish" as const), receipt: nat(20) }),
  fc.record({ kind: fc.constant("reorg" as const), depth: fc.integer({ min: 1, max: 5 }) }),
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("pass" as const), seconds: fc.integer({ min: 1, max: 5 }) }) },
);

/** A receipt as the rule sees it. */
type Receipt = { lock: bigint; anchorBy: number; batch?: Batch; publishedAt?: number };
type Batch = { anchoredAt?: number; lockEnd?: number };

/** The rule in its own words: a receipt counts until its anchorBy, unless it is published or its batch's lock is open. */
function counted({ anchorBy, batch, publishedAt }: Receipt, now: number): boolean {
  if (now >= anchorBy || publishedAt !== undefined) return false;
  return batch?.lockEnd === undefined || now >= batch.lockEnd;
}

describe("operator: the ledger of promises", () => {
  let folder: string;
  let journal: Journal;
  let answers: AnswerJournal;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "credence-"));
    const identity = { operator: ZeroAddress };
    journal = openJournal(join(folder, "o.sqlite"), { program: "operator", identity, migrations: ANSWER_MIGRATIONS });
    answers = new AnswerJournal(journal);
  });
  afterEach(() => {
    journal.close();
    rmSync(folder, { recursive: true });
  });

  const receiptIdOf = (number: number): ReceiptId => id(`receipt ${number}`) as Id<string> as ReceiptId;
  const rootOf = (number: number): string => id(`root ${number}`);
  const batchIdOf = (number: number): BatchId => id(`batch ${number}`) as Id<string> as BatchId;
  const add = (number: number, lock: bigint, issuedAt: number, anchorBy: number): void => {
    const receipt = {
      ...{ operator: ZeroAddress, signerId: ZeroHash as Id<string> as SignerId, modelId: MODEL },
      ...{ jobId: id(`job ${number}`) as Id<string> as JobId, inputHash: ZeroHash, outputHash: ZeroHash },
      ...{ traceRoot: ZeroHash, beneficiary: ZeroAddress, coverage: lock / 2n, issuedAt, anchorBy },
    };
    answers.addAnswer({
      ...{ receiptId: receiptIdOf(number), signed: { receipt, signature: "0x" }, lock, wantsFinal: false },
      ...{ requester: toBeHex(1, 20), nonce: BigInt(number), request: new Uint8Array(1), output: new Uint8Array(1) },
      trace: undefined,
    });
  };
  const addBatch = (number: number, receipts: readonly number[]): void => {
    const header = {
      ...{ operator: ZeroAddress, signerId: ZeroHash as Id<string> as SignerId, modelId: MODEL, root: rootOf(number) },
      ...{ count: receipts.length, coverage: 1n, anchorBy: 0, dataURI: "" },
    };
    answers.addBatch(batchIdOf(number), header, receipts.map(receiptIdOf), 0);
  };

  it("counts what the rule says, whatever happens to receipts, batches and the chain", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        journal.database.exec("DELETE FROM answers; DELETE FROM batches; DELETE FROM published");
        const ledger = new PromiseLedger(answers, String);
        const receipts: Receipt[] = [];
        const batches: Batch[] = [];
        let now = 1;
        let forks = 0;
        const backing = backingOf(10n ** 30n);
        for (const s of steps) {
          if (s.kind === "pass") now += s.seconds;
          if (s.kind === "sign") {
            const anchorBy = now + s.life;
            const head = headAt(now, String(forks));
            const reservation = ledger.reserve({ head, backing, lock: s.lock, anchorBy: now + 1 });
            add(receipts.length, s.lock, now, anchorBy);
            receipts.push({ lock: s.lock, anchorBy });
            reservation.keep();
            if (s.life === 0) ledger.refresh(); // the desk signs nothing that is over at once
          }
          if (s.kind === "batch") {
            const waiting = receipts.flatMap(({ batch }, i) => (batch === undefined ? [i] : [])).slice(0, s.size);
            if (waiting.length === 0) continue;
            addBatch(batches.length, waiting);
            const batch: Batch = {};
            for (const i of waiting) receipts[i]!.batch = batch;
            batches.push(batch);
          }
          if (s.kind === "anchor" && batches.length > 0) {
            const number = s.batch % batches.length;
            const lockEnd = now + s.window;
            answers.setAnchored(batchIdOf(number), { block: now, blockHash: ZeroHash, anchoredAt: now, lockEnd });
            Object.assign(batches[number]!, { anchoredAt: now, lockEnd });
            ledger.refresh();
          }
          if (s.kind === "publish" && receipts.length > 0) {
            const number = s.receipt % receipts.length;
            const fields = { publishedAt: now, finalAt: now + 9, locked: 1n, missing: 0n, honourBy: undefined };
            answers.setPublished({ receiptId: receiptIdOf(number), block: now, ...fields });
            receipts[number]!.publishedAt = now;
            ledger.refresh();
          }
          if (s.kind === "reorg") {
            const toBlock = now - s.depth;
            answers.rollback(toBlock);
            forks++;
            for (const batch of batches)
              if ((batch.anchoredAt ?? 0) > toBlock) (delete batch.anchoredAt, delete batch.lockEnd);
            for (const receipt of receipts) if ((receipt.publishedAt ?? 0) > toBlock) delete receipt.publishedAt;
          }
          const expected = receipts.reduce((sum, r) => sum + (counted(r, now) ? r.lock : 0n), 0n);
          expect(ledger.promised(headAt(now, String(forks)))).to.equal(expected);
        }
      }),
      { numRuns: 120 },
    );
  });

  it("counts again what its batch's lock does not serve any more", () => {
    const ledger = new PromiseLedger(answers, String);
    add(1, 20n, 100, 200);
    expect(ledger.promised(headAt(100))).to.equal(20n);
    addBatch(1, [1]);
    answers.setAnchored(batchIdOf(1), { block: 101, blockHash: ZeroHash, anchoredAt: 101, lockEnd: 150 });
    const at = (now: number): bigint => ledger.promised(headAt(now));
    expect([at(101), at(149), at(150), at(199), at(200)]).to.deep.equal([0n, 0n, 20n, 20n, 0n]);
    answers.rollback(100);
    ledger.refresh();
    expect([at(101), at(199), at(200)]).to.deep.equal([20n, 20n, 0n]);
  });

  const backingOf = (active: bigint, changes: Partial<Backing> = {}): Backing => ({
    ...{ active, unbonding: 0n, maturesAt: 0n, locked: 0n, lockedForAnswers: 0n, optedInUntil: 1_000, cap: 10n ** 30n },
    ...changes,
  });

  /** The code of a refusal; undefined if there is none. */
  const refusal = (ledger: PromiseLedger, backing: Backing, lock: bigint, anchorBy: number): string | undefined => {
    try {
      ledger.require({ head: headAt(100), backing, lock, anchorBy });
      return undefined;
    } catch (error) {
      if (error instanceof RetryableError) return error.code;
      throw error;
    }
  };

  it("leaves a tenth of the stake, what is locked, what is promised, and respects the cap", () => {
    const ledger = new PromiseLedger(answers, String);
    add(1, 20n, 100, 200);
    const backing = backingOf(100n, { locked: 10n });
    expect(refusal(ledger, backing, 60n, 200)).to.equal(undefined);
    expect(refusal(ledger, backing, 61n, 200)).to.equal("COVERAGE_STAKE");
    const capped = backingOf(1_000n, { lockedForAnswers: 10n, cap: 50n });
    expect(refusal(ledger, capped, 20n, 200)).to.equal(undefined);
    expect(refusal(ledger, capped, 21n, 200)).to.equal("COVERAGE_CAP");
    expect(refusal(ledger, backingOf(1_000n, { optedInUntil: 199 }), 1n, 200)).to.equal("COVERAGE_STAKE");
    expect(refusal(ledger, backingOf(1_000n, { optedInUntil: 200 }), 1n, 200)).to.equal(undefined);
  });

  it("counts unbonding stake only if it backs every promise to its end", () => {
    const ledger = new PromiseLedger(answers, String);
    const backing = backingOf(0n, { unbonding: 100n, maturesAt: 300n });
    expect(refusal(ledger, backing, 90n, 300)).to.equal(undefined);
    expect(refusal(ledger, backing, 1n, 301)).to.equal("COVERAGE_STAKE");
    add(1, 20n, 100, 400); // can be anchored when the ticket backs nothing any more
    ledger.refresh();
    expect(refusal(ledger, backing, 1n, 300)).to.equal("COVERAGE_STAKE");
  });

  it("sets aside what is being signed, once, until it is kept or freed", () => {
    const ledger = new PromiseLedger(answers, String);
    const head = headAt(100);
    const reserve = (lock: bigint) => ledger.reserve({ head, backing: backingOf(100n), lock, anchorBy: 200 });
    const first = reserve(50n);
    expect(() => reserve(41n)).to.throw(RetryableError);
    const second = reserve(40n);
    second.free();
    second.free();
    expect(ledger.promised(head)).to.equal(50n);
    add(1, 50n, 100, 200);
    first.keep();
    first.free();
    expect(ledger.promised(head)).to.equal(50n);
    ledger.refresh();
    expect(ledger.promised(head)).to.equal(50n);
    expect(ledger.room({ head, backing: backingOf(100n), anchorBy: 200 })).to.equal(40n);
  });
});

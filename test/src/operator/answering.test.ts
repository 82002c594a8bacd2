import { expect } from "chai";
import { getBytes, hexlify, keccak256, toUtf8Bytes } from "ethers";
import { network } from "hardhat";

import { setExposureCap } from "../../../src/actions/setExposureCap.ts";
import { optOut } from "../../../src/actions/optOut.ts";
import { contractsOf } from "../../../src/chain/contracts.ts";
import { FatalError, RetryableError } from "../../../src/errors.ts";
import { jobId } from "../../../src/protocol/jobs.ts";
import { encodeSignedReceipt } from "../../../src/protocol/receiptJson.ts";
import { receiptId } from "../../../src/protocol/receipts.ts";
import type { ReceiptSigner } from "../../../src/protocol/signers.ts";
import { verifySignature } from "../../../src/protocol/signers.ts";
import {
  AnswerCounter,
  closeSharedPool,
  openBusiness,
  type Business,
  type CounterOptions,
} from "../../setup/answerCounter.ts";
import { COVERAGE, DAY, HOUR, LOCK, STAKE } from "../../setup/operation.ts";
import { POCKET_OUTPUT, POCKET_REQUEST } from "../../setup/pocketNetwork.ts";

const connection = await network.create();
const { networkHelpers } = connection;

/** A key that counts what it signs. */
function counting(key: ReceiptSigner): ReceiptSigner & { signed: number } {
  const counted = {
    ...{ signer: key.signer, signerId: key.signerId, signed: 0 },
    sign: async (...args: Parameters<ReceiptSigner["sign"]>) => {
      counted.signed++;
      return key.sign(...args);
    },
  };
  return counted as ReceiptSigner & { signed: number };
}

async function codeOf(work: Promise<unknown>): Promise<string> {
  try {
    await work;
    return "none";
  } catch (error) {
    if (error instanceof RetryableError || error instanceof FatalError) return error.code;
    throw error;
  }
}

describe("operator: the desk", () => {
  let b: Business;
  const open: AnswerCounter[] = [];
  const openCounter = async (options: CounterOptions = {}): Promise<AnswerCounter> => {
    const counter = await AnswerCounter.open(b, options);
    open.push(counter);
    return counter;
  };
  after(closeSharedPool);
  beforeEach(async () => {
    b = await networkHelpers.loadFixture(openBusiness);
  });
  afterEach(async () => {
    for (const counter of open.splice(0)) await counter.close();
  });

  it("signs what the model answered, dated by the followed head, and keeps it", async () => {
    const counter = await openCounter();
    const job = counter.job({ publish: true });
    const { signed, receiptId: id, ...rest } = await counter.desk.answer(job);
    const { timestamp } = counter.answers.head()!;
    const inputHash = keccak256(POCKET_REQUEST);
    expect({ ...signed.receipt, traceRoot: "" }).to.deep.equal({
      operator: b.operator.address.toLowerCase(),
      signerId: b.key.signerId,
      modelId: b.pocketId,
      jobId: jobId({ ...job, inputHash }),
      inputHash,
      outputHash: keccak256(POCKET_OUTPUT),
      traceRoot: "",
      beneficiary: b.beneficiary.address.toLowerCase(),
      coverage: COVERAGE,
      issuedAt: timestamp,
      anchorBy: timestamp + 6 * HOUR,
    });
    expect(id).to.equal(receiptId(b.domain, signed.receipt));
    expect(hexlify(rest.output)).to.equal(POCKET_OUTPUT);
    expect(rest.lock).to.equal(LOCK);
    expect(
      verifySignature({ ...{ signerId: b.key.signerId, digest: id, signature: signed.signature }, p256Verifier: "0x" }),
    ).to.equal(true);
    const stored = counter.answers.answer(id)!;
    expect(stored.signed).to.deep.equal(signed);
    expect(stored.wantsFinal).to.equal(true);
    expect(counter.answers.traceOf(id)).to.be.instanceOf(Uint8Array);
  });

  it("signs a job once, whoever asks at the same time", async () => {
    const signer = counting(b.key);
    const counter = await openCounter({ signer });
    const job = counter.job();
    const answers = await Promise.all(Array.from({ length: 200 }, () => counter.desk.answer({ ...job })));
    expect(new Set(answers.map(({ signed }) => encodeSignedReceipt(signed))).size).to.equal(1);
    expect(signer.signed).to.equal(1);
    expect(counter.answers.countAnswers()).to.equal(1);
    expect(counter.ledger.promised(counter.answers.head()!)).to.equal(LOCK);
  });

  it("gives the same receipt after a restart, though time went on and the operator may not sign any more", async () => {
    const name = "restart.sqlite";
    const first = await openCounter({ name });
    const job = first.job();
    const { signed } = await first.desk.answer(job);
    await first.close();
    await networkHelpers.time.increase(2 * DAY);
    await contractsOf(b.deployment, b.operator).operators.retire();
    const signer = counting(b.key);
    const second = await openCounter({ name, signer });
    const again = await second.desk.answer(job);
    expect(encodeSignedReceipt(again.signed)).to.equal(encodeSignedReceipt(signed));
    expect(signer.signed).to.equal(0);
    expect(await codeOf(second.desk.answer(second.job({ nonce: 9n })))).to.equal("NOT_ACTIVE");
  });

  it("refuses the same nonce for another request, and other terms for the same, also while it is being answered", async () => {
    const counter = await openCounter();
    const job = counter.job({ nonce: 5n });
    const others = [
      { request: Uint8Array.of(1, 2, 3) },
      { beneficiary: b.publisher.address.toLowerCase() },
      { coverage: 2n * COVERAGE },
    ];
    const ask = (): Promise<string[]> =>
      Promise.all(others.map(async (change) => codeOf(counter.desk.answer({ ...job, ...change }))));
    const answered = counter.desk.answer(job);
    const expected = ["JOB_OTHER_INPUT", "JOB_OTHER_TERMS", "JOB_OTHER_TERMS"];
    expect(await ask()).to.deep.equal(expected);
    await answered;
    expect(await ask()).to.deep.equal(expected);
    expect(counter.answers.countAnswers()).to.equal(1);
    expect(await codeOf(counter.desk.answer({ ...job, coverage: COVERAGE }))).to.equal("none");
    const other = counter.job({ nonce: 5n, requester: b.publisher.address.toLowerCase() });
    expect(await codeOf(counter.desk.answer(other))).to.equal("none");
  });

  it("remembers that a customer wants an answer final who said so later", async () => {
    const counter = await openCounter();
    const job = counter.job();
    const { receiptId: id } = await counter.desk.answer(job);
    expect(counter.answers.answer(id)!.wantsFinal).to.equal(false);
    await counter.desk.answer({ ...job, publish: true });
    expect(counter.answers.answer(id)!.wantsFinal).to.equal(true);
  });

  it("lets no receipt out that is not on disk, and takes nothing as promised then", async () => {
    const signer = counting(b.key);
    const counter = await openCounter({ signer });
    const job = counter.job();
    const { database } = counter.journal;
    database.exec(
      "CREATE TRIGGER broken BEFORE INSERT ON answers BEGIN SELECT RAISE(ABORT, 'a fault of the disk'); END",
    );
    expect(await codeOf(counter.desk.answer(job))).to.equal("JOURNAL_FAILED");
    expect(signer.signed).to.equal(1);
    expect(counter.answers.countAnswers()).to.equal(0);
    expect(counter.ledger.promised(counter.answers.head()!)).to.equal(0n);
    database.exec("DROP TRIGGER broken");
    expect(await codeOf(counter.desk.answer(job))).to.equal("none");
    expect(counter.ledger.promised(counter.answers.head()!)).to.equal(LOCK);
  });

  it("says that the disk is full", async () => {
    const counter = await openCounter();
    const { database } = counter.journal;
    const { page_count: pages } = database.prepare("PRAGMA page_count").get() as { page_count: number };
    database.exec(`PRAGMA max_page_count = ${pages}`);
    const codes: string[] = [];
    for (let i = 0; i < 200 && codes.at(-1) !== "JOURNAL_FULL"; i++)
      codes.push(await codeOf(counter.desk.answer(counter.job())));
    expect(codes.at(-1)).to.equal("JOURNAL_FULL");
    const kept = BigInt(counter.answers.countAnswers());
    expect(counter.ledger.promised(counter.answers.head()!)).to.equal(kept * LOCK);
    database.exec(`PRAGMA max_page_count = ${pages + 1_000}`);
    expect(await codeOf(counter.desk.answer(counter.job()))).to.equal("none");
  });

  it("says that the journal cannot be written when what a customer wants later cannot be remembered", async () => {
    const counter = await openCounter();
    const job = counter.job();
    await counter.desk.answer(job);
    counter.journal.database.exec("PRAGMA query_only = ON"); // as a disk that went read-only
    const refused = await counter.desk.answer({ ...job, publish: true }).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(FatalError);
    expect((refused as FatalError).code).to.match(/^JOURNAL_/u);
    expect(await codeOf(counter.desk.answer(job))).to.equal("none");
  });

  it("a crash between signature and disk leaves nothing: the next run signs the job for the first time", async () => {
    const name = "crash.sqlite";
    let isReached = (): void => undefined;
    const reached = new Promise<void>((resolve) => (isReached = resolve));
    const writer = {
      add: async (): Promise<void> => {
        isReached();
        return new Promise(() => undefined); // the process ends here
      },
    };
    const crashing = await openCounter({ name, writer: writer as never });
    const job = crashing.job();
    void crashing.desk.answer(job);
    await reached;
    await crashing.close();
    const signer = counting(b.key);
    const next = await openCounter({ name, signer });
    expect(next.answers.countAnswers()).to.equal(0);
    const { signed } = await next.desk.answer(job);
    expect(signer.signed).to.equal(1);
    expect(next.answers.answerOfJob(signed.receipt.jobId)!.signed).to.deep.equal(signed);
  });

  it("frees what was set aside when the key does not sign", async () => {
    const broken: ReceiptSigner = { ...b.key, sign: async () => Promise.reject(new Error("the key is away")) };
    const counter = await openCounter({ signer: broken });
    expect(await codeOf(counter.desk.answer(counter.job()))).to.equal("SIGNING_FAILED");
    expect(counter.ledger.promised(counter.answers.head()!)).to.equal(0n);
    expect(counter.desk.pending).to.equal(0);
  });

  it("promises no more than stake and bond leave: 175 answers of 20, counting those that are being made", async () => {
    const counter = await openCounter();
    const lockable = (STAKE * 9n) / 10n - 10n ** 21n; // the standing bond
    const count = Number(lockable / LOCK);
    const codes = await Promise.all(
      Array.from({ length: count + 25 }, () => codeOf(counter.desk.answer(counter.job()))),
    );
    expect(codes.filter((code) => code === "none")).to.have.length(count);
    expect(codes.filter((code) => code === "COVERAGE_STAKE")).to.have.length(25);
    expect(counter.ledger.promised(counter.answers.head()!)).to.equal(BigInt(count) * LOCK);
  });

  it("respects the exposure cap, also one that takes effect within the day, and opting out", async () => {
    const counter = await openCounter();
    expect(await codeOf(counter.desk.answer(counter.job()))).to.equal("none");
    await setExposureCap(b.operator, b.deployment, { exposureCap: 2n * LOCK });
    await counter.follow();
    expect(await codeOf(counter.desk.answer(counter.job()))).to.equal("none");
    expect(await codeOf(counter.desk.answer(counter.job()))).to.equal("COVERAGE_CAP");
    await setExposureCap(b.operator, b.deployment, { exposureCap: STAKE });
    await counter.follow();
    expect(await codeOf(counter.desk.answer(counter.job()))).to.equal("none");
    await optOut(b.operator, b.deployment, { module: b.deployment.attestations });
    await networkHelpers.time.increase(19 * HOUR);
    await counter.follow();
    expect(await codeOf(counter.desk.answer(counter.job()))).to.equal("COVERAGE_STAKE");
  });

  it("answers only for hosted models, with a valid key, before deprecation", async () => {
    const counter = await openCounter();
    expect(await codeOf(counter.desk.answer(counter.job({ modelId: b.modelId })))).to.equal("MODEL_UNKNOWN");
    const { operators } = contractsOf(b.deployment, b.operator);
    const ask = async (): Promise<string> => {
      await counter.follow();
      return codeOf(counter.desk.answer(counter.job()));
    };
    await operators.unhost(b.pocketId);
    expect(await ask()).to.equal("MODEL_NOT_SERVED");
    await operators.host(b.pocketId);
    expect(await ask()).to.equal("none");
    await contractsOf(b.deployment, b.publisher).models.deprecate(b.pocketId);
    expect(await ask()).to.equal("MODEL_NOT_SERVED");
    await operators.revokeSigner(b.key.signerId);
    expect(await ask()).to.equal("NOT_ACTIVE");
  });

  it("answers nothing new while the chain is not followed, by the monotonic clock", async () => {
    const counter = await openCounter();
    const job = counter.job();
    await counter.desk.answer(job);
    counter.elapsed += 30_001;
    expect(await codeOf(counter.desk.answer(counter.job()))).to.equal("CHAIN_STALE");
    expect(await codeOf(counter.desk.answer(job))).to.equal("none");
    await counter.follow();
    expect(await codeOf(counter.desk.answer(counter.job()))).to.equal("none");
    for (let i = 0; i < 11; i++) {
      counter.elapsed += 29_000;
      await counter.follow(); // the node answers, but always with the same block
    }
    expect(await codeOf(counter.desk.answer(counter.job()))).to.equal("CHAIN_STALE");
    await networkHelpers.mine();
    await counter.follow();
    expect(await codeOf(counter.desk.answer(counter.job()))).to.equal("none");
  });

  it("says that the chain is not known when the node cannot be read, and does not call it a fault of its own", async () => {
    for (const code of ["CHAIN_UNREACHABLE", "CHAIN_REFUSED"]) {
      const standings = {
        atHead: async () => Promise.reject(new RetryableError(code, "query exceeds max block range")),
      };
      const counter = await openCounter({ standings });
      expect(await codeOf(counter.desk.answer(counter.job()))).to.equal("CHAIN_STALE");
    }
  });

  it("refuses a coverage out of range, a request that is no input, and one that could never be published", async () => {
    const counter = await openCounter();
    const ask = (changes: object): Promise<string> => codeOf(counter.desk.answer(counter.job(changes)));
    expect(await ask({ coverage: COVERAGE - 1n })).to.equal("COVERAGE_RANGE");
    expect(await ask({ coverage: 10n * COVERAGE + 1n })).to.equal("COVERAGE_RANGE");
    expect(await ask({ coverage: 10n * COVERAGE })).to.equal("none");
    expect(await ask({ request: toUtf8Bytes("four") })).to.equal("REQUEST_REFUSED");
    expect(await ask({ request: getBytes(new Uint8Array(16_385)) })).to.equal("TOO_LONG_TO_SHOW");
  });

  it("takes on no more than it may at a time, and nothing when it ends; what it began it finishes", async () => {
    const counter = await openCounter({ maxPending: 2 });
    const [first, second] = [counter.job(), counter.job()];
    const made = [counter.desk.answer(first), counter.desk.answer(second)];
    expect(await codeOf(counter.desk.answer(counter.job()))).to.equal("BUSY");
    const joined = counter.desk.answer(first);
    const closed = counter.desk.close();
    expect(await codeOf(counter.desk.answer(counter.job()))).to.equal("SHUTTING_DOWN");
    await closed;
    expect(await Promise.all([...made, joined].map(codeOf))).to.deep.equal(["none", "none", "none"]);
    expect(counter.answers.countAnswers()).to.equal(2);
  });
});

import { expect } from "chai";
import { ZeroAddress, ZeroHash, keccak256, parseEther } from "ethers";
import { network } from "hardhat";

import { addSigner } from "../../../src/actions/addSigner.ts";
import { anchorBatch } from "../../../src/actions/anchorBatch.ts";
import { anchorReceipt } from "../../../src/actions/anchorReceipt.ts";
import { enroll } from "../../../src/actions/enroll.ts";
import { publishModel } from "../../../src/actions/publishModel.ts";
import { setExposureCap } from "../../../src/actions/setExposureCap.ts";
import { slashDishonoured } from "../../../src/actions/slashDishonoured.ts";
import { slashEquivocation } from "../../../src/actions/slashEquivocation.ts";
import { stake } from "../../../src/actions/stake.ts";
import { unstake } from "../../../src/actions/unstake.ts";
import {
  verifyReceipt,
  type ReceiptProblemCode,
  type ReceiptVerdict,
  type VerifyReceiptParameters,
} from "../../../src/actions/verifyReceipt.ts";
import { Ground } from "../../../src/protocol/models.ts";
import { signReceipt, type Receipt } from "../../../src/protocol/receipts.ts";
import { eoaSigner, p256Key, p256Signer } from "../../../src/protocol/signers.ts";
import {
  COVERAGE,
  DAY,
  HOUR,
  LOCK,
  MANIFEST,
  OUTPUT,
  POLICY,
  REQUEST,
  SPEC,
  STAKE,
  WINDOW,
  operate,
  type Operation,
} from "../../setup/operation.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { provider } = ethers;
const shown = { request: REQUEST, output: OUTPUT };

describe("actions: verifyReceipt", () => {
  let o: Operation;
  beforeEach(async () => {
    o = await networkHelpers.loadFixture(operate);
  });

  const verify = async (receipt: Receipt, changes: Partial<VerifyReceiptParameters> = {}): Promise<ReceiptVerdict> => {
    const parameters = { signed: await o.sign(receipt), ...shown, ...changes };
    return verifyReceipt(provider, o.deployment, parameters);
  };

  /** Finds exactly these problems, each with a sentence that contains what is given, and that much payable. */
  const expectProblems = (
    verdict: ReceiptVerdict,
    expected: Partial<Record<ReceiptProblemCode, string>>,
    payable: bigint,
  ): void => {
    expect(verdict.ok).to.equal(false);
    expect(verdict.problems.map(({ code }) => code)).to.have.members(Object.keys(expected));
    for (const { code, message } of verdict.problems)
      expect(message)
        .to.match(/^[A-Z].*\.$/)
        .and.include(expected[code]);
    expect(verdict.payableIfAnchored).to.equal(payable);
  };

  /** What can be locked now: 90 % of the stake less the bond. */
  const LOCKABLE = parseEther("3500");

  it("finds nothing wrong with a good receipt, and it can be anchored for what it says", async () => {
    const receipt = await o.receipt(0);
    const verdict = await verify(receipt);
    expect(verdict).to.deep.equal({
      ok: true,
      problems: [],
      receiptId: await o.protocol.attestations.receiptIdOf(receipt),
      payableIfAnchored: COVERAGE,
    });
    const { locked } = await anchorReceipt(o.stranger, o.deployment, { signed: await o.sign(receipt), ...shown });
    expect(locked).to.equal(LOCK);
  });

  it("pays nobody without a beneficiary, which alone is no problem", async () => {
    const verdict = await verify(await o.receipt(0, { beneficiary: ZeroAddress }));
    expect(verdict).to.deep.include({ ok: true, payableIfAnchored: 0n });
  });

  it("FIELDS", async () => {
    const receipt = { ...(await o.receipt(0)), coverage: -1n };
    const verdict = await verify(await o.receipt(0), { signed: { receipt, signature: "0x" } });
    expectProblems(verdict, { FIELDS: "coverage" }, 0n);
    expect(verdict.receiptId).to.equal(undefined);
  });

  it("JOB, ISSUED_IN_FUTURE, ANCHOR_BY_TOO_LATE", async () => {
    expectProblems(await verify(await o.receipt(0, { jobId: ZeroHash as never })), { JOB: "no job" }, 0n);
    const issuedAt = (await o.now()) + 60;
    const future = await o.receipt(0, { issuedAt });
    expectProblems(await verify(future), { ISSUED_IN_FUTURE: "the newest block" }, 0n);
    const late = await o.receipt(0, { anchorBy: (await o.now()) + DAY + 1 });
    expectProblems(await verify(late), { ANCHOR_BY_TOO_LATE: "more than a day" }, 0n);
  });

  it("ANCHOR_BY_OVER, in its last second and not before", async () => {
    const receipt = await o.receipt(0);
    await networkHelpers.time.increaseTo(receipt.anchorBy - 1);
    expect((await verify(receipt)).ok).to.equal(true);
    await networkHelpers.time.increaseTo(receipt.anchorBy);
    expectProblems(await verify(receipt), { ANCHOR_BY_OVER: "had to be anchored before" }, 0n);
  });

  it("PUBLISHED", async () => {
    const receipt = await o.receipt(0);
    await anchorReceipt(o.stranger, o.deployment, { signed: await o.sign(receipt), ...shown });
    expectProblems(await verify(receipt), { PUBLISHED: "check that instead" }, 0n);
  });

  it("REQUEST, OUTPUT, SHOWN_TOO_LONG", async () => {
    const receipt = await o.receipt(0);
    expectProblems(await verify(receipt, { request: OUTPUT }), { REQUEST: receipt.inputHash }, 0n);
    expectProblems(await verify(receipt, { output: REQUEST }), { OUTPUT: receipt.outputHash }, 0n);
    const output = new Uint8Array(16_384 - REQUEST.length + 1);
    const long = await o.receipt(0, { outputHash: keccak256(output) });
    expectProblems(await verify(long, { output }), { SHOWN_TOO_LONG: "16385 bytes" }, 0n);
    const fits = output.slice(1);
    expect((await verify(await o.receipt(0, { outputHash: keccak256(fits) }), { output: fits })).ok).to.equal(true);
  });

  it("SIGNATURE: of other content, of another key, malformed", async () => {
    const receipt = await o.receipt(0);
    const altered = await o.sign({ ...receipt, coverage: COVERAGE + 1n });
    const broken = [
      { signature: altered.signature, why: "not one of signer" },
      { signature: "0x1234", why: "not the encoding" },
      { signature: "signed by me", why: "not hex" },
    ];
    for (const { signature, why } of broken) {
      expectProblems(await verify(receipt, { signed: { receipt, signature } }), { SIGNATURE: why }, 0n);
    }
    const thief = await eoaSigner(o.stranger);
    const foreign = await signReceipt(thief, o.domain, { ...receipt, signerId: thief.signerId });
    const signed = { receipt, signature: foreign.signature };
    expectProblems(await verify(receipt, { signed }), { SIGNATURE: "by signer" }, 0n);
  });

  it("accepts a P-256 key", async () => {
    const key = p256Signer(await o.protocol.p256Verifier.getAddress(), p256Key(new Uint8Array(32).fill(7)));
    const signerId = await addSigner(o.operator, o.deployment, { key });
    const signed = await signReceipt(key, o.domain, await o.receipt(0, { signerId }));
    expect((await verifyReceipt(provider, o.deployment, { signed, ...shown })).problems).to.deep.equal([]);
  });

  it("KEY: nobody's, not valid yet, revoked before the issue; one revoked after it is no problem", async () => {
    const stranger = await eoaSigner(o.stranger);
    const signed = await signReceipt(stranger, o.domain, await o.receipt(0, { signerId: stranger.signerId }));
    const foreign = await verifyReceipt(provider, o.deployment, { signed, ...shown });
    expectProblems(foreign, { KEY: "belongs to operator" }, 0n);

    const early = { ...(await o.receipt(0)), issuedAt: (await o.now()) - HOUR, anchorBy: (await o.now()) + HOUR };
    expectProblems(await verify(early), { KEY: "is valid from" }, 0n);

    const before = await o.receipt(0);
    await o.protocol.operators.connect(o.operator).revokeSigner(o.key.signerId);
    expect((await verify(before)).ok).to.equal(true);
    expectProblems(await verify(await o.receipt(0)), { KEY: "is valid from" }, 0n);
  });

  it("RECALLED: the key was reported", async () => {
    const receipt = await o.receipt(0);
    await o.protocol.operators.connect(o.operator).reportCompromise(o.key.signerId, receipt.issuedAt);
    expectProblems(await verify(receipt), { RECALLED: "recalled since" }, COVERAGE);
  });

  it("STANDING: never registered, retired before and after the issue", async () => {
    const nobody = await verify(await o.receipt(0, { operator: o.stranger.address }));
    expect(nobody.problems.map(({ code }) => code)).to.include.members(["STANDING_WHEN_ISSUED", "STANDING_NOW", "KEY"]);
    expect(nobody.problems.find(({ code }) => code === "STANDING_NOW")!.message).to.include("status None");

    const before = await o.receipt(0);
    await o.protocol.operators.connect(o.operator).retire();
    expectProblems(await verify(before), { STANDING_NOW: "left at" }, COVERAGE);
    const after = await verify(await o.receipt(0));
    expectProblems(after, { STANDING_WHEN_ISSUED: "left at", STANDING_NOW: "left at" }, 0n);
  });

  it("STANDING: in jail", async () => {
    const large = await o.sign(await o.receipt(0, { coverage: parseEther("2000") }));
    const before = await o.receipt(1, { anchorBy: (await o.now()) + DAY });
    await anchorReceipt(o.stranger, o.deployment, { signed: large, ...shown });
    await networkHelpers.time.increase(13 * HOUR);
    await slashDishonoured(o.stranger, o.deployment, large);

    const now = await verify(before);
    expectProblems(now, { STANDING_NOW: "in jail" }, COVERAGE);
    const inJail = await verify(await o.receipt(2));
    expectProblems(inJail, { STANDING_NOW: "in jail", STANDING_WHEN_ISSUED: "in jail" }, 0n);
  });

  it("RECALLED and STANDING: tombstoned", async () => {
    const receipt = await o.receipt(0);
    const first = await o.sign(await o.receipt(1));
    const second = await o.sign(await o.receipt(1, { outputHash: keccak256(REQUEST) }));
    await slashEquivocation(o.stranger, o.deployment, { first, second });
    expectProblems(await verify(receipt), { STANDING_NOW: "left at", RECALLED: "recalled since" }, COVERAGE);
  });

  it("MODEL_UNKNOWN, MODEL_DEPRECATED, COVERAGE", async () => {
    const unknown = await o.receipt(0, { modelId: keccak256("0x") as never });
    expectProblems(await verify(unknown), { MODEL_UNKNOWN: "never published" }, 0n);
    const low = await o.receipt(0, { coverage: COVERAGE - 1n });
    expectProblems(
      await verify(low),
      { COVERAGE: "9.999999999999999999 CRED, the model asks for at least 10 CRED" },
      0n,
    );
    await o.protocol.models.connect(o.publisher).deprecate(o.modelId);
    expectProblems(await verify(await o.receipt(0)), { MODEL_DEPRECATED: "no new batches" }, COVERAGE);
  });

  it("BENEFICIARY: private input, which may be long", async () => {
    const policy = { ...POLICY, privateInput: true };
    const modelId = await publishModel(o.publisher, o.deployment, { manifest: MANIFEST, policy, spec: SPEC });
    const output = new Uint8Array(16_385);
    const receipt = await o.receipt(0, { modelId, outputHash: keccak256(output) });
    expect((await verify(receipt, { output })).ok).to.equal(true);
    const verdict = await verify({ ...receipt, beneficiary: ZeroAddress }, { output });
    expectProblems(verdict, { BENEFICIARY: "could contest" }, 0n);
  });

  it("COURT_TRUST: more than token holders should be trusted with, where they judge, unless told otherwise", async () => {
    const judged = { ...POLICY, grounds: Ground.Replay | Ground.Judgement, courtConfig: 1 };
    const modelId = await publishModel(o.publisher, o.deployment, { manifest: MANIFEST, policy: judged, spec: SPEC });
    const empty = await verify(await o.receipt(0, { modelId }));
    expectProblems(empty, { COURT_TRUST: "to be trusted with 0 CRED for one; the coverage is 10 CRED" }, COVERAGE);
    expect((await verify(await o.receipt(0, { modelId }), { courtTrust: COVERAGE })).ok).to.equal(true);
    const little = await verify(await o.receipt(0, { modelId }), { courtTrust: COVERAGE - 1n });
    expectProblems(little, { COURT_TRUST: "to be trusted with 9.999999999999999999 CRED" }, COVERAGE);

    const votes = parseEther("100000"); // the floor; a thousandth of it is 100
    await o.protocol.token.transfer(o.stranger, votes);
    await stake(o.stranger, o.deployment, { amount: votes });
    await enroll(o.stranger, o.deployment);
    await networkHelpers.time.increase(7 * DAY + 1);
    const prudent = parseEther("100");
    expect((await verify(await o.receipt(0, { modelId, coverage: prudent }))).ok).to.equal(true);
    const more = await o.receipt(0, { modelId, coverage: prudent + 1n });
    expectProblems(await verify(more), { COURT_TRUST: "to be trusted with 100 CRED" }, prudent + 1n);
    const replayed = await o.receipt(0, { coverage: prudent + 1n });
    expect((await verify(replayed)).ok).to.equal(true);
  });

  it("OPTED_OUT: takes effect before anchorBy, and not if it takes effect then", async () => {
    const { vault, attestations } = o.protocol;
    const { issuedAt, ...rest } = await o.receipt(0);
    await networkHelpers.time.setNextBlockTimestamp(issuedAt + 100);
    await vault.connect(o.operator).optOut(attestations);
    const effectiveAt = issuedAt + 100 + DAY;
    const late = await o.receipt(0, { issuedAt: await o.now(), anchorBy: effectiveAt });
    expect((await verify(late)).ok).to.equal(true);
    await networkHelpers.time.increase(60);
    expectProblems(
      await verify({ ...rest, issuedAt: await o.now(), anchorBy: effectiveAt + 1 }),
      { OPTED_OUT: "can be locked until" },
      0n,
    );
  });

  it("STAKE: more than there is; what else was promised counts; what is missing is shared in proportion", async () => {
    const all = LOCKABLE / 2n;
    expect((await verify(await o.receipt(0, { coverage: all }))).ok).to.equal(true);
    const more = await verify(await o.receipt(0, { coverage: all + 1n }));
    expectProblems(more, { STAKE: "has 3500 CRED to lock, it needs 3500.000000000000000002 CRED" }, all);
    const promised = LOCKABLE - LOCK;
    expect((await verify(await o.receipt(0), { promised })).ok).to.equal(true);
    const beyond = await verify(await o.receipt(0), { promised: promised + LOCK / 2n });
    expectProblems(beyond, { STAKE: "with what else was promised" }, COVERAGE / 2n);
  });

  it("STAKE: a ticket that matures before anchorBy backs nothing then", async () => {
    const maturesAt = await unstake(o.operator, o.deployment, { amount: parseEther("3880") }); // leaves 1,120, 8 to lock
    await networkHelpers.time.increaseTo(maturesAt - HOUR);
    const before = await o.receipt(0, { anchorBy: maturesAt });
    expect((await verify(before)).ok).to.equal(true);
    const after = await o.receipt(0, { anchorBy: maturesAt + 1 });
    expectProblems(await verify(after), { STAKE: "has 8 CRED to lock" }, parseEther("4"));
  });

  it("STAKE: locks that have run out count as free, others do not", async () => {
    const receipts = await Promise.all(Array.from({ length: 175 }, (_, i) => o.receipt(i)));
    await anchorBatch(o.operator, o.deployment, { batch: o.batch(receipts) });
    expectProblems(await verify(await o.receipt(1_000)), { STAKE: "has 0 CRED" }, 0n);
    await networkHelpers.time.increase(WINDOW + HOUR);
    expect((await verify(await o.receipt(1_000))).ok).to.equal(true);
  });

  it("EXPOSURE_CAP: in force, and a lower one that takes effect before anchorBy", async () => {
    const receipt = await o.receipt(0);
    await setExposureCap(o.operator, o.deployment, { exposureCap: LOCK - 2n });
    expect(await o.protocol.operators.exposureCap(o.operator)).to.equal(STAKE);
    const pending = await verify(receipt);
    expectProblems(pending, { EXPOSURE_CAP: "leaves 19.999999999999999998 CRED, it needs 20 CRED" }, COVERAGE - 1n);
    await networkHelpers.mine(300); // beyond the first step back in search of the event
    expectProblems(await verify(receipt), { EXPOSURE_CAP: "leaves" }, COVERAGE - 1n);
    await networkHelpers.time.increase(DAY);
    expectProblems(await verify(await o.receipt(0)), { EXPOSURE_CAP: "leaves" }, COVERAGE - 1n);
    await setExposureCap(o.operator, o.deployment, { exposureCap: LOCK });
    expect((await verify(await o.receipt(0))).ok).to.equal(true);
    const promised = await verify(await o.receipt(0), { promised: 2n });
    expectProblems(promised, { EXPOSURE_CAP: "with what else was promised" }, COVERAGE - 1n);
  });
});

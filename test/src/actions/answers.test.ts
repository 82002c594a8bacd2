import { expect } from "chai";
import { AbiCoder, keccak256, parseEther } from "ethers";
import { network } from "hardhat";

import { anchorBatch } from "../../../src/actions/anchorBatch.ts";
import { anchorReceipt } from "../../../src/actions/anchorReceipt.ts";
import { checkAnswer } from "../../../src/actions/checkAnswer.ts";
import { checkReceipt } from "../../../src/actions/checkReceipt.ts";
import { claim } from "../../../src/actions/claim.ts";
import { honour } from "../../../src/actions/honour.ts";
import { mergeReceipt } from "../../../src/actions/mergeReceipt.ts";
import { proveAnswer } from "../../../src/actions/proveAnswer.ts";
import { publishAnswer } from "../../../src/actions/publishAnswer.ts";
import { publishModel } from "../../../src/actions/publishModel.ts";
import { readOperator } from "../../../src/actions/readOperator.ts";
import { setExposureCap } from "../../../src/actions/setExposureCap.ts";
import { slashDishonoured } from "../../../src/actions/slashDishonoured.ts";
import { slashEquivocation } from "../../../src/actions/slashEquivocation.ts";
import { AnswerStatus, Method } from "../../../src/protocol/answers.ts";
import { batchId, signBatch } from "../../../src/protocol/batches.ts";
import { ContractError } from "../../../src/protocol/errors.ts";
import { OperatorStatus } from "../../../src/protocol/operators.ts";
import { receiptId } from "../../../src/protocol/receipts.ts";
import {
  BOND,
  COVERAGE,
  DAY,
  HOUR,
  LOCK,
  MANIFEST,
  OUTPUT,
  POLICY,
  REQUEST,
  SPEC,
  WINDOW,
  operate,
} from "../../setup/operation.ts";
import { refusalOf } from "../../setup/refusal.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { provider } = ethers;
const shown = { request: REQUEST, output: OUTPUT };

describe("actions: answers", () => {
  it("anchors, publishes and checks a batch, up to finality", async () => {
    const o = await networkHelpers.loadFixture(operate);
    const { deployment } = o;
    const receipts = await Promise.all([0, 1, 2].map((job) => o.receipt(job)));
    const batch = o.batch(receipts);
    const leaf = o.leaf(receipts, 2);
    const unknown = await checkAnswer(provider, deployment, { leaf });
    expect(unknown.status).to.equal(AnswerStatus.Unknown);

    const id = await anchorBatch(o.operator, deployment, { batch });

    expect(id).to.equal(batchId(o.domain, batch));
    const [anchoredAt] = await o.protocol.attestations.batch(id);
    expect(anchoredAt).to.equal(await o.now());
    const { lockable } = await readOperator(provider, deployment, { operator: o.operator.address });
    expect(lockable).to.equal(parseEther("3500") - 3n * LOCK); // 90 % of 5,000 less the bond and this batch
    const pending = await checkAnswer(provider, deployment, { leaf });
    expect(pending).to.include({ status: AnswerStatus.Pending, backed: COVERAGE, publishedAt: 0, methods: 0 });

    const published = await publishAnswer(o.stranger, deployment, { leaf, ...shown });

    const publishedAt = await o.now();
    const finalAt = publishedAt + WINDOW;
    expect(published).to.deep.equal({ receiptId: receiptId(o.domain, receipts[2]!), locked: LOCK, finalAt });
    const confidence = { methods: Method.Seen, backed: COVERAGE, payableNow: COVERAGE, publishedAt, finalAt };
    const receipt = receipts[2]!;
    expect(await checkReceipt(provider, deployment, { receipt })).to.deep.equal({
      status: AnswerStatus.Pending,
      ...confidence,
    });
    await networkHelpers.time.increaseTo(finalAt);
    expect(await checkAnswer(provider, deployment, { leaf })).to.deep.equal({
      ...confidence,
      status: AnswerStatus.Final,
      payableNow: 0n,
    });

    const twice = await refusalOf(publishAnswer(o.stranger, deployment, { leaf, ...shown }), ContractError);
    expect(twice.code).to.equal("AnswerExists");
    const other = { leaf: o.leaf(receipts, 0), request: REQUEST, output: REQUEST };
    const mismatch = await refusalOf(publishAnswer(o.stranger, deployment, other), ContractError);
    expect(mismatch.code).to.equal("BatchLockOver");
  });

  it("anchors a batch that anybody relays with the key's signature, and no other", async () => {
    const o = await networkHelpers.loadFixture(operate);
    const batch = o.batch([await o.receipt(0)]);
    const unsigned = await refusalOf(anchorBatch(o.stranger, o.deployment, { batch }), ContractError);
    expect(unsigned.code).to.equal("SignatureMalformed");

    const signature = await signBatch(o.key, o.domain, batch);
    const id = await anchorBatch(o.stranger, o.deployment, { batch, signature });
    expect((await o.protocol.attestations.batch(id))[0]).to.equal(await o.now());
  });

  it("anchors although only locks that have run out are in the way", async () => {
    const o = await networkHelpers.loadFixture(operate);
    const many = async (job: number) => {
      const receipts = await Promise.all(Array.from({ length: 150 }, (_, i) => o.receipt(job + i)));
      return anchorBatch(o.operator, o.deployment, { batch: o.batch(receipts) });
    };
    await many(0);
    const full = await refusalOf(many(1_000), ContractError);
    expect(full.code).to.equal("StakeNotLockable");
    await networkHelpers.time.increase(WINDOW + HOUR);
    const id = await many(1_000);
    expect((await o.protocol.attestations.batch(id))[0]).to.equal(await o.now());
  });

  it("anchors a receipt alone, short of stake; the operator honours it", async () => {
    const o = await networkHelpers.loadFixture(operate);
    const { vault, attestations } = o.protocol;
    const signed = await o.sign(await o.receipt(0, { coverage: parseEther("2000") }));

    const { locked, finalAt } = await anchorReceipt(o.stranger, o.deployment, { signed, ...shown });

    expect(locked).to.equal(parseEther("3500"));
    expect(finalAt).to.equal((await o.now()) + WINDOW + 13 * HOUR);
    const short = await refusalOf(honour(o.operator, o.deployment, { receipt: signed.receipt }), ContractError);
    expect(short.message).to.match(/^Only 0 CRED can be locked, and answer 0x\w{6}…\w{4} misses 500 CRED\.$/);

    await o.protocol.token.transfer(o.operator.address, parseEther("1000"));
    await o.protocol.token.connect(o.operator).approve(vault, parseEther("1000"));
    await vault.connect(o.operator).stake(parseEther("1000"));
    expect(await honour(o.stranger, o.deployment, { receipt: signed.receipt })).to.equal(parseEther("500"));
    expect(await vault.lockedBy(attestations, o.operator)).to.equal(parseEther("4000"));
  });

  it("slashes who does not honour, and pays the beneficiary", async () => {
    const o = await networkHelpers.loadFixture(operate);
    const signed = await o.sign(await o.receipt(0, { coverage: parseEther("2000") }));
    await anchorReceipt(o.stranger, o.deployment, { signed, ...shown });
    const early = await refusalOf(slashDishonoured(o.stranger, o.deployment, signed), ContractError);
    expect(early.code).to.equal("HonourTime");
    await networkHelpers.time.increase(13 * HOUR);

    const taken = await slashDishonoured(o.stranger, o.deployment, signed);

    expect(taken).to.equal(parseEther("500")); // twice the 250 of coverage that are missing
    const account = o.beneficiary.address;
    expect(await claim(o.stranger, o.deployment, { account })).to.equal(parseEther("250"));
    expect(await o.protocol.token.balanceOf(account)).to.equal(parseEther("250"));
    const { status, bond } = await readOperator(provider, o.deployment, { operator: o.operator.address });
    expect({ status, bond }).to.deep.equal({ status: OperatorStatus.Jailed, bond: BOND - taken });
  });

  it("merges a receipt that was anchored by itself and in a batch", async () => {
    const o = await networkHelpers.loadFixture(operate);
    const receipts = [await o.receipt(0), await o.receipt(1)];
    await anchorBatch(o.operator, o.deployment, { batch: o.batch(receipts) });
    await anchorReceipt(o.stranger, o.deployment, { signed: await o.sign(receipts[1]!), ...shown });

    const merged = await mergeReceipt(o.stranger, o.deployment, { leaf: o.leaf(receipts, 1) });

    expect(merged).to.deep.equal({ filled: 0n, freed: LOCK });
    const { vault, attestations } = o.protocol;
    expect(await vault.lockedBy(attestations, o.operator)).to.equal(2n * LOCK);
  });

  it("records a proof that the model's verifier accepts", async () => {
    const o = await networkHelpers.loadFixture(operate);
    const verifier = await ethers.deployContract("AcceptingVerifier");
    const policy = { ...POLICY, proofVerifier: await verifier.getAddress(), proofKey: keccak256("0x07") };
    const modelId = await publishModel(o.publisher, o.deployment, { manifest: MANIFEST, policy, spec: SPEC });
    expect(await o.protocol.models.publisherOf(modelId)).to.equal(o.publisher.address);
    const signed = await o.sign(await o.receipt(0, { modelId }));
    const { receipt } = signed;
    await anchorReceipt(o.stranger, o.deployment, { signed, ...shown });
    const refused = await refusalOf(proveAnswer(o.stranger, o.deployment, { receipt, proof: "0x" }), ContractError);
    expect(refused.code).to.equal("NotProven");

    const words = [policy.proofKey, receipt.inputHash, receipt.outputHash];
    const proof = AbiCoder.defaultAbiCoder().encode(["bytes32", "bytes32", "bytes32"], words);
    await proveAnswer(o.stranger, o.deployment, { receipt, proof });

    const { methods } = await checkReceipt(provider, o.deployment, { receipt });
    expect(methods).to.equal(Method.Seen | Method.Proven);
  });

  it("slashes two answers for one job: one signed, one in a batch", async () => {
    const o = await networkHelpers.loadFixture(operate);
    const receipts = [await o.receipt(0), await o.receipt(1)];
    await anchorBatch(o.operator, o.deployment, { batch: o.batch(receipts) });
    const first = o.leaf(receipts, 0);
    const same = await o.sign(receipts[0]!);
    const agree = await refusalOf(slashEquivocation(o.stranger, o.deployment, { first, second: same }), ContractError);
    expect(agree.code).to.equal("ReceiptsAgree");
    const second = await o.sign({ ...receipts[0]!, outputHash: keccak256(REQUEST) });

    const taken = await slashEquivocation(o.stranger, o.deployment, { first, second });

    expect(taken).to.equal(BOND);
    expect((await o.protocol.vault.account(o.stranger)).credit).to.equal(BOND / 2n);
    const { status, bond } = await readOperator(provider, o.deployment, { operator: o.operator.address });
    expect({ status, bond }).to.deep.equal({ status: OperatorStatus.Tombstoned, bond: 0n });
  });

  it("sets the exposure cap: higher at once, lower a day later", async () => {
    const o = await networkHelpers.loadFixture(operate);
    const cap = async () => (await readOperator(provider, o.deployment, { operator: o.operator.address })).exposureCap;
    const raise = { exposureCap: parseEther("6000") };
    expect(await setExposureCap(o.operator, o.deployment, raise)).to.equal(await o.now());
    expect(await cap()).to.equal(raise.exposureCap);

    const effectiveAt = await setExposureCap(o.operator, o.deployment, { exposureCap: 1n });
    expect(effectiveAt).to.equal((await o.now()) + DAY);
    expect(await cap()).to.equal(raise.exposureCap);
    await networkHelpers.time.increaseTo(effectiveAt);
    expect(await cap()).to.equal(1n);
  });
});

import { expect } from "chai";
import { getBytes, parseEther } from "ethers";
import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";

import { claim } from "../../src/actions/claim.ts";
import { Dtype, OpCode, Rounding, dtypeRange, type GraphSpec } from "../../src/inference/spec.ts";
import type { DenseWeights } from "../../src/inference/weights.ts";
import type { Answer } from "../../src/operator/answerer.ts";
import { bareLeaf } from "../../src/protocol/answers.ts";
import type { InstantRefund } from "../../typechain-types/index.ts";
import { LyingAgent, OperatorAgent, Watcher, hotKey } from "../setup/agents.ts";
import { Courthouse } from "../setup/courthouse.ts";
import {
  COVERAGE,
  LOCK,
  PENALTY,
  RESERVE,
  WINDOW,
  enter,
  openStage,
  pass,
  publishAnother,
  wealth,
  type Stage,
} from "../setup/stage.ts";

const STAKE = parseEther("5000");
const PRICE = COVERAGE;
const OPENER_FUNDS = parseEther("20");
/** What InstantRefund.requestOf has for a complaint of at most 32 bytes, the complaint last. */
const REQUEST_BYTES = 192;
const COMPLAINT_BYTES = 32;
/** Bytes of the complaint summed up that make it justified: about fifteen letters. */
const THRESHOLD = 1_500n;

/** Whoever complains at length is right: i8[192] -> DENSE i32[2] -> ARGMAX i8[1], 1 if the complaint is justified. */
function complaintModel(): { spec: GraphSpec; weights: DenseWeights[] } {
  const { min, max } = dtypeRange(Dtype.I32);
  const values = new Int8Array(2 * REQUEST_BYTES);
  values.fill(1, values.length - COMPLAINT_BYTES);
  const mult = BigInt64Array.of(1n, 1n);
  const unused = { rounding: Rounding.FLOOR, zero: 0, lo: 0n, hi: 0n };
  return {
    spec: {
      tensors: [
        { dtype: Dtype.I8, length: REQUEST_BYTES },
        { dtype: Dtype.I32, length: 2 },
        { dtype: Dtype.I8, length: 1 },
      ],
      ops: [
        { ...unused, code: OpCode.DENSE, input: 0, rows: 2, k: REQUEST_BYTES, lo: min, hi: max },
        { ...unused, code: OpCode.ARGMAX, input: 1, rows: 1, k: 2 },
      ],
    },
    weights: [{ values, mult, bias: BigInt64Array.of(0n, -THRESHOLD), shift: new Int8Array(2) }],
  };
}

describe("flows/refund", () => {
  let stage: Stage;
  let shop: InstantRefund;
  let shopAddress: string;
  let buyer: HardhatEthersSigner;
  let watcher: Watcher;
  let nonce = 0n;

  beforeEach(async () => {
    stage = await publishAnother(await openStage(), "complaints", complaintModel());
    const { deployment, protocol, connection, modelId } = stage;
    const { attestations, token } = deployment;
    shop = await connection.ethers.deployContract("InstantRefund", [attestations, token, modelId, PRICE, WINDOW / 2]);
    shopAddress = await shop.getAddress();
    stage.ledger.open("shop", shopAddress);
    buyer = await enter(stage, "buyer", protocol.others[1]!, 2n * PRICE);
    watcher = new Watcher(stage, await enter(stage, "watcher", protocol.others[2]!));
    await protocol.token.connect(buyer).approve(shop, 2n * PRICE);
  });

  const buy = async (): Promise<void> => {
    await shop.connect(buyer).buy();
    stage.ledger.transfer(buyer.address, shopAddress, PRICE);
  };

  const refund = async (complaint: string, { receipt, output }: Answer, by = buyer): Promise<unknown> =>
    shop.connect(by).refund(complaint, bareLeaf(receipt), output);

  const enlist = async (agent: typeof OperatorAgent): Promise<OperatorAgent> =>
    new agent(stage, "operator", stage.protocol.others[0]!, await hotKey("operator")).enlist(STAKE);

  /** Asked, anchored and published. */
  const answered = async (operator: OperatorAgent, complaint: string): Promise<Answer> => {
    nonce += 1n;
    const request = getBytes(await shop.requestOf(buyer, complaint));
    const job = { request, requester: buyer.address, nonce, beneficiary: shopAddress, coverage: COVERAGE };
    const answer = await operator.fulfil(job);
    await operator.publish(await operator.anchor([answer]), [answer]);
    return answer;
  };

  const JUSTIFIED = "It broke on the first day!";
  const UNJUSTIFIED = "Meh.";

  it("a true answer: the buyer is paid back at once, and the operator loses nothing", async () => {
    const operator = await enlist(OperatorAgent);
    await buy();
    const answer = await answered(operator, JUSTIFIED);
    await refund(JUSTIFIED, answer);
    stage.ledger.transfer(shopAddress, buyer.address, PRICE);
    expect(await watcher.check()).to.deep.equal([]);
    expect(watcher.checked).to.equal(1);
    const rejected = await answered(operator, UNJUSTIFIED);
    await buy();
    await expect(refund(UNJUSTIFIED, rejected))
      .to.be.revertedWithCustomError(shop, "ComplaintRejected")
      .withArgs("0x00");
    await stage.ledger.assertSettled();
  });

  it("a lie: the shop pays, is credited the coverage, and anybody claims it for the shop", async () => {
    const { deployment, ledger, protocol } = stage;
    const liar = await enlist(LyingAgent);
    const before = {
      shop: await wealth(stage, shopAddress),
      buyer: await wealth(stage, buyer.address),
      liar: await wealth(stage, liar.address),
    };
    await buy();
    await refund(UNJUSTIFIED, await answered(liar, UNJUSTIFIED));
    ledger.transfer(shopAddress, buyer.address, PRICE);
    expect(await wealth(stage, shopAddress)).to.equal(before.shop);

    expect(await watcher.check()).to.have.length(1);
    expect((await protocol.vault.account(shop)).credit).to.equal(COVERAGE);
    await ledger.assertSettled();
    expect(await claim(protocol.others[5]!, deployment, { account: shopAddress })).to.equal(COVERAGE);
    ledger.claim(shopAddress);

    // The goods are gone, and paid for by the liar.
    expect((await wealth(stage, shopAddress)) - before.shop).to.equal(PRICE);
    expect((await wealth(stage, liar.address)) - before.liar).to.equal(-LOCK);
    expect(await wealth(stage, buyer.address)).to.equal(before.buyer);
    expect(await wealth(stage, RESERVE)).to.equal(PENALTY / 2n);
    await ledger.assertSettled();
  });

  it("acts on an answer that is contested, not on one that is overturned, late, copied or used up", async () => {
    const liar = await enlist(LyingAgent);
    const { ledger, protocol } = stage;
    await buy();
    const [first, second, third] = [
      await answered(liar, UNJUSTIFIED),
      await answered(liar, UNJUSTIFIED),
      await answered(liar, UNJUSTIFIED),
    ];
    const court = await Courthouse.build(stage);
    const opener = await court.party("opener", OPENER_FUNDS);
    const contested = await court.open(first, opener);
    const { bond, fee } = contested.lawsuit;
    expect(await wealth(stage, opener.address)).to.equal(OPENER_FUNDS - bond - fee);
    await refund(UNJUSTIFIED, first);
    ledger.transfer(shopAddress, buyer.address, PRICE);
    await buy();
    await expect(refund(UNJUSTIFIED, first)).to.be.revertedWithCustomError(shop, "ReceiptConsumed");
    await expect(refund("Another.", second)).to.be.revertedWithCustomError(shop, "InputMismatch");

    const copier = await enter(stage, "copier", protocol.others[3]!, PRICE);
    await protocol.token.connect(copier).approve(shop, PRICE);
    await shop.connect(copier).buy();
    ledger.transfer(copier.address, shopAddress, PRICE);
    const copied = refund(UNJUSTIFIED, second, copier);
    await expect(copied).to.be.revertedWithCustomError(shop, "InputMismatch");

    await pass(stage, WINDOW / 2);
    await expect(refund(UNJUSTIFIED, third)).to.be.revertedWithCustomError(shop, "TooOld");
    expect(await watcher.check()).to.have.length(3);
    await expect(refund(UNJUSTIFIED, second)).to.be.revertedWithCustomError(shop, "StatusNotAccepted");
    // A proof ended the case before anybody voted: bond and fee are back.
    expect(contested.lawsuit.isOver).to.equal(true);
    expect(await wealth(stage, opener.address)).to.equal(OPENER_FUNDS);
    await ledger.assertSettled();
  });
});

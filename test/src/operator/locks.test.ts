import { expect } from "chai";
import { parseEther, type Signer } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

import { anchorReceipt } from "../../../src/actions/anchorReceipt.ts";
import { checkReceipt } from "../../../src/actions/checkReceipt.ts";
import { publishModel } from "../../../src/actions/publishModel.ts";
import { setExposureCap } from "../../../src/actions/setExposureCap.ts";
import type { DutySettings } from "../../../src/operator/duty.ts";
import { AnswerStatus } from "../../../src/protocol/answers.ts";
import type { ReceiptId } from "../../../src/protocol/ids.ts";
import { Ground } from "../../../src/protocol/models.ts";
import type { Receipt, SignedReceipt } from "../../../src/protocol/receipts.ts";
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
  WINDOW,
  operate,
  type Operation,
} from "../../setup/operation.ts";
import { OperatorDesk, deskChain } from "../../setup/operatorDesk.ts";

/** 12 hours and the deployment's minWindow. */
const HONOUR_WINDOW = 13 * HOUR;

describe("src/operator/locks", () => {
  let connection: NetworkConnection;
  let operation: Operation;
  let desk: OperatorDesk;
  let job = 0;

  before(async () => {
    connection = await deskChain();
  });

  beforeEach(async () => {
    operation = await connection.networkHelpers.loadFixture(operate);
    desk = sit({});
  });

  afterEach(() => {
    desk.remove();
  });

  function sit(settings: Partial<DutySettings>, modelIds: readonly string[] = [operation.modelId]): OperatorDesk {
    const { provider } = connection.ethers;
    const { deployment, domain, operator, key, hotAccount } = operation;
    const place = { provider, deployment, domain, operator: operator.address, key, modelIds };
    return new OperatorDesk(place, { settings, signer: (): Signer => hotAccount });
  }

  const again = (settings: Partial<DutySettings>, modelIds?: readonly string[]): void => {
    desk.remove();
    desk = sit(settings, modelIds);
  };
  const keep = async (
    changes: Partial<Receipt> = {},
    wantsFinal = false,
  ): Promise<{ id: ReceiptId; signed: SignedReceipt }> =>
    desk.keep(await operation.receipt(job++, changes), { request: REQUEST, output: OUTPUT, wantsFinal });
  const pass = async (seconds: number): Promise<void> => {
    await connection.networkHelpers.time.increase(seconds);
  };
  const answer = async (id: ReceiptId) => operation.protocol.attestations.answer(id);
  const locked = async (): Promise<bigint> =>
    operation.protocol.vault.lockedBy(operation.deployment.attestations, operation.operator.address);
  const byStranger = async (signed: SignedReceipt): Promise<void> => {
    await anchorReceipt(operation.stranger, operation.deployment, { signed, request: REQUEST, output: OUTPUT });
  };

  describe("publishing", () => {
    it("publishes what customers want final, and nothing else", async () => {
      again({ batchSize: 3 });
      const [wanted, other, late] = [await keep({}, true), await keep(), await keep()];
      await desk.rest();
      expect((await answer(wanted.id)).publishedAt).to.be.above(0n);
      expect((await answer(other.id)).publishedAt).to.equal(0n);
      desk.answers.setWantsFinal(late.id);
      await desk.rest();
      expect((await answer(late.id)).publishedAt).to.be.above(0n);
      await desk.step();
      const { publishedAt, finalAt, missing, honourBy } = desk.answers.publication(late.id)!;
      const stored = await answer(late.id);
      expect([BigInt(publishedAt), BigInt(finalAt)]).to.deep.equal([stored.publishedAt, stored.finalAt]);
      expect([missing, honourBy]).to.deep.equal([0n, undefined]);
      await pass(WINDOW + 1);
      await connection.networkHelpers.mine();
      const { provider } = connection.ethers;
      const { receipt } = wanted.signed;
      expect((await checkReceipt(provider, operation.deployment, { receipt })).status).to.equal(AnswerStatus.Final);
      expect(await desk.metric("answers_published_total")).to.equal(2);
    });

    it("waits until the batch lasts, unless its lock is about to end", async () => {
      again({ batchSize: 1, confirmations: 4 });
      const { id } = await keep({}, true);
      await connection.networkHelpers.mine(4);
      await desk.rest(); // anchored in the newest block
      expect((await answer(id)).publishedAt).to.equal(0n);
      await connection.networkHelpers.mine(2);
      await desk.rest();
      expect((await answer(id)).publishedAt).to.equal(0n);
      await connection.networkHelpers.mine();
      await desk.rest();
      expect((await answer(id)).publishedAt).to.be.above(0n);

      const hurried = await keep({}, true);
      await connection.networkHelpers.mine(4);
      await desk.rest();
      await pass(WINDOW - 1_000);
      await desk.rest();
      expect((await answer(hurried.id)).publishedAt).to.be.above(0n);
    });

    it("shows nothing of answers with private input", async () => {
      const policy = { ...POLICY, privateInput: true, grounds: Ground.Replay };
      const modelId = await publishModel(operation.publisher, operation.deployment, {
        ...{ manifest: { ...MANIFEST, name: "private" }, policy, spec: SPEC },
      });
      await operation.protocol.operators.connect(operation.operator).host(modelId);
      again({ batchSize: 1 }, [modelId]);
      const { id } = await keep({ modelId }, true);
      await desk.rest();
      const { attestations } = operation.protocol;
      const [event] = await attestations.queryFilter(attestations.filters.AnswerPublished(id));
      expect([event!.args.request, event!.args.output]).to.deep.equal(["0x", "0x"]);
    });
  });

  describe("merging", () => {
    it("frees the leaf of a receipt that somebody anchored alone", async () => {
      again({ batchSize: 2 });
      const [first] = [await keep(), await keep()];
      await desk.rest();
      expect(await locked()).to.equal(2n * LOCK);
      await byStranger(first.signed);
      expect(await locked()).to.equal(3n * LOCK);
      await desk.rest();
      expect(await locked()).to.equal(2n * LOCK);
      expect((await answer(first.id)).merged).to.equal(true);
      await desk.step();
      expect(await desk.rest()).to.equal(0);
      expect(await desk.metric("receipts_merged_total")).to.equal(1);
      expect(await desk.metric("foreign_total")).to.equal(0);
    });

    it("fills a short lock out of the leaf, so that nothing has to be honoured", async () => {
      again({ batchSize: 1 });
      await setExposureCap(operation.operator, operation.deployment, { exposureCap: LOCK });
      await pass(DAY);
      const { id, signed } = await keep();
      await desk.rest();
      await byStranger(signed); // the cap is used up by the leaf
      expect((await answer(id)).locked).to.equal(0n);
      await desk.rest();
      expect((await answer(id)).locked).to.equal(LOCK);
      expect(await locked()).to.equal(LOCK);
      expect(await desk.metric("receipts_honoured_total")).to.equal(0);
      await desk.step();
      expect(desk.answers.publication(id)!.missing).to.equal(0n);
      expect(await desk.metric("receipts_short")).to.equal(0);
    });

    it("does so until the full hour after the batch's lock", async () => {
      again({ batchSize: 1 });
      const { id, signed } = await keep({ anchorBy: (await operation.now()) + 23 * HOUR });
      await desk.rest();
      await desk.step();
      const { lockEnd } = desk.answers.batch(desk.answers.answer(id)!.leaf!.root)!.anchored!;
      const swept = (Math.floor(lockEnd / HOUR) + 1) * HOUR;
      await connection.networkHelpers.time.increaseTo(swept - 20);
      await byStranger(signed);
      const before = await locked();
      await desk.rest();
      expect(before - (await locked())).to.equal(LOCK);

      again({ batchSize: 1 });
      const late = await keep({ anchorBy: (await operation.now()) + 23 * HOUR });
      await desk.rest();
      await desk.step();
      const end = desk.answers.batch(desk.answers.answer(late.id)!.leaf!.root)!.anchored!.lockEnd;
      await connection.networkHelpers.time.increaseTo((Math.floor(end / HOUR) + 1) * HOUR);
      await byStranger(late.signed);
      expect(await desk.rest()).to.equal(0);
    });
  });

  describe("honouring", () => {
    /** One receipt of which half could be locked. */
    async function short(): Promise<{ id: ReceiptId; signed: SignedReceipt }> {
      await setExposureCap(operation.operator, operation.deployment, { exposureCap: LOCK / 2n });
      await pass(DAY);
      const kept = await keep();
      await byStranger(kept.signed);
      expect((await answer(kept.id)).locked).to.equal(LOCK / 2n);
      return kept;
    }

    it("makes a short lock whole as soon as there is room, and not before", async () => {
      again({ batchSize: 9 });
      const { id } = await short();
      await desk.rest();
      await desk.step();
      const { publishedAt, missing, honourBy } = desk.answers.publication(id)!;
      expect(missing).to.equal(LOCK / 2n);
      expect(honourBy).to.equal(publishedAt + HONOUR_WINDOW);
      expect(desk.answers.promised(await operation.now())).to.equal(LOCK / 2n); // nobody else is promised that
      expect(desk.answers.promised(honourBy!)).to.equal(0n);
      expect(await desk.metric("receipts_short")).to.equal(1);
      expect(desk.said(40)).to.include("too little stake is free to honour a receipt");
      expect(await desk.metric("errors_total")).to.equal(0); // what cannot be is not tried

      await setExposureCap(operation.operator, operation.deployment, { exposureCap: LOCK });
      await desk.rest();
      expect((await answer(id)).locked).to.equal(LOCK);
      await desk.step();
      expect(desk.answers.publication(id)!.missing).to.equal(0n);
      expect(desk.answers.promised(await operation.now())).to.equal(0n);
      expect(await desk.metric("receipts_honoured_total")).to.equal(1);
      expect(await desk.rest()).to.equal(0);
    });

    it("honours in the last block in which it can, and does not try after", async () => {
      again({ batchSize: 9 });
      const { id } = await short();
      await desk.rest();
      const { honourBy } = desk.answers.publication(id)!;
      await connection.networkHelpers.time.increaseTo(honourBy! - 3);
      await setExposureCap(operation.operator, operation.deployment, { exposureCap: LOCK });
      await desk.rest();
      expect((await answer(id)).locked).to.equal(LOCK);

      again({ batchSize: 9 });
      const late = await short();
      await desk.rest();
      await connection.networkHelpers.time.increaseTo(desk.answers.publication(late.id)!.honourBy!);
      await setExposureCap(operation.operator, operation.deployment, { exposureCap: 4n * LOCK });
      expect(await desk.rest()).to.equal(0);
      expect((await answer(late.id)).locked).to.equal(LOCK / 2n);
    });

    it("keeps small ones waiting for a large one that is due earlier", async () => {
      again({ batchSize: 9 });
      await setExposureCap(operation.operator, operation.deployment, { exposureCap: 0n });
      await pass(DAY);
      const large = await keep({ coverage: 3n * COVERAGE });
      await byStranger(large.signed);
      const small = await keep();
      await byStranger(small.signed);
      await setExposureCap(operation.operator, operation.deployment, { exposureCap: LOCK });
      await desk.rest();
      expect((await answer(small.id)).locked).to.equal(0n);
      await setExposureCap(operation.operator, operation.deployment, { exposureCap: 3n * LOCK });
      await desk.rest();
      expect((await answer(large.id)).locked).to.equal(3n * LOCK);
      expect((await answer(small.id)).locked).to.equal(0n);
      await setExposureCap(operation.operator, operation.deployment, { exposureCap: 4n * LOCK });
      await desk.rest();
      expect((await answer(small.id)).locked).to.equal(LOCK);
    });
  });

  describe("what has run out", () => {
    it("is swept when there is more than is to be left, and credit is claimed", async () => {
      again({ batchSize: 1, sweepAbove: LOCK, claimAbove: parseEther("1") });
      await keep();
      await desk.rest();
      await pass(WINDOW + HOUR);
      await connection.networkHelpers.mine();
      expect(await locked()).to.equal(LOCK);
      await desk.rest();
      expect(await locked()).to.equal(0n);
      expect(await desk.rest()).to.equal(0);

      again({ batchSize: 1, sweepAbove: LOCK + 1n });
      await keep();
      await desk.rest();
      await pass(WINDOW + HOUR);
      await connection.networkHelpers.mine();
      expect(await desk.rest()).to.equal(0);
      expect(await locked()).to.equal(LOCK);
    });
  });

  it("tells when something is on chain in its name that this journal never signed", async () => {
    again({ batchSize: 1 });
    const foreign = await operation.sign(await operation.receipt(job++));
    await byStranger(foreign);
    await desk.rest();
    expect(await desk.metric("foreign_total", { event: "AnswerPublished" })).to.equal(1);
    expect(desk.said(50).join()).to.include("another journal, or a stolen key");
  });
});

import { expect } from "chai";
import { parseEther, parseUnits, type Signer } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

import { setExposureCap } from "../../../src/actions/setExposureCap.ts";
import type { DutySettings } from "../../../src/operator/duty.ts";
import { LockState } from "../../../src/protocol/answers.ts";
import { batchId } from "../../../src/protocol/batches.ts";
import type { ReceiptId } from "../../../src/protocol/ids.ts";
import type { Receipt } from "../../../src/protocol/receipts.ts";
import { COVERAGE, DAY, HOUR, LOCK, OUTPUT, REQUEST, operate, type Operation } from "../../setup/operation.ts";
import { OperatorDesk, PUBLIC_URL, deskChain } from "../../setup/operatorDesk.ts";

describe("src/operator/anchoring", () => {
  let connection: NetworkConnection;
  let operation: Operation;
  let desk: OperatorDesk;
  let job = 0;

  before(async () => {
    connection = await deskChain();
  });

  beforeEach(async () => {
    operation = await connection.networkHelpers.loadFixture(operate);
    desk = sit({}, operation.hotAccount);
  });

  afterEach(() => {
    desk.remove();
  });

  function sit(settings: Partial<DutySettings>, signer: Signer): OperatorDesk {
    const { provider } = connection.ethers;
    const { deployment, domain, operator, key, modelId } = operation;
    const place = { provider, deployment, domain, operator: operator.address, key, modelIds: [modelId] };
    return new OperatorDesk(place, { settings, signer: () => signer });
  }

  const again = (settings: Partial<DutySettings>, signer: Signer = operation.hotAccount): void => {
    desk.remove();
    desk = sit(settings, signer);
  };
  const answer = async (changes: Partial<Receipt> = {}): Promise<ReceiptId> => {
    const receipt = await operation.receipt(job++, { ...changes });
    return (await desk.keep(receipt, { request: REQUEST, output: OUTPUT })).id;
  };
  const pass = async (seconds: number): Promise<void> => {
    await connection.networkHelpers.time.increase(seconds);
  };
  const anchored = async (): Promise<number> => {
    const { attestations } = operation.protocol;
    return (await attestations.queryFilter(attestations.filters.BatchAnchored())).length;
  };
  const published = async (id: ReceiptId) => operation.protocol.attestations.answer(id);
  const locked = async (): Promise<bigint> =>
    operation.protocol.vault.lockedBy(operation.deployment.attestations, operation.operator.address);

  describe("closing batches", () => {
    it("anchors what is full at once, and the rest when its oldest receipt is old enough", async () => {
      const ids = [await answer(), await answer(), await answer(), await answer()];
      await connection.networkHelpers.mine();
      await desk.rest();
      expect(await anchored()).to.equal(1);
      expect(await locked()).to.equal(3n * LOCK);
      const leaves = ids.map((id) => desk.answers.answer(id)!.leaf);
      expect(leaves.map((leaf) => leaf?.index)).to.deep.equal([0, 1, 2, undefined]);

      await pass(60);
      await desk.rest();
      expect(await anchored()).to.equal(2);
      expect(await locked()).to.equal(4n * LOCK);
      expect(await desk.metric("batches_anchored_total")).to.equal(2);
      await desk.step(); // past the block of the second
      expect(await desk.metric("receipts_unanchored")).to.equal(0);
    });

    it("says in the header where the leaves are and that all of them can be anchored, before it is sent", async () => {
      const issuedAt = await operation.now();
      for (const hours of [7, 6, 8]) await answer({ issuedAt, anchorBy: issuedAt + hours * HOUR });
      await desk.begin();
      const [stored] = desk.answers.batchesToAnchor(issuedAt);
      const { batch } = stored!;
      expect(batch.anchorBy).to.equal(issuedAt + 6 * HOUR);
      expect(batch.dataURI).to.equal(`${PUBLIC_URL}/v1/batches/${batch.root}`);
      expect(stored!.batchId).to.equal(batchId(operation.domain, batch));
      await desk.duties.settled();
      await desk.step();
      expect(desk.answers.batchesToAnchor(issuedAt)).to.deep.equal([]);
      const { anchoredAt, lockEnd, block } = desk.answers.batch(batch.root)!.anchored!;
      const [time, end] = await operation.protocol.attestations.batch(stored!.batchId);
      expect([BigInt(anchoredAt), BigInt(lockEnd)]).to.deep.equal([time, end]);
      expect(block).to.equal(await connection.ethers.provider.getBlockNumber());
    });

    it("puts only receipts of one coverage into a batch", async () => {
      const coverages = [COVERAGE, 2n * COVERAGE, COVERAGE, 2n * COVERAGE];
      const ids: ReceiptId[] = [];
      for (const coverage of coverages) {
        const receipt = await operation.receipt(job++, { coverage });
        ids.push((await desk.keep(receipt, { request: REQUEST, output: OUTPUT })).id);
      }
      await pass(60);
      await desk.rest();
      await desk.step();
      expect(await anchored()).to.equal(2);
      const roots = ids.map((id) => desk.answers.answer(id)!.leaf!.root);
      expect([roots[0] === roots[2], roots[1] === roots[3], roots[0] === roots[1]]).to.deep.equal([true, true, false]);
      expect(await locked()).to.equal(6n * LOCK);
    });

    it("waits until the block in which a receipt was issued lasts, so that no batch lands before its time", async () => {
      again({ confirmations: 3, batchSize: 1 });
      const id = await answer(); // issued at the time of the newest block
      await desk.rest();
      expect(desk.answers.answer(id)!.leaf).to.equal(undefined);
      await connection.networkHelpers.mine();
      await desk.rest();
      expect(desk.answers.answer(id)!.leaf).to.equal(undefined);
      await connection.networkHelpers.mine();
      await desk.rest();
      expect(desk.answers.answer(id)!.leaf!.index).to.equal(0);
      expect(await anchored()).to.equal(1);
    });
  });

  describe("who sends", () => {
    for (const who of ["operator", "hotAccount", "stranger"] as const) {
      it(`anchors as ${who}`, async () => {
        again({ batchSize: 1 }, operation[who]);
        await answer();
        await desk.rest();
        expect(await anchored()).to.equal(1);
        const { attestations } = operation.protocol;
        const [event] = await attestations.queryFilter(attestations.filters.BatchAnchored());
        const { from, data } = await event!.getTransaction();
        expect(from).to.equal(operation[who].address);
        // A signature is only paid for by who needs it.
        expect(data.length > 1_500).to.equal(who === "stranger");
      });
    }
  });

  it("takes a batch that somebody else anchored as anchored", async () => {
    again({ batchSize: 1 }, operation.stranger);
    await answer();
    const { provider } = connection.ethers;
    await provider.send("evm_setAutomine", [false]);
    await desk.begin();
    const [stored] = desk.answers.batchesToAnchor(0);
    const attestations = operation.protocol.attestations.connect(operation.operator);
    const faster = { maxPriorityFeePerGas: parseUnits("50", "gwei"), maxFeePerGas: parseUnits("100", "gwei") };
    await attestations.anchor(stored!.batch, "0x", faster);
    await provider.send("evm_setAutomine", [true]);
    await connection.networkHelpers.mine();
    await desk.duties.settled();
    expect(await desk.metric("errors_total", { duty: "anchor" })).to.equal(1); // it came second
    await desk.rest();
    await desk.step();
    expect(await anchored()).to.equal(1);
    expect(await locked()).to.equal(LOCK);
    expect(desk.answers.batchesToAnchor(0)).to.deep.equal([]);
  });

  describe("refusals", () => {
    it("keeps a batch that does not fit under the cap, and anchors it when it does", async () => {
      again({ batchSize: 2 });
      await setExposureCap(operation.operator, operation.deployment, { exposureCap: 2n * LOCK - 1n });
      await pass(DAY);
      const ids = [await answer(), await answer()];
      await desk.rest();
      await desk.step();
      expect(await anchored()).to.equal(0);
      expect(await desk.metric("anchorings_refused_total", { code: "ExposureCapExceeded" })).to.equal(2);
      expect(await desk.metric("errors_total", { duty: "anchor", code: "ExposureCapExceeded" })).to.equal(2);
      expect(await desk.metric("batches_unanchored")).to.equal(1);
      expect(desk.said(40)).to.include("refused, will be tried again");

      await setExposureCap(operation.operator, operation.deployment, { exposureCap: 2n * LOCK });
      await desk.rest();
      await desk.step();
      expect(await anchored()).to.equal(1);
      expect(desk.answers.answer(ids[1]!)!.leaf!.index).to.equal(1);
      expect(await desk.metric("batches_unanchored")).to.equal(0);
    });

    it("keeps a batch for which there is too little stake", async () => {
      const coverage = parseEther("2000"); // 4,000 with the penalty; 90 % of 5,000 less the bond are 3,500
      again({ batchSize: 1 });
      const receipt = await operation.receipt(job++, { coverage });
      await desk.keep(receipt, { request: REQUEST, output: OUTPUT });
      await desk.rest();
      expect(await anchored()).to.equal(0);
      expect(await desk.metric("anchorings_refused_total", { code: "StakeNotLockable" })).to.equal(1);
    });

    it("anchors receipts alone before their time is over, the most urgent first, whatever the batch is refused for", async () => {
      again({ batchSize: 3, lastResortSeconds: HOUR });
      const issuedAt = await operation.now();
      const ids: ReceiptId[] = [];
      for (const hours of [5, 4, 6]) ids.push(await answer({ issuedAt, anchorBy: issuedAt + hours * HOUR }));
      await operation.protocol.operators.connect(operation.operator).retire(); // no batch ever again
      await connection.networkHelpers.mine();
      await desk.rest();
      expect(await desk.metric("anchorings_refused_total", { code: "OperatorInStatus" })).to.be.above(0);
      expect(await locked()).to.equal(0n);

      await pass(3 * HOUR);
      await desk.rest();
      const states = await Promise.all(ids.map(published));
      expect(states.map(({ publishedAt }) => publishedAt > 0n)).to.deep.equal([false, true, false]);
      expect(states[1]!.locked).to.equal(LOCK);
      expect(states[1]!.anchoredAlone).to.equal(true);
      expect(await desk.metric("last_resorts_total")).to.equal(1);
      expect(desk.said(50)).to.include("no batch has this receipt on chain: it is anchored alone");

      await pass(HOUR); // the header's time is over, the receipts are another batch's
      await desk.rest();
      expect(await desk.metric("batches_lapsed_total")).to.equal(1);
      expect((await published(ids[0]!)).locked).to.equal(LOCK);
      expect((await published(ids[2]!)).publishedAt).to.equal(0n);
      await pass(HOUR);
      await desk.rest();
      expect((await published(ids[2]!)).locked).to.equal(LOCK);
      expect(await locked()).to.equal(3n * LOCK);
      await desk.step();
      expect(await desk.metric("receipts_unanchored")).to.equal(0);
    });

    it("batches again what a batch had that was not anchored in time", async () => {
      again({ batchSize: 2, lastResortSeconds: 600 });
      await setExposureCap(operation.operator, operation.deployment, { exposureCap: LOCK });
      await pass(DAY);
      const issuedAt = await operation.now();
      const short = await answer({ issuedAt, anchorBy: issuedAt + HOUR });
      const long = await answer({ issuedAt, anchorBy: issuedAt + DAY });
      await desk.rest();
      const { root } = desk.answers.answer(long)!.leaf!;
      await pass(HOUR - 500); // the last resort of the short one
      await desk.rest();
      expect((await published(short)).state).to.equal(BigInt(LockState.InBucket));
      await setExposureCap(operation.operator, operation.deployment, { exposureCap: 10n * LOCK });
      await pass(501);
      await desk.rest();
      await desk.step();
      const leaf = desk.answers.answer(long)!.leaf!;
      expect(leaf.root).not.to.equal(root);
      expect(desk.answers.answer(short)!.leaf).to.equal(undefined);
      expect(desk.answers.batch(leaf.root)!.anchored!.block).to.be.above(0);
      expect(await anchored()).to.equal(1);
    });
  });

  it("never closes a batch with a receipt whose time is about to be over", async () => {
    again({ batchSize: 1, lastResortSeconds: HOUR });
    const issuedAt = await operation.now();
    const id = await answer({ issuedAt, anchorBy: issuedAt + HOUR });
    await desk.rest();
    expect(await anchored()).to.equal(0);
    expect((await published(id)).anchoredAlone).to.equal(true);
  });
});

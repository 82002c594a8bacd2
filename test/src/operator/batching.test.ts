import { expect } from "chai";
import { batchId } from "../../../src/protocol/batches.ts";
import type { ReceiptId } from "../../../src/protocol/ids.ts";
import { DutyStage } from "../../setup/dutyStage.ts";
import { COVERAGE, HOUR, LOCK } from "../../setup/operation.ts";
import { PUBLIC_URL } from "../../setup/operatorDesk.ts";

describe("src/operator/batching", () => {
  let stage: DutyStage;

  beforeEach(async () => {
    stage = await DutyStage.open();
  });

  afterEach(async () => {
    await stage.desk.remove();
  });

  it("anchors what is full at once, and the rest when its oldest receipt is old enough", async () => {
    const ids = [(await stage.keep()).id, (await stage.keep()).id, (await stage.keep()).id, (await stage.keep()).id];
    await stage.mine();
    await stage.desk.rest();
    expect(await stage.anchored()).to.equal(1);
    expect(await stage.locked()).to.equal(3n * LOCK);
    const leaves = ids.map((id) => stage.desk.answers.answer(id)!.leaf);
    expect(leaves.map((leaf) => leaf?.index)).to.deep.equal([0, 1, 2, undefined]);

    await stage.pass(60);
    await stage.desk.rest();
    expect(await stage.anchored()).to.equal(2);
    expect(await stage.locked()).to.equal(4n * LOCK);
    expect(await stage.desk.metric("batches_anchored_total")).to.equal(2);
    await stage.desk.step(); // past the block of the second
    expect(await stage.desk.metric("receipts_unanchored")).to.equal(0);
  });

  it("says in the header where the leaves are and that all of them can be anchored, before it is sent", async () => {
    const issuedAt = await stage.operation.now();
    for (const hours of [7, 6, 8]) await stage.keep({ issuedAt, anchorBy: issuedAt + hours * HOUR });
    await stage.desk.begin();
    const [stored] = stage.desk.answers.batchesToAnchor(issuedAt);
    const { batch } = stored!;
    expect(batch.anchorBy).to.equal(issuedAt + 6 * HOUR);
    expect(batch.dataURI).to.equal(`${PUBLIC_URL}/v1/batches/${batch.root}`);
    expect(stored!.batchId).to.equal(batchId(stage.operation.domain, batch));
    await stage.desk.duties.settled();
    await stage.desk.step();
    expect(stage.desk.answers.batchesToAnchor(issuedAt)).to.deep.equal([]);
    const { anchoredAt, lockEnd, block } = stage.desk.answers.batch(batch.root)!.anchored!;
    const [time, end] = await stage.operation.protocol.attestations.batch(stored!.batchId);
    expect([BigInt(anchoredAt), BigInt(lockEnd)]).to.deep.equal([time, end]);
    expect(block).to.equal(await stage.connection.ethers.provider.getBlockNumber());
  });

  it("puts only receipts of one coverage into a batch", async () => {
    const coverages = [COVERAGE, 2n * COVERAGE, COVERAGE, 2n * COVERAGE];
    const ids: ReceiptId[] = [];
    for (const coverage of coverages) {
      ids.push((await stage.keep({ coverage })).id);
    }
    await stage.pass(60);
    await stage.desk.rest();
    await stage.desk.step();
    expect(await stage.anchored()).to.equal(2);
    const roots = ids.map((id) => stage.desk.answers.answer(id)!.leaf!.root);
    expect([roots[0] === roots[2], roots[1] === roots[3], roots[0] === roots[1]]).to.deep.equal([true, true, false]);
    expect(await stage.locked()).to.equal(6n * LOCK);
  });

  it("waits until the block in which a receipt was issued lasts, so that no batch lands before its time", async () => {
    await stage.again({ confirmations: 3, batchSize: 1 });
    const id = (await stage.keep()).id; // issued at the time of the newest block
    await stage.desk.rest();
    expect(stage.desk.answers.answer(id)!.leaf).to.equal(undefined);
    await stage.mine();
    await stage.desk.rest();
    expect(stage.desk.answers.answer(id)!.leaf).to.equal(undefined);
    await stage.mine();
    await stage.desk.rest();
    expect(stage.desk.answers.answer(id)!.leaf!.index).to.equal(0);
    expect(await stage.anchored()).to.equal(1);
  });

  it("never closes a batch with a receipt whose time is about to be over", async () => {
    await stage.again({ batchSize: 1, lastResortSeconds: HOUR });
    const issuedAt = await stage.operation.now();
    const id = (await stage.keep({ issuedAt, anchorBy: issuedAt + HOUR })).id;
    await stage.desk.rest();
    expect(await stage.anchored()).to.equal(0);
    expect((await stage.answer(id)).anchoredAlone).to.equal(true);
  });
});

import { expect } from "chai";
import { setExposureCap } from "../../../src/actions/setExposureCap.ts";
import { LockState } from "../../../src/protocol/answers.ts";
import type { ReceiptId } from "../../../src/protocol/ids.ts";
import { DutyStage } from "../../setup/dutyStage.ts";
import { DAY, HOUR, LOCK } from "../../setup/operation.ts";

describe("src/operator/anchoringAlone", () => {
  let stage: DutyStage;

  beforeEach(async () => {
    stage = await DutyStage.open();
  });

  afterEach(async () => {
    await stage.desk.remove();
  });

  it("anchors receipts alone before their time is over, the most urgent first, whatever the batch is refused for", async () => {
    await stage.again({ batchSize: 3, lastResortSeconds: HOUR });
    const issuedAt = await stage.operation.now();
    const ids: ReceiptId[] = [];
    for (const hours of [5, 4, 6]) ids.push((await stage.keep({ issuedAt, anchorBy: issuedAt + hours * HOUR })).id);
    await stage.operation.protocol.operators.connect(stage.operation.operator).retire(); // no batch ever again
    await stage.mine();
    await stage.desk.rest();
    expect(await stage.desk.metric("anchorings_refused_total", { code: "OperatorInStatus" })).to.be.above(0);
    expect(await stage.locked()).to.equal(0n);

    await stage.pass(3 * HOUR);
    await stage.desk.rest();
    const states = await Promise.all(ids.map((id) => stage.answer(id)));
    expect(states.map(({ publishedAt }) => publishedAt > 0n)).to.deep.equal([false, true, false]);
    expect(states[1]!.locked).to.equal(LOCK);
    expect(states[1]!.anchoredAlone).to.equal(true);
    expect(await stage.desk.metric("last_resorts_total")).to.equal(1);
    expect(stage.desk.said(50)).to.include("no batch has this receipt on chain: it is anchored alone");

    await stage.pass(HOUR); // the header's time is over, the receipts are another batch's
    await stage.desk.rest();
    expect(await stage.desk.metric("batches_lapsed_total")).to.equal(1);
    expect((await stage.answer(ids[0]!)).locked).to.equal(LOCK);
    expect((await stage.answer(ids[2]!)).publishedAt).to.equal(0n);
    await stage.pass(HOUR);
    await stage.desk.rest();
    expect((await stage.answer(ids[2]!)).locked).to.equal(LOCK);
    expect(await stage.locked()).to.equal(3n * LOCK);
    await stage.desk.step();
    expect(await stage.desk.metric("receipts_unanchored")).to.equal(0);
  });

  it("batches again what a batch had that was not anchored in time", async () => {
    await stage.again({ batchSize: 2, lastResortSeconds: 600 });
    await setExposureCap(stage.operation.operator, stage.operation.deployment, { exposureCap: LOCK });
    await stage.pass(DAY);
    const issuedAt = await stage.operation.now();
    const short = (await stage.keep({ issuedAt, anchorBy: issuedAt + HOUR })).id;
    const long = (await stage.keep({ issuedAt, anchorBy: issuedAt + DAY })).id;
    await stage.desk.rest();
    const { root } = stage.desk.answers.answer(long)!.leaf!;
    await stage.pass(HOUR - 500); // the last resort of the short one
    await stage.desk.rest();
    expect((await stage.answer(short)).state).to.equal(BigInt(LockState.InBucket));
    await setExposureCap(stage.operation.operator, stage.operation.deployment, { exposureCap: 10n * LOCK });
    await stage.pass(501);
    await stage.desk.rest();
    await stage.desk.step();
    const leaf = stage.desk.answers.answer(long)!.leaf!;
    expect(leaf.root).not.to.equal(root);
    expect(stage.desk.answers.answer(short)!.leaf).to.equal(undefined);
    expect(stage.desk.answers.batch(leaf.root)!.anchored!.block).to.be.above(0);
    expect(await stage.anchored()).to.equal(1);
  });

  it("takes care of leaves that are void because their batch was anchored before they were issued", async () => {
    await stage.again({ batchSize: 2, lastResortSeconds: HOUR });
    const [late, other] = [await stage.keep({}, true), await stage.keep()];
    await stage.desk.begin();
    // What only a reorg deeper than the confirmations leads to.
    const { database } = stage.desk.journal;
    database.prepare("UPDATE answers SET issued_at = issued_at + 600 WHERE receipt_id = ?").run(late.id);
    await stage.desk.duties.settled();
    await stage.desk.rest();
    expect(stage.desk.said(50)).to.include("the batch was anchored before receipts of it were issued");
    expect((await stage.answer(late.id)).publishedAt).to.equal(0n); // as a leaf it cannot be published
    await stage.pass(DAY - HOUR);
    await stage.desk.rest();
    expect((await stage.answer(late.id)).anchoredAlone).to.equal(true);
    expect((await stage.answer(other.id)).publishedAt).to.equal(0n);
  });
});

import { expect } from "chai";
import { setExposureCap } from "../../../src/actions/setExposureCap.ts";
import { DutyStage } from "../../setup/dutyStage.ts";
import { DAY, HOUR, LOCK } from "../../setup/operation.ts";

describe("src/operator/merging", () => {
  let stage: DutyStage;

  beforeEach(async () => {
    stage = await DutyStage.open();
  });

  afterEach(async () => {
    await stage.desk.remove();
  });

  it("frees the leaf of a receipt that somebody anchored alone", async () => {
    await stage.again({ batchSize: 2 });
    const [first] = [await stage.keep(), await stage.keep()];
    await stage.desk.rest();
    expect(await stage.locked()).to.equal(2n * LOCK);
    await stage.anchoredByStranger(first.signed);
    expect(await stage.locked()).to.equal(3n * LOCK);
    await stage.desk.rest();
    expect(await stage.locked()).to.equal(2n * LOCK);
    expect((await stage.answer(first.id)).merged).to.equal(true);
    await stage.desk.step();
    expect(await stage.desk.rest()).to.equal(0);
    expect(await stage.desk.metric("receipts_merged_total")).to.equal(1);
    expect(await stage.desk.metric("foreign_total")).to.equal(0);
  });

  it("fills a short lock out of the leaf, so that nothing has to be honoured", async () => {
    await stage.again({ batchSize: 1 });
    await setExposureCap(stage.operation.operator, stage.operation.deployment, { exposureCap: LOCK });
    await stage.pass(DAY);
    const { id, signed } = await stage.keep();
    await stage.desk.rest();
    await stage.anchoredByStranger(signed); // the cap is used up by the leaf
    expect((await stage.answer(id)).locked).to.equal(0n);
    await stage.desk.rest();
    expect((await stage.answer(id)).locked).to.equal(LOCK);
    expect(await stage.locked()).to.equal(LOCK);
    expect(await stage.desk.metric("receipts_honoured_total")).to.equal(0);
    await stage.desk.step();
    expect(stage.desk.answers.publication(id)!.missing).to.equal(0n);
    expect(await stage.desk.metric("receipts_short")).to.equal(0);
  });

  it("does so until the full hour after the batch's lock", async () => {
    await stage.again({ batchSize: 1 });
    const { id, signed } = await stage.keep({ anchorBy: (await stage.operation.now()) + 23 * HOUR });
    await stage.desk.rest();
    await stage.desk.step();
    const { lockEnd } = stage.desk.answers.batch(stage.desk.answers.answer(id)!.leaf!.root)!.anchored!;
    const swept = (Math.floor(lockEnd / HOUR) + 1) * HOUR;
    await stage.connection.networkHelpers.time.increaseTo(swept - 20);
    await stage.anchoredByStranger(signed);
    const before = await stage.locked();
    await stage.desk.rest();
    expect(before - (await stage.locked())).to.equal(LOCK);

    await stage.again({ batchSize: 1 });
    const late = await stage.keep({ anchorBy: (await stage.operation.now()) + 23 * HOUR });
    await stage.desk.rest();
    await stage.desk.step();
    const end = stage.desk.answers.batch(stage.desk.answers.answer(late.id)!.leaf!.root)!.anchored!.lockEnd;
    await stage.connection.networkHelpers.time.increaseTo((Math.floor(end / HOUR) + 1) * HOUR);
    await stage.anchoredByStranger(late.signed);
    expect(await stage.desk.rest()).to.equal(0);
  });
});

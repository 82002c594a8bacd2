import { expect } from "chai";
import { setExposureCap } from "../../../src/actions/setExposureCap.ts";
import type { ReceiptId } from "../../../src/protocol/ids.ts";
import type { SignedReceipt } from "../../../src/protocol/receipts.ts";
import { DutyStage } from "../../setup/dutyStage.ts";
import { COVERAGE, DAY, HOUR, LOCK } from "../../setup/operation.ts";

/** 12 hours and the deployment's minWindow. */
const HONOUR_WINDOW = 13 * HOUR;

describe("src/operator/honouring", () => {
  let stage: DutyStage;

  beforeEach(async () => {
    stage = await DutyStage.open();
  });

  afterEach(async () => {
    await stage.desk.remove();
  });

  /** One receipt of which half could be locked. */
  async function short(): Promise<{ id: ReceiptId; signed: SignedReceipt }> {
    await setExposureCap(stage.operation.operator, stage.operation.deployment, { exposureCap: LOCK / 2n });
    await stage.pass(DAY);
    const kept = await stage.keep();
    await stage.anchoredByStranger(kept.signed);
    expect((await stage.answer(kept.id)).locked).to.equal(LOCK / 2n);
    return kept;
  }

  it("makes a short lock whole as soon as there is room, and not before", async () => {
    await stage.again({ batchSize: 9 });
    const { id } = await short();
    await stage.desk.rest();
    await stage.desk.step();
    const { publishedAt, missing, honourBy } = stage.desk.answers.publication(id)!;
    expect(missing).to.equal(LOCK / 2n);
    expect(honourBy).to.equal(publishedAt + HONOUR_WINDOW);
    expect(stage.desk.answers.promised(await stage.operation.now())).to.equal(LOCK / 2n); // nobody else is promised that
    expect(stage.desk.answers.promised(honourBy!)).to.equal(0n);
    expect(await stage.desk.metric("receipts_short")).to.equal(1);
    expect(stage.desk.said(40)).to.include("too little stake is free to honour a receipt");
    expect(await stage.desk.metric("errors_total")).to.equal(0); // what cannot be is not tried

    await setExposureCap(stage.operation.operator, stage.operation.deployment, { exposureCap: LOCK });
    await stage.desk.rest();
    expect((await stage.answer(id)).locked).to.equal(LOCK);
    await stage.desk.step();
    expect(stage.desk.answers.publication(id)!.missing).to.equal(0n);
    expect(stage.desk.answers.promised(await stage.operation.now())).to.equal(0n);
    expect(await stage.desk.metric("receipts_honoured_total")).to.equal(1);
    expect(await stage.desk.rest()).to.equal(0);
  });

  it("honours in the last block in which it can, and does not try after", async () => {
    await stage.again({ batchSize: 9 });
    const { id } = await short();
    await stage.desk.rest();
    const { honourBy } = stage.desk.answers.publication(id)!;
    await stage.connection.networkHelpers.time.increaseTo(honourBy! - 3);
    await setExposureCap(stage.operation.operator, stage.operation.deployment, { exposureCap: LOCK });
    await stage.desk.rest();
    expect((await stage.answer(id)).locked).to.equal(LOCK);

    await stage.again({ batchSize: 9 });
    const late = await short();
    await stage.desk.rest();
    await stage.connection.networkHelpers.time.increaseTo(stage.desk.answers.publication(late.id)!.honourBy!);
    await setExposureCap(stage.operation.operator, stage.operation.deployment, { exposureCap: 4n * LOCK });
    expect(await stage.desk.rest()).to.equal(0);
    expect((await stage.answer(late.id)).locked).to.equal(LOCK / 2n);
  });

  it("keeps small ones waiting for a large one that is due earlier", async () => {
    await stage.again({ batchSize: 9 });
    await setExposureCap(stage.operation.operator, stage.operation.deployment, { exposureCap: 0n });
    await stage.pass(DAY);
    const large = await stage.keep({ coverage: 3n * COVERAGE });
    await stage.anchoredByStranger(large.signed);
    const small = await stage.keep();
    await stage.anchoredByStranger(small.signed);
    await setExposureCap(stage.operation.operator, stage.operation.deployment, { exposureCap: LOCK });
    await stage.desk.rest();
    expect((await stage.answer(small.id)).locked).to.equal(0n);
    await setExposureCap(stage.operation.operator, stage.operation.deployment, { exposureCap: 3n * LOCK });
    await stage.desk.rest();
    expect((await stage.answer(large.id)).locked).to.equal(3n * LOCK);
    expect((await stage.answer(small.id)).locked).to.equal(0n);
    await setExposureCap(stage.operation.operator, stage.operation.deployment, { exposureCap: 4n * LOCK });
    await stage.desk.rest();
    expect((await stage.answer(small.id)).locked).to.equal(LOCK);
  });
});

import { expect } from "chai";
import { DutyStage } from "../../setup/dutyStage.ts";

describe("src/operator/follow", () => {
  let stage: DutyStage;

  beforeEach(async () => {
    stage = await DutyStage.open();
  });

  afterEach(async () => {
    await stage.desk.remove();
  });

  it("tells when something is on chain in its name that this journal never signed", async () => {
    await stage.again({ batchSize: 1 });
    const foreign = await stage.operation.sign(await stage.operation.receipt(1));
    await stage.anchoredByStranger(foreign);
    await stage.desk.rest();
    expect(await stage.desk.metric("foreign_total", { event: "AnswerPublished" })).to.equal(1);
    expect(stage.desk.said(50).join()).to.include("another journal, or a stolen key");
  });
});

import { expect } from "chai";
import { publishModel } from "../../../src/actions/publishModel.ts";
import { checkReceipt } from "../../../src/actions/checkReceipt.ts";
import { AnswerStatus } from "../../../src/protocol/answers.ts";
import { Ground } from "../../../src/protocol/models.ts";
import { DutyStage } from "../../setup/dutyStage.ts";
import { MANIFEST, POLICY, SPEC, WINDOW } from "../../setup/operation.ts";

describe("src/operator/publishing", () => {
  let stage: DutyStage;

  beforeEach(async () => {
    stage = await DutyStage.open();
  });

  afterEach(async () => {
    await stage.desk.remove();
  });

  it("publishes what customers want final, and nothing else", async () => {
    await stage.again({ batchSize: 3 });
    const [wanted, other, late] = [await stage.keep({}, true), await stage.keep(), await stage.keep()];
    await stage.desk.rest();
    expect((await stage.answer(wanted.id)).publishedAt).to.be.above(0n);
    expect((await stage.answer(other.id)).publishedAt).to.equal(0n);
    stage.desk.answers.setWantsFinal(late.id);
    await stage.desk.rest();
    expect((await stage.answer(late.id)).publishedAt).to.be.above(0n);
    await stage.desk.step();
    const { publishedAt, finalAt, missing, honourBy } = stage.desk.answers.publication(late.id)!;
    const stored = await stage.answer(late.id);
    expect([BigInt(publishedAt), BigInt(finalAt)]).to.deep.equal([stored.publishedAt, stored.finalAt]);
    expect([missing, honourBy]).to.deep.equal([0n, undefined]);
    await stage.pass(WINDOW + 1);
    await stage.mine();
    const { provider } = stage.connection.ethers;
    const { receipt } = wanted.signed;
    expect((await checkReceipt(provider, stage.operation.deployment, { receipt })).status).to.equal(AnswerStatus.Final);
    expect(await stage.desk.metric("answers_published_total")).to.equal(2);
  });

  it("waits until the batch lasts, unless its lock is about to end", async () => {
    await stage.again({ batchSize: 1, confirmations: 4 });
    const { id } = await stage.keep({}, true);
    await stage.mine(4);
    await stage.desk.rest(); // anchored in the newest block
    expect((await stage.answer(id)).publishedAt).to.equal(0n);
    await stage.mine(2);
    await stage.desk.rest();
    expect((await stage.answer(id)).publishedAt).to.equal(0n);
    await stage.mine();
    await stage.desk.rest();
    expect((await stage.answer(id)).publishedAt).to.be.above(0n);

    const hurried = await stage.keep({}, true);
    await stage.mine(4);
    await stage.desk.rest();
    await stage.pass(WINDOW - 1_000);
    await stage.desk.rest();
    expect((await stage.answer(hurried.id)).publishedAt).to.be.above(0n);
  });

  it("shows nothing of answers with private input", async () => {
    const policy = { ...POLICY, privateInput: true, grounds: Ground.Replay };
    const modelId = await publishModel(stage.operation.publisher, stage.operation.deployment, {
      ...{ manifest: { ...MANIFEST, name: "private" }, policy, spec: SPEC },
    });
    await stage.operation.protocol.operators.connect(stage.operation.operator).host(modelId);
    await stage.again({ batchSize: 1 }, { modelIds: [modelId] });
    const { id } = await stage.keep({ modelId }, true);
    await stage.desk.rest();
    const { attestations } = stage.operation.protocol;
    const [event] = await attestations.queryFilter(attestations.filters.AnswerPublished(id));
    expect([event!.args.request, event!.args.output]).to.deep.equal(["0x", "0x"]);
  });
});

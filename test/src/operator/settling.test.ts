import { expect } from "chai";
import { parseEther } from "ethers";

import { checkReceipt } from "../../../src/actions/checkReceipt.ts";
import { hostModel } from "../../../src/actions/hostModel.ts";
import { openCase } from "../../../src/actions/openCase.ts";
import { publishModel } from "../../../src/actions/publishModel.ts";
import { readAccount } from "../../../src/actions/readAccount.ts";
import { AnswerStatus, LockState, bareLeaf } from "../../../src/protocol/answers.ts";
import { Ground, type Policy } from "../../../src/protocol/models.ts";
import { DutyStage } from "../../setup/dutyStage.ts";
import { DAY, HOUR, LOCK, MANIFEST, POLICY, SPEC, WINDOW } from "../../setup/operation.ts";

describe("src/operator/settling", () => {
  let stage: DutyStage;

  beforeEach(async () => {
    stage = await DutyStage.open();
  });

  afterEach(async () => {
    await stage.desk.remove();
  });

  it("settles a case on an own answer as soon as it is final, so that its lock is free, and claims credit", async () => {
    const { deployment, operator, publisher, stranger, protocol } = stage.operation;
    const { provider } = stage.connection.ethers;
    const policy: Policy = { ...POLICY, grounds: Ground.Judgement | Ground.Replay, courtConfig: 1 };
    const modelId = await publishModel(publisher, deployment, { manifest: MANIFEST, policy, spec: SPEC });
    await hostModel(operator, deployment, { modelId });
    const desk = await stage.again({ batchSize: 1, claimAbove: 1n }, { modelIds: [modelId] });
    const { id, signed } = await stage.keep({ modelId }, true);
    const { receipt } = signed;
    await desk.rest();
    await protocol.token.transfer(stranger.address, parseEther("1000"));
    await openCase(stranger, deployment, { leaf: bareLeaf(receipt), evidenceURI: "ipfs://why" });
    await desk.rest();
    expect(desk.chain.openCases()).to.deep.equal([id]);
    expect(Number((await protocol.attestations.answer(id)).state)).to.equal(LockState.Held);

    // Nobody votes: the clock alone makes it final.
    await stage.pass(20 * DAY);
    await desk.rest();
    await desk.step();
    expect(desk.chain.openCases()).to.deep.equal([]);
    expect((await checkReceipt(provider, deployment, { receipt })).status).to.equal(AnswerStatus.Undecided);
    expect((await protocol.attestations.answer(id)).locked).to.equal(LOCK);
    expect(desk.said(50)).to.deep.equal([]);

    // What somebody pays to the operator comes to its own address.
    const before = await protocol.token.balanceOf(operator.address);
    const { credit } = await readAccount(provider, deployment, { account: stranger.address });
    expect(credit).to.be.above(0n);
    await protocol.vault.connect(stranger).pay(operator.address, credit);
    await desk.rest();
    expect(await protocol.token.balanceOf(operator.address)).to.equal(before + credit);
    expect((await readAccount(provider, deployment, { account: operator.address })).credit).to.equal(0n);
  });

  it("frees locks that have run out if they are more than is to be left", async () => {
    await stage.again({ batchSize: 1, sweepAbove: LOCK });
    await stage.keep();
    await stage.desk.rest();
    await stage.pass(WINDOW + HOUR);
    await stage.mine();
    expect(await stage.locked()).to.equal(LOCK);
    await stage.desk.rest();
    expect(await stage.locked()).to.equal(0n);
    expect(await stage.desk.rest()).to.equal(0);

    await stage.again({ batchSize: 1, sweepAbove: LOCK + 1n });
    await stage.keep();
    await stage.desk.rest();
    await stage.pass(WINDOW + HOUR);
    await stage.mine();
    expect(await stage.desk.rest()).to.equal(0);
    expect(await stage.locked()).to.equal(LOCK);
  });
});

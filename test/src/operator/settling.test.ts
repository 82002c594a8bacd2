import { expect } from "chai";
import { parseEther, type Signer } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

import { hostModel } from "../../../src/actions/hostModel.ts";
import { openCase } from "../../../src/actions/openCase.ts";
import { publishModel } from "../../../src/actions/publishModel.ts";
import { readAccount } from "../../../src/actions/readAccount.ts";
import { AnswerStatus, LockState, bareLeaf } from "../../../src/protocol/answers.ts";
import { checkReceipt } from "../../../src/actions/checkReceipt.ts";
import { Ground, type Policy } from "../../../src/protocol/models.ts";
import { DAY, LOCK, MANIFEST, OUTPUT, POLICY, REQUEST, SPEC, operate, type Operation } from "../../setup/operation.ts";
import { OperatorDesk, deskChain } from "../../setup/operatorDesk.ts";

describe("src/operator/settling", () => {
  let connection: NetworkConnection;
  let operation: Operation;
  let desk: OperatorDesk;

  before(async () => {
    connection = await deskChain();
  });

  beforeEach(async () => {
    operation = await connection.networkHelpers.loadFixture(operate);
  });

  afterEach(() => {
    desk.remove();
  });

  it("settles a case on an own answer as soon as it is final, so that its lock is free, and claims credit", async () => {
    const { deployment, domain, operator, key, hotAccount, publisher, stranger, protocol } = operation;
    const { provider } = connection.ethers;
    const policy: Policy = { ...POLICY, grounds: Ground.Judgement | Ground.Replay, courtConfig: 1 };
    const modelId = await publishModel(publisher, deployment, { manifest: MANIFEST, policy, spec: SPEC });
    await hostModel(operator, deployment, { modelId });
    desk = new OperatorDesk(
      { provider, deployment, domain, operator: operator.address, key, modelIds: [modelId] },
      { settings: { batchSize: 1, claimAbove: 1n }, signer: (): Signer => hotAccount },
    );
    const receipt = await operation.receipt(1, { modelId });
    const { id } = await desk.keep(receipt, { request: REQUEST, output: OUTPUT, wantsFinal: true });
    await desk.rest();
    await protocol.token.transfer(stranger.address, parseEther("1000"));
    await openCase(stranger, deployment, { leaf: bareLeaf(receipt), evidenceURI: "ipfs://why" });
    await desk.rest();
    expect(desk.chain.openCases()).to.deep.equal([id]);
    expect(Number((await protocol.attestations.answer(id)).state)).to.equal(LockState.Held);

    // Nobody votes: the clock alone makes it final.
    await connection.networkHelpers.time.increase(20 * DAY);
    await connection.networkHelpers.mine();
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
});

import { expect } from "chai";
import { parseEther, parseUnits } from "ethers";
import { setExposureCap } from "../../../src/actions/setExposureCap.ts";
import { DutyStage } from "../../setup/dutyStage.ts";
import { DAY, LOCK, OUTPUT, REQUEST } from "../../setup/operation.ts";

describe("src/operator/anchoring", () => {
  let stage: DutyStage;

  beforeEach(async () => {
    stage = await DutyStage.open();
  });

  /** Transactions that wait for a block. */
  afterEach(async () => {
    await stage.desk.remove();
  });

  describe("who sends", () => {
    for (const who of ["operator", "hotAccount", "stranger"] as const) {
      it(`anchors as ${who}`, async () => {
        await stage.again({ batchSize: 1 }, { sender: stage.operation[who] });
        (await stage.keep()).id;
        await stage.desk.rest();
        expect(await stage.anchored()).to.equal(1);
        const { attestations } = stage.operation.protocol;
        const [event] = await attestations.queryFilter(attestations.filters.BatchAnchored());
        const { from, data } = await event!.getTransaction();
        const { gasUsed } = await event!.getTransactionReceipt();
        expect(await stage.desk.metric("gas_used_total")).to.equal(Number(gasUsed));
        expect(from).to.equal(stage.operation[who].address);
        // A signature is only paid for by who needs it.
        expect(data.length > 1_500).to.equal(who === "stranger");
      });
    }
  });
  it("takes a batch that somebody else anchored as anchored", async () => {
    await stage.again({ batchSize: 1 }, { sender: stage.operation.stranger });
    (await stage.keep()).id;
    const { provider } = stage.connection.ethers;
    await provider.send("evm_setAutomine", [false]);
    try {
      await stage.desk.begin();
      await stage.waiting(1);
      const [stored] = stage.desk.answers.batchesToAnchor(0);
      const attestations = stage.operation.protocol.attestations.connect(stage.operation.operator);
      const fees = { maxPriorityFeePerGas: parseUnits("50", "gwei"), maxFeePerGas: parseUnits("100", "gwei") };
      await attestations.anchor(stored!.batch, "0x", { ...fees, gasLimit: 500_000 }); // pays more, so it is first
    } finally {
      await provider.send("evm_setAutomine", [true]);
      await stage.mine();
    }
    await stage.desk.duties.settled();
    expect(await stage.desk.metric("errors_total", { duty: "anchor" })).to.equal(1); // it came second
    await stage.desk.rest();
    await stage.desk.step();
    expect(await stage.anchored()).to.equal(1);
    expect(await stage.locked()).to.equal(LOCK);
    expect(stage.desk.answers.batchesToAnchor(0)).to.deep.equal([]);
  });
  it("keeps a batch that does not fit under the cap, and anchors it when it does", async () => {
    await stage.again({ batchSize: 2 });
    await setExposureCap(stage.operation.operator, stage.operation.deployment, { exposureCap: 2n * LOCK - 1n });
    await stage.pass(DAY);
    const ids = [(await stage.keep()).id, (await stage.keep()).id];
    await stage.desk.rest();
    await stage.desk.step();
    expect(await stage.anchored()).to.equal(0);
    expect(await stage.desk.metric("anchorings_refused_total", { code: "ExposureCapExceeded" })).to.equal(2);
    expect(await stage.desk.metric("errors_total", { duty: "anchor", code: "ExposureCapExceeded" })).to.equal(2);
    expect(await stage.desk.metric("batches_unanchored")).to.equal(1);
    expect(stage.desk.said(40)).to.include("refused, will be tried again");

    await setExposureCap(stage.operation.operator, stage.operation.deployment, { exposureCap: 2n * LOCK });
    await stage.desk.rest();
    await stage.desk.step();
    expect(await stage.anchored()).to.equal(1);
    expect(stage.desk.answers.answer(ids[1]!)!.leaf!.index).to.equal(1);
    expect(await stage.desk.metric("batches_unanchored")).to.equal(0);
  });

  it("keeps a batch for which there is too little stake", async () => {
    const coverage = parseEther("2000"); // 4,000 with the penalty; 90 % of 5,000 less the bond are 3,500
    await stage.again({ batchSize: 1 });
    await stage.keep({ coverage });
    await stage.desk.rest();
    expect(await stage.anchored()).to.equal(0);
    expect(await stage.desk.metric("anchorings_refused_total", { code: "StakeNotLockable" })).to.equal(1);
  });

  it("batches again, without it, what a batch had when a stranger anchors one of its receipts alone and the rest does not fit", async () => {
    const { operator, deployment } = stage.operation;
    await stage.again({ batchSize: 3 });
    await setExposureCap(operator, deployment, { exposureCap: 3n * LOCK }); // room for all three, and for nothing else
    await stage.pass(DAY);
    const kept = [await stage.keep(), await stage.keep(), await stage.keep()];
    const { provider } = stage.connection.ethers;
    await provider.send("evm_setAutomine", [false]);
    await stage.desk.begin(); // the batch is closed, and its transaction waits
    await stage.waiting(1);
    const [first] = stage.desk.answers.batchesToAnchor(0);
    const attestations = stage.operation.protocol.attestations.connect(stage.operation.stranger);
    const faster = { maxPriorityFeePerGas: parseUnits("50", "gwei"), maxFeePerGas: parseUnits("100", "gwei") };
    const { receipt, signature } = kept[1]!.signed;
    await attestations.anchorReceipt(receipt, signature, REQUEST, OUTPUT, { ...faster, gasLimit: 1_000_000n });
    await provider.send("evm_setAutomine", [true]);
    await stage.mine();
    await stage.desk.duties.settled();
    await stage.desk.rest();
    expect(await stage.anchored()).to.equal(0);
    await stage.pass(60);
    await stage.desk.rest();
    await stage.desk.step();

    expect((await stage.answer(kept[1]!.id)).anchoredAlone).to.equal(true);
    expect(await stage.anchored()).to.equal(1);
    expect(await stage.locked()).to.equal(3n * LOCK);
    const leaves = kept.map(({ id }) => stage.desk.answers.answer(id)!.leaf);
    expect(leaves[1]).to.equal(undefined);
    expect([leaves[0]!.index, leaves[2]!.index]).to.deep.equal([0, 1]);
    expect(leaves[0]!.root).not.to.equal(first!.batch.root);
    expect(stage.desk.answers.batchesToAnchor(0)).to.deep.equal([]);
    expect(await stage.desk.metric("receipts_unanchored")).to.equal(0);
  });
});

import { expect } from "chai";
import { formatEther } from "ethers";

import { CASE_BOND, convene, type Courtroom, FIRST_FEE } from "../../setup/courtroom.ts";
import { OUTPUT, REQUEST } from "../../setup/operation.ts";
import { pluginProject, type PluginProject } from "../../setup/pluginProject.ts";

describe("hardhat credence court", () => {
  let project: PluginProject;
  let c: Courtroom;

  before(async () => {
    project = await pluginProject();
    c = await project.connection.networkHelpers.loadFixture(convene);
    project.use(c.deployment);
  });

  it("takes a case from its opening through an appeal to the last claim", async () => {
    const { json, refusal, file } = project;
    const { mine } = project.connection.networkHelpers;
    const [alice, bob, carol, opener] = [c.alice, c.bob, c.carol, c.opener].map(({ address }) => address) as [
      ...[string, string, string, string],
    ];
    const receipt = await c.receipt(0, { modelId: c.judgedId });
    const signed = await c.sign(receipt);
    const answer = await file({
      ...signed,
      request: `0x${Buffer.from(REQUEST).toString("hex")}`,
      output: `0x${Buffer.from(OUTPUT).toString("hex")}`,
    });
    await json("attest receipt", { file: answer });
    const opened = await json("dispute open", { answer, evidence: "ipfs://why", from: opener });
    expect(opened).to.deep.include({ bond: formatEther(CASE_BOND), fee: formatEther(FIRST_FEE) });
    const caseId = opened.caseId as string;
    const id = { case: caseId };
    expect(await json("dispute evidence", { ...id, evidence: "ipfs://more", from: alice })).to.deep.include({
      inTime: true,
    });
    expect(await json("dispute show", { id: caseId })).to.deep.include({
      phase: "Evidence",
      round: 1,
      opener,
      state: "Open",
    });
    expect(await refusal("court commit", { ...id, choice: "guilty", from: alice })).to.equal(
      'choice: got "guilty", expected one of: overturned, upheld, undecided',
    );
    expect(await refusal("court seed", { ...id })).to.match(/phase|evidence/i);

    await c.passPhase(caseId as never);
    expect((await json("court duty", { account: alice })).duties[0]).to.deep.include({
      kind: "nameSeed",
      caseId,
      round: 1,
    });
    const { block } = await json("court seed", { ...id, from: "0" });
    expect(block).to.be.greaterThan(0);
    await mine(2);
    expect((await json("court seed", { ...id, from: "0" })).seed).to.match(/^0x[0-9a-f]{64}$/);

    const { duties } = await json("court duty", { account: bob });
    expect(duties[0]).to.deep.include({ kind: "commitBallot", caseId, round: 1 });
    expect(await project.text("court duty", { account: bob })).to.contain("has 1 things to do");
    for (const juror of [alice, bob, carol]) {
      const choice = juror === carol ? "overturned" : "upheld";
      const committed = await json("court commit", { ...id, choice, from: juror });
      expect(committed).to.deep.include({ caseId, round: 1, voter: juror });
      expect(committed.weight).to.be.greaterThan(0);
    }
    await c.passPhase(caseId as never);
    for (const juror of [alice, bob, carol]) {
      const revealed = await json("court reveal", { ...id, from: juror });
      expect(revealed.choice).to.equal(juror === carol ? "overturned" : "upheld");
    }
    await c.passPhase(caseId as never);
    expect((await json("dispute show", { id: caseId })).ruling).to.equal("upheld");

    const appellant = c.appellant.address;
    const asked = { ...id, asked: "overturned", from: appellant };
    const part = await json("court appeal", { ...asked, amount: "5" });
    expect(part).to.deep.include({ round: 1, taken: "5" });
    expect(Number(part.missing)).to.be.greaterThan(0);
    expect(await refusal("court appeal", { ...asked, amount: "0" })).to.be.a("string");
    await c.passPhase(caseId as never);
    expect((await json("dispute show", { id: caseId })).phase).to.equal("Final");
    expect((await json("inspect", { address: opener })).opened.cases).to.deep.equal([caseId]);

    const settled = await json("dispute settle", { ...id, from: "0" });
    expect(settled).to.deep.include({ caseId, ruling: "upheld", taken: "0" });
    const back = await json("dispute withdraw", { id: caseId, round: "1", asked: "overturned", from: appellant });
    expect(back).to.deep.include({ caseId, amount: "5" });
    const paid = await json("court claim", { ...id, round: "1", voter: alice, from: "0" });
    expect(Number(paid.paid)).to.be.greaterThan(0);
    expect(paid.forfeited).to.equal("0");
    expect(await refusal("court claim", { ...id, round: "0" })).to.contain('round: got "0"');
    expect((await json("inspect", { address: opener })).opened.cases).to.deep.equal([]);
  });
});

import { expect } from "chai";

import { operate, type Operation } from "../../setup/operation.ts";
import { pluginProject, type PluginProject } from "../../setup/pluginProject.ts";

describe("hardhat credence inspect", () => {
  let project: PluginProject;
  let operation: Operation;

  before(async () => {
    project = await pluginProject();
    operation = await project.connection.networkHelpers.loadFixture(operate);
    project.use(operation.deployment);
  });

  it("knows the deployment's contracts", async () => {
    const { vault } = operation.deployment;
    const found = await project.json("inspect", { address: vault });
    expect(found).to.deep.include({ address: vault, isContract: true, roles: ["vault"] });
    expect(found.stake.balance).to.equal("5000");
    expect(await project.text("inspect", { address: vault })).to.contain(
      `${vault} is a contract, the deployment's vault.`,
    );
  });

  it("knows operators, with stake, keys and models", async () => {
    const { address } = operation.operator;
    const found = await project.json("inspect", { address });
    expect(found).to.deep.include({ address, isContract: false, roles: [], duties: [] });
    expect(found.stake).to.deep.include({ active: "5000", locked: "1000", optedIn: ["operators", "attestations"] });
    expect(found.operator).to.deep.include({ status: "Active", bond: "1000", models: [operation.modelId] });
    expect(found.operator.keys[0].signerId).to.equal(operation.key.signerId);
    expect(found.opened).to.deep.equal({ cases: [], games: [] });
    const text = await project.text("inspect", { address });
    expect(text).to.contain("is an account, an operator.");
    expect(text)
      .to.match(/│ stake locked +│ 1000 CRED +│/)
      .and.to.match(/│ operator status +│ Active +│/);
  });

  it("knows keys that sign for operators, and plain accounts", async () => {
    const hot = operation.hotAccount.address;
    const found = await project.json("inspect", { address: hot });
    expect(found.signsFor).to.deep.include({ operator: operation.operator.address, signerId: operation.key.signerId });
    expect(await project.text("inspect", { address: hot })).to.contain("a key that signs for an operator");
    const { stranger } = operation;
    expect(await project.text("inspect", { address: stranger.address })).to.contain(
      `${stranger.address} is an account.`,
    );
  });

  it("refuses what is no address", async () => {
    expect(await project.refusal("inspect", { address: "vault" })).to.equal(
      'address: got "vault", expected an address (0x and 40 hex digits)',
    );
  });
});

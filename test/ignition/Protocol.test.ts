import { expect } from "chai";
import { network } from "hardhat";

import { deployProtocol } from "../setup/fixture.ts";

describe("Protocol (Ignition)", function () {
  it("deploys and hands over", async function () {
    const { networkHelpers } = await network.create();
    const p = await networkHelpers.loadFixture(deployProtocol);
    expect(await p.vault.TOKEN()).to.equal(p.token);
    expect((await p.access.hasRole(0, p.owner))[0]).to.equal(true);
    expect((await p.access.hasRole(0, p.deployer))[0]).to.equal(false);
  });
});

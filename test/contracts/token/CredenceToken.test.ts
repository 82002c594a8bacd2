import { expect } from "chai";
import { network } from "hardhat";

describe("CredenceToken", function () {
  it("is deployed with its name, symbol and supply, and permits are bound to chain and contract", async function () {
    const { ethers } = await network.create();
    const [deployer] = await ethers.getSigners();
    const treasury = ethers.Wallet.createRandom().address;
    const supply = ethers.parseEther("1000000");

    const token = await ethers.deployContract("CredenceToken", [treasury, supply], deployer);

    expect(await token.name()).to.equal("Credence");
    expect(await token.symbol()).to.equal("CRED");
    expect(await token.balanceOf(treasury)).to.equal(supply);
    const { chainId } = await ethers.provider.getNetwork();
    const domain = { name: "Credence", version: "1", chainId, verifyingContract: await token.getAddress() };
    expect(await token.DOMAIN_SEPARATOR()).to.equal(ethers.TypedDataEncoder.hashDomain(domain));
  });
});

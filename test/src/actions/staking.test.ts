import { expect } from "chai";
import { parseEther } from "ethers";
import { network } from "hardhat";

import { claim } from "../../../src/actions/claim.ts";
import { optIn } from "../../../src/actions/optIn.ts";
import { readAccount } from "../../../src/actions/readAccount.ts";
import { stake } from "../../../src/actions/stake.ts";
import { unstake } from "../../../src/actions/unstake.ts";
import { withdraw } from "../../../src/actions/withdraw.ts";
import { FatalError, RetryableError } from "../../../src/errors.ts";
import { ContractError } from "../../../src/protocol/errors.ts";
import { refusalOf } from "../../setup/refusal.ts";
import { DAY, STAKE, operate } from "../../setup/operation.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { provider } = ethers;

describe("actions: stake", () => {
  const AMOUNT = parseEther("100");

  it("stakes, approving what is missing of the allowance, and says in words why it cannot", async () => {
    const { deployment, protocol, stranger } = await networkHelpers.loadFixture(operate);
    const { token, vault } = protocol;
    await token.transfer(stranger.address, AMOUNT * 3n);

    await stake(stranger, deployment, { amount: AMOUNT });
    expect(await token.allowance(stranger, vault)).to.equal(0n);
    expect((await vault.account(stranger)).active).to.equal(AMOUNT);

    await token.connect(stranger).approve(vault, AMOUNT * 2n);
    await stake(stranger, deployment, { amount: AMOUNT });
    expect(await token.allowance(stranger, vault)).to.equal(AMOUNT);
    expect((await vault.account(stranger)).active).to.equal(AMOUNT * 2n);

    const refused = await refusalOf(stake(stranger, deployment, { amount: AMOUNT * 2n }), ContractError);
    expect(refused.code).to.equal("ERC20InsufficientBalance");
    expect(refused.message).to.match(/^The balance of 0x\w{6}…\w{4} is 100 CRED, 200 CRED is needed\.$/);
    expect((await vault.account(stranger)).active).to.equal(AMOUNT * 2n);
  });

  it("unstakes and withdraws when the ticket is mature", async () => {
    const { deployment, protocol, operator, now } = await networkHelpers.loadFixture(operate);

    const maturesAt = await unstake(operator, deployment, { amount: AMOUNT });

    expect(maturesAt).to.equal((await now()) + 21 * DAY);
    const account = await readAccount(provider, deployment, { account: operator.address });
    expect(account).to.deep.equal({
      active: STAKE - AMOUNT,
      unbonding: AMOUNT,
      maturesAt,
      locked: parseEther("1000"),
      credit: 0n,
      enrolled: false,
    });
    const early = await refusalOf(withdraw(operator, deployment), ContractError);
    expect(early.code).to.equal("NothingToWithdraw");
    expect(early.message).to.include("100 CRED is unbonding until 20").and.to.include("1000 CRED of 5000 CRED");

    await networkHelpers.time.increaseTo(maturesAt);
    expect(await withdraw(operator, deployment)).to.equal(AMOUNT);
    expect(await protocol.token.balanceOf(operator)).to.equal(AMOUNT);
    expect((await protocol.vault.account(operator)).unbonding).to.equal(0n);

    // A wallet that does not ask the node for gas would send what is refused.
    const hasty = new ethers.NonceManager(operator);
    hasty.sendTransaction = (transaction) => operator.sendTransaction({ ...transaction, gasLimit: 500_000n });
    const nonce = await provider.getTransactionCount(operator);
    const tooMuch = await refusalOf(unstake(hasty, deployment, { amount: STAKE }), ContractError);
    expect(tooMuch.parameters).to.deep.equal({ actual: STAKE - AMOUNT, required: STAKE });
    expect(await provider.getTransactionCount(operator)).to.equal(nonce);
  });

  it("says that there is nothing to claim", async () => {
    const { deployment, stranger } = await networkHelpers.loadFixture(operate);
    const refused = await refusalOf(claim(stranger, deployment, { account: stranger.address }), ContractError);
    expect(refused.code).to.equal("NothingToClaim");
  });

  it("opts in to both registries, once", async () => {
    const { deployment, protocol, stranger } = await networkHelpers.loadFixture(operate);
    const { vault, operators, attestations } = protocol;
    await vault.connect(stranger).optIn(operators);

    await optIn(stranger, deployment);
    const until = 2n ** 40n - 1n;
    expect(await vault.optedInUntil(stranger, operators)).to.equal(until);
    expect(await vault.optedInUntil(stranger, attestations)).to.equal(until);

    const nonce = await provider.getTransactionCount(stranger);
    await optIn(stranger, deployment);
    expect(await provider.getTransactionCount(stranger)).to.equal(nonce);
  });

  it("tells a lost connection, which is retried, from a refusal, which is not", async () => {
    const { deployment } = await networkHelpers.loadFixture(operate);
    const nobody = new ethers.JsonRpcProvider("http://127.0.0.1:1", 1n, { staticNetwork: true });
    const lost = await refusalOf(readAccount(nobody, deployment, { account: ethers.ZeroAddress }), RetryableError);
    expect(lost.code).to.equal("CHAIN_UNREACHABLE");
    nobody.destroy();

    const account = ethers.Wallet.createRandom(provider);
    const poor = await refusalOf(optIn(account, deployment), FatalError);
    expect(poor).not.to.be.instanceOf(ContractError);
    expect(poor.code).to.equal("TRANSACTION_FAILED");
  });
});

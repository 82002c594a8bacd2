import { expect } from "chai";
import { parseEther } from "ethers";

import { DAY, operate, type Operation } from "../../setup/operation.ts";
import { pluginProject, type PluginProject } from "../../setup/pluginProject.ts";

describe("hardhat credence stake", () => {
  let project: PluginProject;
  let operation: Operation;
  let account: string;
  let index: string;

  before(async () => {
    project = await pluginProject();
    const { ethers, networkHelpers } = project.connection;
    operation = await networkHelpers.loadFixture(operate);
    project.use(operation.deployment);
    account = operation.stranger.address;
    index = String((await ethers.getSigners()).findIndex(({ address }) => address === account));
    await operation.protocol.token.transfer(account, parseEther("100"));
  });

  it("stakes, shows it to programs and people, and takes it out", async () => {
    const { json } = project;
    const staked = await json("stake deposit", { amount: "12.5", from: index });
    expect(staked).to.deep.include({ account, amount: "12.5" });
    expect(staked.transactions).to.have.length(2); // the approval and the stake
    const shown = await json("stake show", { account: account.toLowerCase() });
    expect(shown).to.deep.equal({
      account,
      balance: "87.5",
      active: "12.5",
      unbonding: "0",
      locked: "0",
      credit: "0",
      enrolled: false,
      votes: "0",
      optedIn: [],
    });
    expect(await project.text("stake show", { account })).to.match(/│ active +│ 12\.5 CRED +│/);

    const begun = await json("stake unstake", { amount: "2.5", from: index });
    expect(begun).to.deep.include({ amount: "2.5", maturesAt: (await operation.now()) + 21 * DAY });
    const early = await project.refusal("stake withdraw", { from: index });
    expect(early).to.contain("2.5 CRED is unbonding until 20");
    await project.connection.networkHelpers.time.increaseTo(begun.maturesAt as number);
    expect(await json("stake withdraw", { from: index })).to.deep.include({ account, amount: "2.5" });
    expect((await operation.protocol.vault.account(account)).active).to.equal(parseEther("10"));
  });

  it("opts in and out", async () => {
    const { operators, attestations, court } = operation.deployment;
    expect(await project.json("stake opt-in", { from: index })).to.deep.include({ operators, attestations });
    expect((await project.json("stake show", { account })).optedIn).to.deep.equal(["operators", "attestations"]);
    const left = await project.json("stake opt-out", { module: "attestations", from: index });
    expect(left).to.deep.include({ module: attestations, effectiveAt: (await operation.now()) + DAY });
    expect((await project.json("stake show", { account })).optedIn).to.deep.equal(["operators"]);
    expect(await project.refusal("stake opt-out", { module: "nobody", from: index })).to.equal(
      'module: got "nobody", expected one of: operators, attestations, court',
    );
    expect(court).to.match(/^0x/);
  });

  it("enrolls, names a voting key, and leaves", async () => {
    await operation.protocol.token.transfer(account, parseEther("1000"));
    await project.json("stake deposit", { amount: "1000", from: account });
    expect((await project.json("stake enroll", { from: index })).enrolled).to.equal(true);
    const key = operation.beneficiary.address;
    expect((await project.json("stake voting-key", { key, from: index })).key).to.equal(key);
    expect(await project.json("stake show", { account })).to.deep.include({
      enrolled: true,
      votes: "1010",
      votingKey: key,
      optedIn: ["operators", "court"],
    });
    expect((await project.json("stake voting-key", { key: "none", from: index })).key).to.equal(undefined);
    expect((await project.json("stake show", { account })).votingKey).to.equal(undefined);
    expect((await project.json("stake unenroll", { from: index })).enrolled).to.equal(false);
    expect((await project.json("stake show", { account })).votes).to.equal("0");
  });

  it("claims, and says in words that there is nothing to claim", async () => {
    expect(await project.refusal("stake claim", { from: index })).to.match(/nothing|no credit/i);
    const { networkHelpers } = project.connection;
    const vault = operation.protocol.vault;
    const disputes = operation.deployment.disputes;
    await networkHelpers.impersonateAccount(disputes);
    await networkHelpers.setBalance(disputes, parseEther("1"));
    const contract = await project.connection.ethers.getSigner(disputes);
    await operation.protocol.token.transfer(disputes, parseEther("3"));
    await operation.protocol.token.connect(contract).approve(disputes, parseEther("3"));
    await vault.connect(contract).deposit(disputes, parseEther("3"));
    await vault.connect(contract).pay(account, parseEther("3"));
    expect(await project.json("stake claim", { from: "0", account })).to.deep.include({ account, amount: "3" });
  });

  it("refuses what cannot be used, with actual and expected", async () => {
    const amounts = "expected whole CRED, such as 1000 or 0.5, with at most 18 digits after the point";
    for (const amount of ["", "-1", "1e3", "0x10", "1,000", "0.0000000000000000001"]) {
      const got = amount === "" ? "nothing" : JSON.stringify(amount);
      expect(await project.refusal("stake deposit", { amount })).to.equal(`amount: got ${got}, ${amounts}`);
    }
    expect(await project.refusal("stake deposit", { amount: "1", from: "99" })).to.equal(
      '--from: got "99", expected an account of network default: 0 to 19, or the address of one',
    );
    const stranger = "0x00000000000000000000000000000000000000AA";
    expect(await project.refusal("stake deposit", { amount: "1", from: stranger })).to.contain("0 to 19");
    expect(await project.refusal("stake show", { account: "0x12" })).to.equal(
      'account: got "0x12", expected an address (0x and 40 hex digits)',
    );
    expect(await project.refusal("stake voting-key", { key: "me", from: index })).to.contain('key: got "me"');
  });

  it("sends nothing in a dry run, and shows what it would send first", async () => {
    const { provider } = project.connection.ethers;
    const before = await provider.getBlockNumber();
    const vault = operation.deployment.vault;
    await operation.protocol.token.connect(operation.stranger).approve(vault, 0n);
    const approved = await project.json("stake deposit", { amount: "1", from: index, dryRun: true });
    expect(approved).to.deep.equal({
      dryRun: true,
      from: account,
      to: operation.deployment.token,
      contract: "token",
      call: "approve(address,uint256)",
      arguments: [vault, parseEther("1").toString()],
    });
    await operation.protocol.token.connect(operation.stranger).approve(vault, parseEther("1"));
    const staked = await project.json("stake deposit", { amount: "1", from: index, dryRun: true });
    expect(staked).to.deep.include({ to: vault, contract: "vault", call: "stake(uint256)" });
    expect(await provider.getBlockNumber()).to.equal(before + 2);
    expect(await project.refusal("stake unstake", { amount: "5000", from: index, dryRun: true })).to.contain("CRED");
    expect(await project.text("stake opt-in", { from: index, dryRun: true })).to.contain("Dry run: nothing was sent");
    expect(await provider.getBlockNumber()).to.equal(before + 2);
  });

  it("says what it waits for on standard error only, and errors as JSON to programs", async () => {
    const { stdout, stderr, returned } = await project.run("stake opt-in", { from: "1", json: true });
    expect(stderr).to.match(/^sent 0x[0-9a-f]{64}, waiting until it is in a block$/m);
    expect(JSON.parse(stdout)).to.deep.equal(returned);
    expect(stdout.trimEnd()).not.to.contain("\n");
  });
});

import { expect } from "chai";
import { encryptKeystoreJsonSync, parseEther, Wallet, ZeroHash } from "ethers";

import { signerIdOf } from "../../../src/protocol/signers.ts";
import { DAY, operate, type Operation } from "../../setup/operation.ts";
import { pluginProject, type PluginProject } from "../../setup/pluginProject.ts";

describe("hardhat credence operator", () => {
  let project: PluginProject;
  let operation: Operation;
  let from: string;

  before(async () => {
    project = await pluginProject();
    operation = await project.connection.networkHelpers.loadFixture(operate);
    project.use(operation.deployment);
    from = operation.stranger.address;
    await operation.protocol.token.transfer(from, parseEther("3000"));
    await project.json("stake deposit", { amount: "3000", from });
    await project.json("stake opt-in", { from });
  });

  it("registers, hosts, and shows what is known to programs and people", async () => {
    const { json, text, refusal } = project;
    expect(await refusal("operator show", { operator: from })).to.equal(
      `operator: got "${from}", expected the address of a registered operator`,
    );
    const registered = await json("operator register", { uri: "https://new.example", cap: "1500", from });
    expect(registered).to.deep.include({ operator: from, exposureCap: "1500", bond: "1000" });
    const { modelId } = operation;
    expect(await json("operator host", { model: modelId, from })).to.deep.include({ operator: from, modelId });
    const shown = await json("operator show", { operator: from });
    expect(shown).to.deep.equal({
      operator: from,
      status: "Active",
      bond: "1000",
      exposureCap: "1500",
      lockable: "1500",
      models: [modelId],
      openCases: [],
      openGames: [],
      keys: [],
      history: [],
    });
    expect(await text("operator show", { operator: from })).to.match(/│ exposure cap +│ 1500 CRED +│/);
    await json("operator unhost", { model: modelId, from });
    expect((await json("operator show", { operator: from })).models).to.deep.equal([]);
    expect(await refusal("operator host", { model: "0x12", from })).to.equal(
      'model: got "0x12", expected an id (0x and 64 hex digits)',
    );
  });

  it("raises its cap at once, lowers it a day later, and moves its description", async () => {
    const raised = await project.json("operator cap", { cap: "1600", from });
    expect(raised).to.deep.include({ exposureCap: "1600", effectiveAt: await operation.now() });
    const lowered = await project.json("operator cap", { cap: "100", from });
    expect(lowered.effectiveAt).to.equal((await operation.now()) + DAY);
    const moved = await project.json("operator metadata", { uri: "https://moved.example", from });
    expect(moved).to.deep.include({ operator: from, metadataURI: "https://moved.example" });
  });

  it("adds keys of the configuration and of keystores, revokes them, reports them stolen", async () => {
    const { json, refusal, file } = project;
    const hot = operation.beneficiary.address;
    const added = await json("operator signer add", { key: hot, from });
    expect(added).to.deep.include({ operator: from, key: hot, signerId: signerIdOf(hot) });

    const wallet = Wallet.createRandom();
    const keystore = await file(
      encryptKeystoreJsonSync({ address: wallet.address, privateKey: wallet.privateKey }, "secret", {
        scrypt: { N: 2 },
      }),
    );
    const passwordFile = await file("secret\n");
    const second = await json("operator signer add", { keystore, passwordFile, from });
    expect(second.key).to.equal(wallet.address);
    expect(await refusal("operator signer add", { keystore, passwordFile: await file("wrong"), from })).to.contain(
      "expected an encrypted JSON keystore, and its password",
    );
    const both = "--key or --keystore: got";
    expect(await refusal("operator signer add", { from })).to.equal(`${both} nothing, expected one of the two`);
    expect(await refusal("operator signer add", { key: "1", keystore, from })).to.contain(`${both} "both"`);

    const revoked = await json("operator signer revoke", { signer: hot, from });
    expect(revoked).to.deep.include({ signerId: signerIdOf(hot), validUntil: await operation.now() });
    const since = await operation.now();
    const reported = await json("operator compromise", {
      signer: signerIdOf(wallet.address),
      since: new Date(since * 1_000).toISOString(),
      from,
    });
    expect(reported).to.deep.include({ signerId: signerIdOf(wallet.address), since });
    const { keys } = await json("operator show", { operator: from });
    expect(keys.map((key: { signerId: string }) => key.signerId)).to.deep.equal([hot, wallet.address].map(signerIdOf));
    expect(keys[1].stolenSince).to.equal(since);
    expect(await refusal("operator compromise", { signer: hot, from })).to.equal(
      "--since: got nothing, expected Unix seconds or ISO 8601, such as 2030-01-31T12:00:00Z",
    );
    expect(await refusal("operator signer revoke", { signer: "hot", from })).to.contain('signer: got "hot"');
    expect(await refusal("operator signer revoke", { signer: ZeroHash, from })).to.match(
      /^Signer 0x000000…0000 belongs to/,
    );
  });

  it("sweeps, retires, and frees its bond when its time is over", async () => {
    const { json, refusal } = project;
    expect((await json("operator sweep", { from })).freed).to.equal("0");
    expect(await refusal("operator restore-bond", { from }))
      .to.be.a("string")
      .and.not.contain("unknown");
    expect(await refusal("operator release-bond", { from })).to.match(/operator/i);
    const { bondFreeAt } = await json("operator retire", { from });
    expect(bondFreeAt).to.equal((await operation.now()) + 21 * DAY);
    expect((await json("operator show", { operator: from })).status).to.equal("Retired");
    await project.connection.networkHelpers.time.increaseTo(bondFreeAt as number);
    expect(await json("operator release-bond", { operator: from, from: "0" })).to.deep.include({
      operator: from,
      amount: "1000",
    });
  });
});

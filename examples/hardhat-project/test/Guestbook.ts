import { expect } from "chai";
import {
  addSigner,
  Answerer,
  anchorReceipt,
  bareLeaf,
  checkReceipt,
  AnswerStatus,
  credenceDomain,
  eoaSigner,
  Ground,
  hostModel,
  importDenseNetwork,
  ModelClass,
  optIn,
  publishModel,
  registerOperator,
  stake,
} from "credence";
import { deployCredence } from "credence/hardhat";
import { parseEther, toUtf8Bytes, ZeroAddress, ZeroHash } from "ethers";
import hre from "hardhat";

describe("Guestbook", () => {
  it("signs what a final answer calls friendly, and nothing else", async () => {
    // A chain in this process, with the protocol on it: account 0 has all stake tokens.
    const connection = await hre.network.create({ network: "default", chainType: "l1" });
    const { ethers, networkHelpers } = connection;
    const { addresses } = await deployCredence(hre, connection);
    const [holder, , , operator, hotWallet, publisher, visitor] = await ethers.getSigners();

    // An operator with stake, a hot key and a model.
    const token = await ethers.getContractAt(
      ["function transfer(address to, uint256 amount) returns (bool)"],
      addresses.token,
      holder,
    );
    await token.transfer(operator.address, parseEther("5000"));
    await stake(operator, addresses, { amount: parseEther("5000") });
    await optIn(operator, addresses);
    const exposureCap = parseEther("4000");
    await registerOperator(operator, addresses, { metadataURI: "https://operator.example", exposureCap });
    const key = await eoaSigner(hotWallet);
    await addSigner(operator, addresses, { key });
    const model = await importDenseNetwork("friendliness.dense.json");
    const about = { name: "friendliness", version: "1", uri: "", class: ModelClass.OpenWeights };
    const policy = {
      challengeWindow: 7_200,
      minCoverage: parseEther("10"),
      penaltyBps: 10_000,
      grounds: Ground.Replay,
      courtConfig: 0,
      proofVerifier: ZeroAddress,
      proofKey: ZeroHash,
      privateInput: false,
      royaltyBps: 0,
      royaltyTo: ZeroAddress,
    };
    const modelId = await publishModel(publisher, addresses, {
      manifest: { ...model.manifest, ...about },
      policy,
      spec: model.spec,
    });
    await hostModel(operator, addresses, { modelId });

    // The contract that relies on its answers.
    const guestbook = await ethers.deployContract("Guestbook", [addresses.attestations, modelId, parseEther("10")]);

    // What the operator's program does: it answers, and signs a receipt for what it said.
    const { chainId } = await ethers.provider.getNetwork();
    const answerer = new Answerer({
      operator: operator.address,
      signer: key,
      domain: credenceDomain(chainId, addresses.attestations),
      modelId,
      model,
      now: async () => (await ethers.provider.getBlock("latest"))!.timestamp,
      anchorWithin: 3_600,
    });
    const entry = toUtf8Bytes("hi!");
    const { receipt, signature, request, output } = await answerer.answer({
      request: entry,
      requester: visitor.address,
      nonce: 0n,
      beneficiary: await guestbook.getAddress(),
      coverage: parseEther("10"),
    });

    // Anybody publishes the answer; then it may be contested for two hours.
    await anchorReceipt(visitor, addresses, { signed: { receipt, signature }, request, output });
    const leaf = bareLeaf(receipt);
    await expect(guestbook.sign(entry, leaf, output)).to.be.revertedWithCustomError(guestbook, "NotFinal");
    await networkHelpers.time.increase(7_200);
    const { status, backed } = await checkReceipt(ethers.provider, addresses, { receipt });
    expect(status).to.equal(AnswerStatus.Final);
    expect(backed).to.equal(parseEther("10"));

    await guestbook.sign(entry, leaf, output);
    expect(await guestbook.isSigned(ethers.keccak256(entry))).to.equal(true);

    // Another entry is another question: this answer says nothing of it.
    await expect(guestbook.sign(toUtf8Bytes("ho!"), leaf, output)).to.be.revertedWithCustomError(
      guestbook,
      "InputMismatch",
    );
    await connection.close();
  });
});

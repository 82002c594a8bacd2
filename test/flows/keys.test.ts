import { expect } from "chai";
import { ZeroAddress, parseEther } from "ethers";

import { addSigner } from "../../src/actions/addSigner.ts";
import { slashEquivocation } from "../../src/actions/slashEquivocation.ts";
import type { Answer } from "../../src/operator/answerer.ts";
import { encodeSignature, p256Key, p256Signer, type ReceiptSigner } from "../../src/protocol/signers.ts";
import { RECEIPT, type Receipt } from "../../src/protocol/receipts.ts";
import { OperatorAgent, Watcher, falsify, hotKey, anchorAlone } from "../setup/agents.ts";
import { refused } from "../setup/refused.ts";
import { DAY, HOUR, LOCK, UNBONDING, enter, openStage, pass, wealth, type Stage } from "../setup/stage.ts";

const STAKE = parseEther("5000");

describe("flows/keys", () => {
  let stage: Stage;
  let agent: OperatorAgent;
  let other: OperatorAgent;
  let customer: string;

  beforeEach(async () => {
    stage = await openStage();
    const { others } = stage.protocol;
    agent = await new OperatorAgent(stage, "operator", others[0]!, await hotKey("operator")).enlist(STAKE);
    other = await new OperatorAgent(stage, "other", others[1]!, await hotKey("other")).enlist(STAKE);
    customer = (await enter(stage, "customer", others[2]!)).address;
  });

  const question = (nonce: bigint) => ({
    text: "Everyone has the right to freedom of thought, conscience and religion.",
    requester: customer,
    nonce,
    beneficiary: customer,
  });

  const anchor = (signed: Answer) => anchorAlone(stage, stage.protocol.others[2]!, signed);

  /** The agent, with another key in its hand. */
  const withKey = (key: ReceiptSigner): OperatorAgent => new OperatorAgent(stage, agent.name, agent.account, key);

  async function assertNobodyLost(): Promise<void> {
    expect(await wealth(stage, agent.address)).to.equal(STAKE);
    expect(await wealth(stage, other.address)).to.equal(STAKE);
    await stage.ledger.assertSettled();
  }

  it("what a revoked key signs counts for nothing; what it signed before still does", async () => {
    const before = await agent.answer(question(1n));
    await stage.protocol.operators.connect(agent.account).revokeSigner(agent.key.signerId);
    const after = await agent.answer(question(2n));
    await pass(stage, 60);

    await refused(anchor(after), "SignerNotValid");
    await refused(agent.anchor([after]), "SignerNotValid");
    expect(await anchor(before)).to.equal(LOCK);
    const watcher = new Watcher(stage, await enter(stage, "watcher", stage.protocol.others[3]!));
    expect(await watcher.check()).to.deep.equal([]);
    expect(watcher.checked).to.equal(1);
    await assertNobodyLost();
  });

  it("a key of another operator, or of nobody, promises nothing", async () => {
    const foreign = await withKey(other.key).answer(question(1n));
    expect(await refused(anchor(foreign), "SignerOfOther")).to.include({
      actual: other.address,
      expected: agent.address,
    });
    await refused(withKey(other.key).anchor([foreign]), "SignerOfOther");

    const unregistered = withKey(await hotKey("nobody"));
    const empty = await unregistered.answer(question(1n));
    expect(await refused(anchor(empty), "SignerOfOther")).to.include({ actual: ZeroAddress });
    await refused(unregistered.anchor([empty]), "SignerOfOther");
    await assertNobodyLost();
  });

  it("nobody signs in the name of a key that it does not have", async () => {
    const { receipt, request, output } = await agent.answer(question(1n));
    const raw = await other.key.sign(stage.domain, RECEIPT, receipt);
    const asOther = { receipt, signature: encodeSignature(other.key.signer, raw), request, output };
    await refused(anchor(asOther), "SignatureOfOther");
    const asAgent = { receipt, signature: encodeSignature(agent.key.signer, raw), request, output };
    await refused(anchor(asAgent), "SignatureInvalid");
    await assertNobodyLost();
  });

  it("nobody is slashed with a signature that is not its own", async () => {
    const first = await agent.answer(question(1n));
    const lie = { ...first.receipt, outputHash: (await falsify(stage, agent.key, first)).receipt.outputHash };
    const signature = encodeSignature(agent.key.signer, await other.key.sign<Receipt>(stage.domain, RECEIPT, lie));
    const evidence = { first, second: { receipt: lie, signature } };
    await refused(slashEquivocation(stage.protocol.others[2]!, stage.deployment, evidence), "SignatureInvalid");
    await assertNobodyLost();
  });

  it("a key belongs to one operator for all time", async () => {
    const { deployment, protocol } = stage;
    await refused(addSigner(other.account, deployment, { key: agent.key }), "SignerTaken");
    await protocol.operators.connect(agent.account).revokeSigner(agent.key.signerId);
    await refused(addSigner(agent.account, deployment, { key: agent.key }), "SignerTaken");
    await assertNobodyLost();
  });

  it("a new key, of another kind, goes on where the revoked one stopped", async () => {
    const { deployment, protocol } = stage;
    await protocol.operators.connect(agent.account).revokeSigner(agent.key.signerId);
    const secret = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
    const key = p256Signer(await protocol.p256Verifier.getAddress(), p256Key(secret));
    await addSigner(agent.account, deployment, { key });
    expect(await anchor(await withKey(key).answer(question(1n)))).to.equal(LOCK);
    await withKey(key).work([question(2n)]);
    await assertNobodyLost();
  });

  it("a key stolen long after its revocation slashes nobody: the evidence has aged out", async () => {
    const { deployment, protocol } = stage;
    const first = await agent.answer(question(1n));
    await pass(stage, HOUR);
    await protocol.operators.connect(agent.account).revokeSigner(agent.key.signerId);
    await pass(stage, UNBONDING + DAY);
    // The thief dates the lie into the key's life.
    const second = await falsify(stage, agent.key, first);
    const reporter = protocol.others[2]!;
    await refused(slashEquivocation(reporter, deployment, { first, second }), "EvidenceOutOfTime");
    await refused(anchor(second), "ReceiptVoid");
    await assertNobodyLost();
  });
});

import { expect } from "chai";
import { keccak256, parseEther } from "ethers";

import { importDenseNetwork, type DenseNetwork } from "../../../src/inference/denseNetwork.ts";
import { Answerer, type Answer } from "../../../src/operator/answerer.ts";
import { BatchTree } from "../../../src/protocol/batchTree.ts";
import type { Batch } from "../../../src/protocol/batches.ts";
import type { ModelId } from "../../../src/protocol/ids.ts";
import { receiptId, signReceipt, type Receipt } from "../../../src/protocol/receipts.ts";
import { COVERAGE, DAY, HOUR, operate, type Operation, WINDOW } from "../../setup/operation.ts";
import { pluginProject, type PluginProject } from "../../setup/pluginProject.ts";

/** The network of docs/protocol/network-format.md. */
const NETWORK = {
  name: "pocket",
  argmax: true,
  layers: [
    {
      ...{ rows: 2, k: 3, weights_b64: "AQL/AwD8", bias: [6, 3], inputZeroPoint: 1, outputZeroPoint: 1 },
      ...{ multiplier: 1_073_741_824, rightShift: [2, 2], lo: -128, hi: 127 },
    },
  ],
};
const MODEL = `{
  // as docs/hardhat.md shows it
  manifest: { name: "pocket", version: "1", uri: "ipfs://pocket", class: "OpenWeights" },
  policy: { challengeWindow: ${String(WINDOW)}, minCoverage: "10", penaltyBps: 10000, grounds: ["Replay", "Judgement"], courtConfig: 1 },
}`;
const REQUEST = Uint8Array.of(5, 254, 7);
const WRONG = "0x01000000";

describe("hardhat credence model, attest, dispute and slash", () => {
  let project: PluginProject;
  let operation: Operation;
  let network: DenseNetwork;
  let source: string;
  let modelId: ModelId;
  let from: string;
  let nonce = 0n;

  before(async () => {
    project = await pluginProject();
    operation = await project.connection.networkHelpers.loadFixture(operate);
    project.use(operation.deployment);
    from = operation.operator.address;
    source = await project.file(NETWORK);
    network = await importDenseNetwork(source);
    await operation.protocol.token.transfer(operation.stranger.address, parseEther("500"));
  });

  /** An answer of the operator as its API hands it out. */
  async function answer(): Promise<Answer & { receiptId: string }> {
    const { key: signer, domain, now, beneficiary } = operation;
    const answerer = new Answerer({ operator: from, signer, domain, modelId, model: network, now, anchorWithin: DAY });
    const job = { request: REQUEST, requester: operation.stranger.address, nonce: nonce++, coverage: COVERAGE };
    const answered = await answerer.answer({ ...job, beneficiary: beneficiary.address });
    return { ...answered, receiptId: receiptId(domain, answered.receipt) };
  }

  async function altered(changes: Partial<Receipt>, output?: string): Promise<Answer & { receiptId: string }> {
    const honest = await answer();
    const { key, domain } = operation;
    const signed = await signReceipt(key, domain, { ...honest.receipt, ...changes });
    return { ...honest, ...signed, ...(output ? { output } : {}), receiptId: receiptId(domain, signed.receipt) };
  }

  /** A batch of answers as the operator's API shows it. */
  function batchOf(answers: readonly (Answer & { receiptId: string })[]): { batch: Batch; leaves: object[] } {
    const tree = new BatchTree(answers.map((one) => receiptId(operation.domain, one.receipt)));
    const { signerId, coverage, anchorBy } = answers[0]!.receipt;
    const { root, count } = tree;
    const batch = { operator: from, signerId, modelId, root, count, coverage, anchorBy, dataURI: "" };
    return { batch, leaves: answers.map((one, index) => ({ ...one, index, proof: tree.proof(index) })) };
  }

  it("publishes a model from a file and a network, shows and deprecates it", async () => {
    const { json, refusal, file } = project;
    const path = await file(MODEL);
    const publisher = operation.publisher.address;
    expect(await refusal("model publish", { file: path, from: publisher })).to.contain("--source: got nothing");
    const published = await json("model publish", { file: path, source, from: publisher });
    expect(published).to.deep.include({ publisher, name: "pocket", version: "1" });
    modelId = published.modelId as ModelId;
    const shown = await json("model show", { model: modelId });
    expect(shown.manifest).to.deep.equal({
      ...{ name: "pocket", version: "1", uri: "ipfs://pocket", class: "OpenWeights" },
      ...network.manifest,
    });
    expect(shown.policy).to.deep.include({ grounds: ["Replay", "Judgement"], minCoverage: "10", courtConfig: 1 });
    expect(shown).to.deep.include({ publisher, ops: 2 });
    expect(await project.text("model show", { model: modelId })).to.match(/│ policy min coverage +│ 10 CRED +│/);
    await json("operator host", { model: modelId, from });

    const other = await file(MODEL.replace('"1"', '"2"'));
    const { modelId: second } = await json("model publish", { file: other, source, from: publisher });
    const { deprecatedAt } = await json("model deprecate", { model: second, from: publisher });
    expect(deprecatedAt).to.equal(await operation.now());
    expect((await json("model show", { model: second })).deprecatedAt).to.equal(deprecatedAt);

    const wrong = await file('{ manifest: { name: "x", version: "1", class: "Open" }, policy: {}, more: 1 }');
    const message = await refusal("model publish", { file: wrong, source, from: publisher });
    for (const part of [
      "manifest.class: expected one of: ProxiedApi",
      "policy.minCoverage",
      'Unrecognized key: "more"',
    ]) {
      expect(message).to.contain(part);
    }
    expect(await refusal("model publish", { file: "nowhere.json5", from: publisher })).to.equal(
      'file: got "nowhere.json5", expected a file that can be read (ENOENT)',
    );
    expect(await refusal("model publish", { file: await file("{"), from: publisher })).to.contain("expected JSON5");
  });

  it("verifies, anchors and publishes: a batch, a leaf, a receipt", async () => {
    const { json, refusal, file } = project;
    const answers = [await answer(), await answer()];
    const batch = await file(batchOf(answers));
    const single = await file(answers[0]!);
    const untrusted = await json("attest verify", { file: single });
    expect(untrusted.problems.map(({ code }: { code: string }) => code)).to.deep.equal(["COURT_TRUST"]);
    expect(await json("attest verify", { file: single, trust: "10" })).to.deep.include({ ok: true, problems: [] });
    expect((await json("attest check", { answer: batch, index: "1" })).status).to.equal("Unknown");

    const anchored = await json("attest anchor", { file: batch, from });
    expect(anchored).to.deep.include({ operator: from, modelId, count: 2, coverage: "10" });
    expect(await json("attest check", { answer: batch, index: "1" })).to.deep.include({ status: "Pending" });
    expect(await refusal("attest publish", { file: batch })).to.equal(
      `--index: got nothing, expected the index of a leaf in ${batch}: 0, 1`,
    );
    expect(await refusal("attest publish", { file: single })).to.contain("expected a file with a batch");
    const published = await json("attest publish", { file: batch, index: "1", from: "0" });
    const id = answers[1]!.receiptId;
    expect(published).to.deep.include({ receiptId: id, locked: "20", finalAt: (await operation.now()) + WINDOW });
    const checked = await json("attest check", { answer: id });
    expect(checked).to.deep.include({ receiptId: id, status: "Pending", methods: ["Seen"], backed: "10" });
    expect(await project.text("attest check", { answer: id })).to.contain("The answer is Pending.");

    const alone = await answer();
    const short = await json("attest receipt", { file: await file(alone), from: "0" });
    expect(short).to.deep.include({ receiptId: alone.receiptId, locked: "20" });
    expect((await json("attest verify", { file: await file(alone) })).problems[0].code).to.equal("PUBLISHED");
    expect(await refusal("attest honour", { answer: alone.receiptId })).to.be.a("string");
    expect(await refusal("attest prove", { answer: alone.receiptId, proof: "0x01" })).to.be.a("string");
    expect(await refusal("attest prove", { answer: alone.receiptId, proof: "proof" })).to.equal(
      'proof: got "proof", expected bytes in hex',
    );
    await json("attest anchor", { file: await file(batchOf([alone])), from });
    const merged = await json("attest merge", { file: await file(batchOf([alone])), from: "0" });
    expect(merged).to.deep.include({ receiptId: alone.receiptId, filled: "0", freed: "20" });
  });

  it("refuses files that are not what operators hand out", async () => {
    const { refusal, file } = project;
    const { receipt, signature } = await answer();
    const expected = "expected a receipt id (0x and 64 hex digits), or a file";
    expect(await refusal("attest check", { answer: await file("[") })).to.contain(expected);
    expect(await refusal("attest check", { answer: await file({ receipt }) })).to.contain("signature: ");
    expect(
      await refusal("attest check", { answer: await file({ receipt: { ...receipt, coverage: "-1" }, signature }) }),
    ).to.contain("receipt.coverage: expected an amount as decimal digits");
    expect(await refusal("attest check", { answer: keccak256("0x") })).to.contain(
      "the receipt id of a published answer",
    );
    expect(await refusal("attest anchor", { file: await file({ operator: from }) })).to.contain(
      "not the JSON of a batch",
    );
  });

  it("proves a wrong answer by running the model again, and has nothing to prove of a right one", async () => {
    const { json, refusal, file } = project;
    const right = await answer();
    await json("attest receipt", { file: await file(right) });
    expect(await refusal("dispute prove", { answer: right.receiptId, source })).to.contain("the answer is right");
    expect(await refusal("dispute prove", { answer: right.receiptId })).to.contain("--source: got nothing");

    const wrong = await altered({ outputHash: keccak256(WRONG) }, WRONG);
    await json("attest receipt", { file: await file(wrong) });
    const challenger = operation.stranger.address;
    await json("dispute game", { answer: wrong.receiptId, from: challenger }); // a proof ends it: the bond is withdrawn
    const proven = await json("dispute prove", { answer: wrong.receiptId, source, from: challenger });
    expect(proven).to.deep.include({ challenger, offence: "FalseAnswer", taken: "20", bounty: "5" });
    expect((await json("attest check", { answer: wrong.receiptId })).status).to.equal("Overturned");
    expect(await json("dispute withdraw", { id: "1", from: "0" })).to.deep.include({ game: 1, bond: "50" });
    expect((await json("stake show", { account: challenger })).credit).to.equal("55");
    const { status, history } = await json("operator show", { operator: from });
    expect(status).to.equal("Jailed");
    expect(history).to.deep.equal([{ offence: "FalseAnswer", count: 1, streak: 0, taken: "20" }]);
  });

  it("plays a game from both sides, and a clock ends another", async () => {
    const { json, refusal, file } = project;
    const challenger = operation.stranger.address;
    operation = await project.connection.networkHelpers.loadFixture(operate); // the operator was in jail
    await operation.protocol.token.transfer(challenger, parseEther("500"));
    ({ modelId } = await json("model publish", { file: await file(MODEL), source, from: operation.publisher.address }));
    await json("operator host", { model: modelId, from });

    const right = await answer();
    await json("attest receipt", { file: await file(right) });
    await json("dispute game", { answer: right.receiptId, from: challenger });
    const played = await json("dispute move", { game: "1", source, from });
    expect(played).to.deep.include({ game: 1, move: "publishRoots", sent: true });
    expect(await json("dispute move", { game: "1", source, from: challenger })).to.deep.include({
      move: "none",
      reason: "nothing differs from the replay: the answer is right",
    });
    await project.connection.networkHelpers.time.increase(14 * HOUR);
    expect((await json("dispute timeout", { game: "1", from })).operatorLost).to.equal(false);

    // The right answer with a root of nothing: what would prove it wrong is withheld.
    const hidden = await altered({ traceRoot: keccak256("0x01") });
    await json("attest receipt", { file: await file(hidden) });
    expect(await refusal("dispute prove", { answer: hidden.receiptId, source })).to.contain("open a game");
    const opened = await json("dispute game", { answer: hidden.receiptId, from: challenger });
    expect(opened).to.deep.include({ game: 2, receiptId: hidden.receiptId, bond: "50", phase: "Roots" });
    expect((await json("dispute show", { id: "2" })).challenger).to.equal(challenger);
    const { openGames } = await json("operator show", { operator: from });
    expect(openGames).to.deep.equal([{ gameId: 2, receiptId: hidden.receiptId }]);
    const waiting = await json("dispute move", { game: "2", source, from: challenger });
    expect(waiting).to.deep.include({ game: 2, move: "wait", sent: false, until: opened.deadline, transactions: [] });
    expect(await refusal("dispute move", { game: "2", side: "judge", from: challenger })).to.contain(
      "one of: challenger, operator",
    );
    expect(await refusal("dispute move", { game: "9", source })).to.equal(
      'game: got "9", expected the number of a game',
    );
    expect(await refusal("dispute move", { game: "2", from })).to.contain("--record or --source: got nothing");
    expect(await json("dispute move", { game: "2", source, from })).to.deep.include({ move: "none", sent: false });

    await project.connection.networkHelpers.time.increase(14 * HOUR);
    const ended = await json("dispute timeout", { game: "2", from: "0" });
    expect(ended).to.deep.include({ game: 2, operatorLost: true, offence: "Unresponsive", challenger });
    expect((await json("dispute show", { id: "2" })).isOverturned).to.equal(true);
  });

  it("reports two answers for one job, and a promise that was not kept", async () => {
    const { json, refusal, file } = project;
    const first = await answer();
    const second = await altered({ jobId: first.receipt.jobId, outputHash: keccak256(WRONG) }, WRONG);
    const [one, two] = [await file(first), await file(second)];
    expect(await refusal("slash report", { first: one, second: one })).to.be.a("string");
    expect(await refusal("slash dishonoured", { answer: first.receiptId })).to.contain("published answer");
    expect(await refusal("slash dishonoured", { answer: one })).to.be.a("string");
    const reported = await json("slash report", { first: one, second: two, from: operation.stranger.address });
    expect(reported.operator).to.equal(from);
    expect(Number(reported.taken)).to.be.greaterThan(0);
    expect((await json("operator show", { operator: from })).status).to.equal("Tombstoned");
    const inspected = await json("inspect", { address: from });
    expect(inspected.operator.history.map((entry: { offence: string }) => entry.offence)).to.deep.equal([
      "Unresponsive",
      "Equivocation",
    ]);
  });
});

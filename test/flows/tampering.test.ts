import { expect } from "chai";
import { keccak256, parseEther } from "ethers";

import { anchorReceipt } from "../../src/actions/anchorReceipt.ts";
import { checkAnswer } from "../../src/actions/checkAnswer.ts";
import { publishAnswer } from "../../src/actions/publishAnswer.ts";
import type { Answer } from "../../src/operator/answerer.ts";
import { AnswerStatus, type Leaf } from "../../src/protocol/answers.ts";
import { FilledBatch } from "../../src/protocol/filledBatch.ts";
import type { Receipt } from "../../src/protocol/receipts.ts";
import { OperatorAgent, Watcher, hotKey, resign } from "../setup/agents.ts";
import { refused } from "../setup/refused.ts";
import { COVERAGE, LOCK, enter, languageOutput, now, openStage, wealth, type Stage } from "../setup/stage.ts";

const STAKE = parseEther("5000");
/** IAttestationRegistry.LeafFault */
const LeafFault = { Coverage: 4n, Index: 11n, ProofLength: 12n, Root: 13n };

describe("flows/tampering", () => {
  let stage: Stage;
  let agent: OperatorAgent;
  let customer: string;
  let answers: Answer[];

  beforeEach(async () => {
    stage = await openStage();
    const { others } = stage.protocol;
    agent = await new OperatorAgent(stage, "operator", others[0]!, await hotKey("operator")).enlist(STAKE);
    customer = (await enter(stage, "customer", others[1]!)).address;
    await enter(stage, "forger", others[2]!);
    const text = "Everyone has the right to take part in the government of his country.";
    answers = await agent.answerAll(
      [1n, 2n, 3n].map((nonce) => ({ text, requester: customer, nonce, beneficiary: customer })),
    );
  });

  /** Changes of a receipt that would make the operator liable for something else. */
  const alterations = (): Record<string, Partial<Receipt>> => ({
    "its coverage": { coverage: 100n * COVERAGE },
    "its beneficiary": { beneficiary: stage.protocol.others[2]!.address },
    "its output": { outputHash: keccak256(languageOutput(stage, "fra")) },
    "its time": { anchorBy: answers[0]!.receipt.anchorBy - 1 },
  });

  for (const what of ["its coverage", "its beneficiary", "its output", "its time"]) {
    it(`a receipt altered after signing is refused: ${what}`, async () => {
      const { protocol, deployment, ledger } = stage;
      const { receipt, signature, request, output } = answers[0]!;
      const changes = alterations()[what]!;
      const altered = { receipt: { ...receipt, ...changes }, signature };
      const shown = what === "its output" ? languageOutput(stage, "fra") : output;
      const anchoring = anchorReceipt(protocol.others[2]!, deployment, { signed: altered, request, output: shown });
      await refused(anchoring, "SignatureInvalid");

      const leaf = { ...(await agent.anchor(answers)).leaf(0), receipt: altered.receipt };
      const publishing = publishAnswer(protocol.others[2]!, deployment, { leaf, request, output: shown });
      const { fault } = await refused(publishing, "ReceiptVoid");
      expect(fault).to.equal(what === "its coverage" ? LeafFault.Coverage : LeafFault.Root);
      expect((await checkAnswer(stage.provider, deployment, { leaf })).status).to.equal(AnswerStatus.Unknown);
      expect(await wealth(stage, agent.address)).to.equal(STAKE);
      await ledger.assertSettled();
    });
  }

  it("a leaf of another batch, or at another place, is none", async () => {
    const { deployment, provider } = stage;
    const others = await agent.answerAll([
      { text: "Toute personne a droit à l'éducation.", requester: customer, nonce: 9n, beneficiary: customer },
    ]);
    const first = await agent.anchor(answers);
    const second = await agent.anchor(others);
    const { request, output } = answers[0]!;
    const cases: [Leaf, bigint][] = [
      [{ ...first.leaf(0), batch: second.batch, proof: [] }, LeafFault.Root],
      [{ ...first.leaf(0), batch: second.batch }, LeafFault.ProofLength],
      [{ ...first.leaf(0), index: 1 }, LeafFault.Root],
      [{ ...first.leaf(0), index: 3 }, LeafFault.Index],
      [{ ...first.leaf(0), proof: first.leaf(1).proof }, LeafFault.Root],
    ];
    for (const [leaf, fault] of cases) {
      const publishing = publishAnswer(stage.protocol.others[2]!, deployment, { leaf, request, output });
      expect(await refused(publishing, "ReceiptVoid")).to.include({ fault });
      expect((await checkAnswer(provider, deployment, { leaf })).status).to.equal(AnswerStatus.Unknown);
    }
    await stage.ledger.assertSettled();
  });

  it("bytes that are not the receipt's are not shown, and a true answer cannot be overturned by them", async () => {
    const { deployment, protocol, ledger } = stage;
    const batch = await agent.anchor(answers);
    const { request, output } = answers[0]!;
    const leaf = batch.leaf(0);
    const forger = protocol.others[2]!;
    const french = languageOutput(stage, "fra");
    await refused(publishAnswer(forger, deployment, { leaf, request, output: french }), "OutputMismatch");
    await refused(publishAnswer(forger, deployment, { leaf, request: output, output }), "RequestMismatch");
    await publishAnswer(forger, deployment, { leaf, request, output });
    await refused(publishAnswer(forger, deployment, { leaf, request, output }), "AnswerExists");
    const watcher = new Watcher(stage, await enter(stage, "watcher", protocol.others[3]!));
    expect(await watcher.check()).to.deep.equal([]);
    expect(watcher.checked).to.equal(1);
    await ledger.assertSettled();
  });

  it("an operator that puts other coverage into its batch than it promised has locked for nothing", async () => {
    const { deployment, provider, protocol } = stage;
    const cheap = await resign(stage, agent.key, answers[0]!, { coverage: COVERAGE });
    const rich = await resign(stage, agent.key, answers[1]!, { coverage: 2n * COVERAGE });
    const header = { anchorBy: (await now(stage)) + 600, dataURI: "https://operator.example/mixed" };
    expect(() => new FilledBatch(stage.domain, [cheap.receipt, rich.receipt], header)).to.throw("coverage");
    const batch = await agent.anchor([rich]);
    const leaf = { ...batch.leaf(0), batch: { ...batch.batch, coverage: COVERAGE } };
    expect((await checkAnswer(provider, deployment, { leaf })).status).to.equal(AnswerStatus.Unknown);
    const { request, output } = rich;
    const publishing = publishAnswer(protocol.others[2]!, deployment, { leaf, request, output });
    await refused(publishing, "BatchUnknown");
    expect(await protocol.vault.lockedBy(deployment.attestations, agent.address)).to.equal(2n * LOCK);
    await stage.ledger.assertSettled();
  });
});

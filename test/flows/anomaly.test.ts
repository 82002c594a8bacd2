import { expect } from "chai";
import { getBytes, hexlify, parseEther, type Wallet } from "ethers";

import { checkReceipt } from "../../src/actions/checkReceipt.ts";
import { proveFault } from "../../src/actions/proveFault.ts";
import { importDenseNetwork } from "../../src/inference/denseNetwork.ts";
import { findFault, type ProvableFault } from "../../src/inference/faults.ts";
import type { Answer } from "../../src/operator/answerer.ts";
import { AnswerStatus } from "../../src/protocol/answers.ts";
import { AlteringAgent, OperatorAgent, hotKey } from "../setup/agents.ts";
import { Challenger, claimOf, faultIn, overturnInLedger } from "../setup/challenger.ts";
import { corrupt } from "../setup/corruption.ts";
import { Courthouse } from "../setup/courthouse.ts";
import { COVERAGE, LOCK, PENALTY, enter, openStage, publishAnother, wealth, type Stage } from "../setup/stage.ts";
import { itWithVectors, readVectors } from "../setup/vectors.ts";

const STAKE = parseEther("5000");
const PURSE = parseEther("200");
const BOUNTY = PENALTY / 2n;
/** The narrowest layer's output: i8[8], which the fifth operator writes. */
const [BOTTLENECK, ELEMENT] = [5, 3];

type Golden = { cases: { input_b64: string; output_b64: string }[] };

describe("flows/anomaly", () => {
  let stage: Stage;
  let honest: OperatorAgent;
  let liar: AlteringAgent;
  let watcher: Wallet;
  let customer: string;

  /** Publishes MLPerf Tiny's anomaly detector as TensorFlow Lite ships it; two operators run it. */
  beforeEach(async () => {
    const file = Buffer.from(JSON.stringify(readVectors("tflite/ad01_int8.dense.json")));
    stage = await publishAnother(await openStage(), "ad01", await importDenseNetwork(file));
    const { others } = stage.protocol;
    honest = await new OperatorAgent(stage, "honest", others[0]!, await hotKey("honest")).enlist(STAKE);
    liar = await new AlteringAgent(stage, "liar", others[1]!, await hotKey("liar")).enlist(STAKE);
    liar.lie = (trace) => corrupt(stage.model, trace, { tensor: BOTTLENECK, byte: ELEMENT, flip: 1, isCarried: true });
    customer = (await enter(stage, "customer", others[2]!)).address;
    watcher = await (await Courthouse.build(stage)).party("watcher", PURSE);
  });

  async function ask(of: OperatorAgent, request: Uint8Array): Promise<Answer> {
    const job = { request, requester: customer, nonce: 1n, beneficiary: customer, coverage: COVERAGE };
    const answer = await of.fulfil(job);
    await of.publish(await of.anchor([answer]), [answer]);
    return answer;
  }

  async function expectOverturned({ receipt }: Answer): Promise<void> {
    const { status } = await checkReceipt(stage.provider, stage.deployment, { receipt });
    expect(status).to.equal(AnswerStatus.Overturned);
    expect(await wealth(stage, liar.address)).to.equal(STAKE - LOCK);
    expect(await wealth(stage, honest.address)).to.equal(STAKE);
    expect(await wealth(stage, watcher.address)).to.equal(PURSE + BOUNTY);
    expect(await wealth(stage, customer)).to.equal(COVERAGE);
    await stage.ledger.assertSettled();
  }

  const golden = "tflite/ad01_int8.golden.json";

  itWithVectors<Golden>(
    "answers as TensorFlow Lite does, falsified in one element, overturned",
    golden,
    async (file) => {
      const [{ input_b64: input, output_b64: output }] = file.cases as [Golden["cases"][0]];
      const request = Buffer.from(input, "base64");
      const macs = stage.model.spec.ops.reduce((sum, { rows, k }) => sum + rows * k, 0);
      expect(macs).to.equal(264_192);

      const truth = await ask(honest, request);
      expect(truth.output).to.equal(hexlify(Buffer.from(output, "base64")));
      expect(findFault(stage.model, claimOf(stage, truth))).to.equal(undefined);

      liar.traces = "served";
      const lie = await ask(liar, request);
      const shown = [...stage.served.values()][0]!;
      const fault = faultIn(stage, claimOf(stage, lie), shown) as ProvableFault & { kind: "unit" };
      expect([fault.kind, fault.unit.op, fault.unit.row]).to.deep.equal(["unit", BOTTLENECK - 1, ELEMENT]);
      expect(fault.claimed ^ fault.computed, "one bit").to.be.oneOf([1n, -1n]);
      expect(getBytes(fault.unit.input)).to.have.length(128);
      await proveFault(watcher, stage.deployment, { receipt: lie.receipt, fault });
      overturnInLedger(stage, lie.receipt, watcher.address);
      await expectOverturned(lie);
    },
  );

  itWithVectors<Golden>("withheld: of ten layers the game opens the one that is wrong", golden, async ({ cases }) => {
    const lie = await ask(liar, Buffer.from(cases[1]!.input_b64, "base64"));
    const challenger = new Challenger(stage, watcher);
    const game = await challenger.open(lie.receipt, claimOf(stage, lie));
    const moves = await challenger.play(game, liar);
    expect(moves).to.deep.equal(["publishRoots", "choose", "revealLeaf", "prove", "withdrawBond"]);
    await expectOverturned(lie);
  });
});

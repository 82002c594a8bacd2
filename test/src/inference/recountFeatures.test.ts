import { readFile } from "node:fs/promises";

import { expect } from "chai";
import { keccak256, toUtf8Bytes } from "ethers";
import { network } from "hardhat";

import { anchorReceipt } from "../../../src/actions/anchorReceipt.ts";
import { hostModel } from "../../../src/actions/hostModel.ts";
import { openCase } from "../../../src/actions/openCase.ts";
import { publishModel } from "../../../src/actions/publishModel.ts";
import { commitTrace } from "../../../src/inference/commitments.ts";
import { evaluate } from "../../../src/inference/evaluate.ts";
import { importLande, type LandeModel } from "../../../src/inference/lande.ts";
import { ShownMismatchError, recountFeatures } from "../../../src/inference/recountFeatures.ts";
import { TensorMismatchError, encodeTensor } from "../../../src/inference/tensor.ts";
import { bareLeaf } from "../../../src/protocol/answers.ts";
import { Phase } from "../../../src/protocol/court.ts";
import { Ground, ModelClass } from "../../../src/protocol/models.ts";
import type { Receipt } from "../../../src/protocol/receipts.ts";
import { convene } from "../../setup/courtroom.ts";
import { POLICY } from "../../setup/operation.ts";

const { networkHelpers } = await network.create();

const TEXT = "Der Mensch ist frei geboren, und überall liegt er in Ketten.";
const REQUEST = toUtf8Bytes(TEXT);

describe("inference/recountFeatures", () => {
  let model: LandeModel;
  before(async () => {
    model = await importLande();
  });

  /** What an operator shows that runs the graph on these features. */
  const answerOf = (features: Int16Array) => {
    const trace = evaluate(model.spec, model.weights, features);
    const [first, last] = [trace[0]!, trace.at(-1)!];
    return {
      ...commitTrace(model.spec, trace),
      tensor0: encodeTensor(model.spec.tensors[0]!, first),
      output: encodeTensor(model.spec.tensors.at(-1)!, last),
      language: model.languages[Number(last[0])],
    };
  };
  const wrongFeatures = (): Int16Array => {
    const features = model.features(TEXT);
    features[7]! += 1;
    return features;
  };

  it("pins the rule, which stands in the documents to the last byte", async () => {
    const page = await readFile(new URL("../../../docs/protocol/inference.md", import.meta.url), "utf8");
    expect(page).to.include(`\`\`\`text\n${model.featureRule}\`\`\``);
    const { preprocessHash, name } = model.textManifest;
    expect([name, preprocessHash]).to.deep.equal(["lande", keccak256(toUtf8Bytes(model.featureRule))]);
    expect(page).to.include(preprocessHash);
    expect({ ...model.textManifest, name: "", preprocessHash: "" }).to.deep.equal({
      ...model.manifest,
      name: "",
      preprocessHash: "",
    });
  });

  it("published under a court config: the right answer passes, one on wrong features is found", async () => {
    const c = await networkHelpers.loadFixture(convene);
    const { deployment, publisher, operator, stranger, opener } = c;
    const manifest = { ...model.textManifest, class: ModelClass.OpenWeights };
    const policy = { ...POLICY, grounds: Ground.Replay | Ground.Judgement, courtConfig: 1 };
    const modelId = await publishModel(publisher, deployment, { manifest, policy, spec: model.spec });
    await hostModel(operator, deployment, { modelId });
    const publish = async (job: number, { traceRoot, output }: ReturnType<typeof answerOf>): Promise<Receipt> => {
      const hashes = { inputHash: keccak256(REQUEST), outputHash: keccak256(output), traceRoot };
      const receipt = await c.receipt(job, { modelId, ...hashes });
      await anchorReceipt(stranger, deployment, { signed: await c.sign(receipt), request: REQUEST, output });
      return receipt;
    };

    const right = answerOf(model.features(TEXT));
    expect(right.language).to.equal("deu");
    const honest = { model, receipt: await publish(0, right), request: REQUEST, tensorRoots: right.tensorRoots };
    const good = { ok: true, expectedRoot: right.tensorRoots[0], differences: [] };
    expect(recountFeatures(honest)).to.deep.equal(good);
    expect(recountFeatures({ ...honest, tensor0: right.tensor0 })).to.deep.equal(good);

    const wrong = answerOf(wrongFeatures());
    const receipt = await publish(1, wrong);
    const shown = { model, receipt, request: REQUEST, tensorRoots: wrong.tensorRoots };
    expect(recountFeatures(shown)).to.deep.equal({ ok: false, expectedRoot: right.tensorRoots[0], differences: [] });
    const expected = model.features(TEXT)[7]!;
    expect(recountFeatures({ ...shown, tensor0: wrong.tensor0 }).differences).to.deep.equal([
      { index: 7, actual: expected + 1, expected },
    ]);
    const { caseId } = await openCase(opener, deployment, { leaf: bareLeaf(receipt), evidenceURI: "ipfs://recount" });
    expect((await c.protocol.court.caseOf(caseId)).phase).to.equal(BigInt(Phase.Evidence));
  });

  it("judges by nothing that the receipt does not commit to", () => {
    const { tensorRoots, traceRoot } = answerOf(model.features(TEXT));
    const receipt = { inputHash: keccak256(REQUEST), traceRoot };
    const shown = { model, receipt, request: REQUEST, tensorRoots };
    const other = answerOf(wrongFeatures());
    expect(() => recountFeatures({ ...shown, request: "0x" })).to.throw(ShownMismatchError, "hash of the request");
    expect(() => recountFeatures({ ...shown, tensorRoots: other.tensorRoots })).to.throw(
      ShownMismatchError,
      "root of the tensors' roots",
    );
    expect(() => recountFeatures({ ...shown, tensor0: other.tensor0 })).to.throw(
      ShownMismatchError,
      "root of tensor 0",
    );
    expect(() => recountFeatures({ ...shown, tensor0: "0x00" })).to.throw(TensorMismatchError);
  });
});

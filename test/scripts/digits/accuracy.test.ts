import { expect } from "chai";

import { answersOf, countRight } from "../../../scripts/digits/accuracy.ts";
import { readDigits, tensorOf, type Digits } from "../../../scripts/digits/images.ts";
import { importDenseNetwork, type DenseNetwork } from "../../../src/inference/denseNetwork.ts";
import { denseElement, evaluate } from "../../../src/inference/evaluate.ts";
import { Dtype, OpCode, Rounding, validateSpec } from "../../../src/inference/spec.ts";

const NETWORK = new URL("../../../models/digits.dense.json", import.meta.url);

describe("models/digits.dense.json", () => {
  let network: DenseNetwork;
  let digits: Digits;
  before(async () => {
    network = await importDenseNetwork(NETWORK);
    digits = readDigits("t10k");
  });

  it("is a graph that can be published: i8[784], i8[128], i8[10], ARGMAX i32[1]", () => {
    const { name, spec } = network;
    validateSpec(spec);
    expect(name).to.equal("digits");
    expect(spec.tensors).to.deep.equal([
      { dtype: Dtype.I8, length: 784 },
      { dtype: Dtype.I8, length: 128 },
      { dtype: Dtype.I8, length: 10 },
      { dtype: Dtype.I32, length: 1 },
    ]);
    expect(spec.ops.map(({ code, rounding }) => [code, rounding])).to.deep.equal([
      [OpCode.DENSE, Rounding.GEMMLOWP],
      [OpCode.DENSE, Rounding.GEMMLOWP],
      [OpCode.ARGMAX, 0],
    ]);
  });

  it("is what is described as published", () => {
    expect(network.manifest).to.deep.equal({
      artifactHash: "0xa5273bc02dc051397aab046ee4e55cc29514752e6aec569b4ba670f9f8292d71",
      specHash: "0x93b76e62f241b77e746e2fb28303c4eb5eb86d93c1f0110d03a12ae15253e2d9",
      weightsRoot: "0x9c1bf2b49da7ba95fa032ec2c1968a9f51ed08cae5ccde3d53ad8beb4f135556",
      preprocessHash: `0x${"0".repeat(64)}`,
    });
  });

  it("answers 9,796 of the 10,000 test images right, in exact integers", () => {
    const answers = answersOf(network, digits);
    // The ninth shows a 5; the others are right.
    expect([...answers.subarray(0, 20)]).to.deep.equal([7, 2, 1, 0, 4, 1, 4, 9, 6, 9, 0, 6, 9, 0, 1, 5, 9, 7, 3, 4]);
    expect(countRight(answers, digits))
      .to.equal(9_796)
      .and.at.least(0.97 * digits.count);
    expect(digits.count).to.equal(10_000);
  });

  it("agrees with the formulas", () => {
    const { spec, weights } = network;
    for (const image of [0, 1, 9_999]) {
      const trace = evaluate(spec, weights, tensorOf(digits, image));
      for (const op of [0, 1]) {
        for (let row = 0; row < spec.ops[op]!.rows; row++) {
          const expected = denseElement(spec.ops[op]!, weights[op]!, trace[op]!, row);
          expect(BigInt(trace[op + 1]![row]!), `image ${image}, op ${op}, row ${row}`).to.equal(expected);
        }
      }
    }
  });
});

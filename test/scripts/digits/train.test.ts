import { expect } from "chai";

import { readDigits, type Digits } from "../../../scripts/digits/images.ts";
import { run, train, type FloatNetwork } from "../../../scripts/digits/train.ts";

/** The first images of the training set. */
function someDigits(count: number): Digits {
  const { pixels, labels } = readDigits("train");
  return { count, pixels: pixels.subarray(0, 784 * count), labels: labels.subarray(0, count) };
}

describe("scripts/digits/train", () => {
  let digits: Digits;
  before(() => {
    digits = someDigits(1_000);
  });

  it("learns, and says how far it is", () => {
    const rights: number[] = [];
    train(digits, { hidden: 16, epochs: 6, seed: 1, onEpoch: (epoch, right) => (rights[epoch - 1] = right) });
    expect(rights).to.have.length(6);
    expect(rights[0]).to.be.within(0.2, 0.8);
    expect(rights[5]).to.be.above(0.9).and.at.most(1);
  });

  it("gives the same network for the same seed, another for another", () => {
    const options = { hidden: 8, epochs: 1, seed: 1 };
    const network = train(digits, options);
    expect(train(digits, options)).to.deep.equal(network);
    expect(train(digits, { ...options, seed: 2 })).not.to.deep.equal(network);
  });

  it("runs a network: sums, ReLU, sums", () => {
    const network: FloatNetwork = {
      hidden: 2,
      first: new Float32Array(784 * 2).fill(3, 2, 3).fill(-1, 3, 4),
      firstBias: Float32Array.of(0.5, 0.25),
      second: new Float32Array(20).fill(2, 0, 1).fill(7, 1, 2),
      secondBias: new Float32Array(10).fill(-1, 0, 1).fill(4, 9),
    };
    const hidden = new Float32Array(2);
    const logits = new Float32Array(10);
    const pixels = new Uint8Array(784).fill(255, 1, 2);
    run(network, pixels, hidden, logits);
    expect(hidden).to.deep.equal(Float32Array.of(3.5, 0));
    expect(logits).to.deep.equal(new Float32Array(10).fill(6, 0, 1).fill(4, 9));
  });
});

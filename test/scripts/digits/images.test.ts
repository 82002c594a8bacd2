import { expect } from "chai";

import { readDigits, tensorOf } from "../../../scripts/digits/images.ts";

describe("scripts/digits/images", () => {
  for (const [set, count, first] of [
    ["train", 60_000, [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]],
    ["t10k", 10_000, [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]],
  ] as const) {
    it(`reads ${count.toLocaleString("en")} images of ${set}`, () => {
      const digits = readDigits(set);
      expect(digits.count).to.equal(count);
      expect(digits.pixels).to.have.length(784 * count);
      expect(digits.labels).to.have.length(count);
      expect([...digits.labels.subarray(0, 10)]).to.deep.equal(first);
      expect(new Set(digits.labels).size).to.equal(10);
    });
  }

  it("takes 128 from each pixel", () => {
    const digits = {
      count: 2,
      pixels: new Uint8Array(1_568).fill(255, 784, 786).fill(128, 786, 787),
      labels: new Uint8Array(2),
    };
    expect(tensorOf(digits, 0)).to.deep.equal(new Int8Array(784).fill(-128));
    expect(tensorOf(digits, 1)).to.deep.equal(new Int8Array(784).fill(-128).fill(127, 0, 2).fill(0, 2, 3));
  });
});

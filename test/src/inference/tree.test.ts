import { expect } from "chai";
import { concat, getBytes, hexlify, keccak256, toBeHex, ZeroHash } from "ethers";

import { treeRoot } from "../../../src/inference/tree.ts";

const node = (left: string, right: string) => keccak256(concat(["0x03", left, right]));
const leaf = (i: number) => toBeHex(i + 1, 32);
const root = (count: number) => hexlify(treeRoot(Array.from({ length: count }, (_, i) => getBytes(leaf(i)))));

describe("inference/tree", () => {
  it("is a zero word without leaves and the leaf itself with one", () => {
    expect(root(0)).to.equal(ZeroHash);
    expect(root(1)).to.equal(leaf(0));
  });

  it("keeps leaves in their positions", () => {
    expect(root(2)).to.equal(node(leaf(0), leaf(1)));
    expect(root(4)).to.equal(node(node(leaf(0), leaf(1)), node(leaf(2), leaf(3))));
  });

  it("fills missing leaves with zero words and hashes them upwards", () => {
    const missing = node(ZeroHash, ZeroHash);
    expect(root(3)).to.equal(node(node(leaf(0), leaf(1)), node(leaf(2), ZeroHash)));
    expect(root(5)).to.equal(
      node(node(node(leaf(0), leaf(1)), node(leaf(2), leaf(3))), node(node(leaf(4), ZeroHash), missing)),
    );
  });

  it("is as deep as the next power of two for any number of leaves", () => {
    for (let count = 1; count <= 70; count++) {
      const width = 2 ** Math.ceil(Math.log2(count));
      let level = Array.from({ length: width }, (_, i) => (i < count ? leaf(i) : ZeroHash));
      while (level.length > 1) {
        level = Array.from({ length: level.length / 2 }, (_, i) => node(level[2 * i]!, level[2 * i + 1]!));
      }
      expect(root(count), `${count} leaves`).to.equal(level[0]);
    }
  });
});

import { expect } from "chai";
import { concat, getBytes, hexlify, keccak256, toBeHex, ZeroHash } from "ethers";

import { HashTree, treeRoot } from "../../../src/inference/tree.ts";
import { climb } from "../../setup/referee.ts";

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

  describe("HashTree", () => {
    const tree = (count: number) => new HashTree(Array.from({ length: count }, (_, i) => getBytes(leaf(i))));

    it("has the same root, and a proof of every place, missing ones included", () => {
      for (let count = 1; count <= 18; count++) {
        const built = tree(count);
        const depth = Math.ceil(Math.log2(count));
        expect([hexlify(built.root), built.depth]).to.deep.equal([root(count), depth]);
        for (let i = 0; i < 2 ** depth; i++) {
          const proof = built.proof(i).map((word) => hexlify(word));
          expect(proof.length).to.equal(depth);
          expect(climb(i < count ? leaf(i) : ZeroHash, i, proof), `leaf ${i} of ${count}`).to.equal(root(count));
        }
      }
    });

    it("gives nodes by level from the root, and those below a node in order", () => {
      const built = tree(5);
      const missing = node(ZeroHash, ZeroHash);
      expect(hexlify(built.node(1, 1))).to.equal(node(node(leaf(4), ZeroHash), missing));
      expect(hexlify(built.node(2, 3))).to.equal(missing);
      expect(hexlify(built.node(3, 4))).to.equal(leaf(4));
      const hex = (nodes: Uint8Array[]) => nodes.map((word) => hexlify(word));
      expect(hex(built.below(0, 0, 1))).to.deep.equal(hex([built.node(1, 0), built.node(1, 1)]));
      expect(hex(built.below(1, 1, 2))).to.deep.equal([leaf(4), ZeroHash, ZeroHash, ZeroHash]);
    });

    it("is a zero word without leaves", () => {
      expect(hexlify(new HashTree([]).root)).to.equal(ZeroHash);
    });
  });
});

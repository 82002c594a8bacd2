import { expect } from "chai";
import { ZeroHash, concat, keccak256, toBeHex } from "ethers";
import fc from "fast-check";

import { FatalError } from "../../../src/errors.ts";
import { BatchTree, MAX_BATCH_COUNT, verifyLeaf } from "../../../src/protocol/batchTree.ts";
import type { ReceiptId } from "../../../src/protocol/ids.ts";
import { bytes } from "../../setup/arbitraries.ts";

const leaves = fc.array(bytes<ReceiptId>(32), { minLength: 1, maxLength: 70 });
const node = (left: string, right: string) => keccak256(concat([left, right])) as ReceiptId;

/** The definition, without shortcuts: the root of the full tree with zero words in place of missing leaves. */
function rootOfFullTree(words: readonly string[]): string {
  if (words.length === 1) return words[0]!;
  const width = 2 ** Math.ceil(Math.log2(words.length));
  const full = Array.from({ length: width }, (_, i) => words[i] ?? ZeroHash);
  return node(rootOfFullTree(full.slice(0, width / 2)), rootOfFullTree(full.slice(width / 2)));
}

describe("batch tree", () => {
  it("is a lone leaf, with an empty proof", () => {
    const leaf = keccak256("0x01") as ReceiptId;
    const tree = new BatchTree([leaf]);
    expect(tree.root).to.equal(leaf);
    expect(tree.proof(0)).to.deep.equal([]);
    expect(verifyLeaf({ root: leaf, count: 1, leaf, index: 0, proof: [] })).to.equal(true);
  });

  it("fills five leaves up to eight with zero words", () => {
    const [a, b, c, d, e] = [1, 2, 3, 4, 5].map((i) => toBeHex(i, 32) as ReceiptId) as [ReceiptId, ...ReceiptId[]];
    const left = node(node(a, b!), node(c!, d!));
    const zeros = node(ZeroHash, ZeroHash);
    const tree = new BatchTree([a, b!, c!, d!, e!]);
    expect(tree.root).to.equal(node(left, node(node(e!, ZeroHash), zeros)));
    expect(tree.proof(4)).to.deep.equal([ZeroHash, zeros, left]);
  });

  it("has the root of the full tree", () => {
    fc.assert(
      fc.property(leaves, (words) => {
        expect(new BatchTree(words).root).to.equal(rootOfFullTree(words));
      }),
    );
  });

  it("proves each leaf at its index, with ceil(log2(count)) words", () => {
    fc.assert(
      fc.property(leaves, (words) => {
        const tree = new BatchTree(words);
        words.forEach((leaf, index) => {
          const proof = tree.proof(index);
          expect(proof).to.have.length(Math.ceil(Math.log2(words.length)));
          expect(verifyLeaf({ root: tree.root, count: tree.count, leaf, index, proof })).to.equal(true);
        });
      }),
    );
  });

  describe("refuses", () => {
    /** A valid statement about one leaf of a random tree of at least two distinct leaves. */
    const valid = fc
      .uniqueArray(bytes<ReceiptId>(32), { minLength: 2, maxLength: 40 })
      .chain((words) => fc.record({ words: fc.constant(words), index: fc.nat(words.length - 1) }))
      .map(({ words, index }) => {
        const tree = new BatchTree(words);
        return { root: tree.root, count: tree.count, leaf: words[index]!, index, proof: tree.proof(index), words };
      });

    it("another index", () => {
      fc.assert(
        fc.property(valid, fc.integer({ min: -3, max: 130 }), (statement, index) => {
          fc.pre(index !== statement.index);
          expect(verifyLeaf({ ...statement, index })).to.equal(false);
        }),
      );
    });

    it("an index that is the right one only in its low bits", () => {
      fc.assert(
        fc.property(valid, (statement) => {
          const width = 2 ** statement.proof.length;
          expect(verifyLeaf({ ...statement, index: statement.index + width })).to.equal(false);
          expect(verifyLeaf({ ...statement, index: statement.index + 2 ** 32 })).to.equal(false);
          expect(verifyLeaf({ ...statement, index: statement.index + 0.5 })).to.equal(false);
        }),
      );
    });

    it("another leaf, another sibling, another root", () => {
      fc.assert(
        fc.property(valid, bytes<ReceiptId>(32), fc.nat(), (statement, word, position) => {
          const { leaf, root, proof } = statement;
          fc.pre(![leaf, root, ...proof].includes(word));
          expect(verifyLeaf({ ...statement, leaf: word })).to.equal(false);
          expect(verifyLeaf({ ...statement, root: word })).to.equal(false);
          expect(verifyLeaf({ ...statement, proof: proof.with(position % proof.length, word) })).to.equal(false);
        }),
      );
    });

    it("a proof that is longer or shorter", () => {
      fc.assert(
        fc.property(valid, bytes(32), (statement, word) => {
          expect(verifyLeaf({ ...statement, proof: [...statement.proof, word] })).to.equal(false);
          expect(verifyLeaf({ ...statement, proof: statement.proof.slice(0, -1) })).to.equal(false);
        }),
      );
    });

    it("an inner node shown as a leaf", () => {
      fc.assert(
        fc.property(valid, (statement) => {
          const { words, index, proof } = statement;
          const pair = index - (index % 2);
          const parent = node(words[pair]!, words[pair + 1] ?? ZeroHash);
          for (const at of [index, index >> 1]) {
            expect(verifyLeaf({ ...statement, leaf: parent, index: at, proof: proof.slice(1) })).to.equal(false);
            expect(verifyLeaf({ ...statement, leaf: parent, index: at, proof })).to.equal(false);
          }
        }),
      );
    });

    it("a missing leaf, though its zero word stands under the root", () => {
      const words = [1, 2, 3].map((i) => toBeHex(i, 32) as ReceiptId);
      const { root } = new BatchTree(words);
      const proof = [words[2]!, node(words[0]!, words[1]!)];
      const statement = { root, leaf: ZeroHash as ReceiptId, index: 3, proof };
      expect(verifyLeaf({ ...statement, count: 4 }), "the proof is sound").to.equal(true);
      expect(verifyLeaf({ ...statement, count: 3 })).to.equal(false);
    });

    it("words that are not 32 bytes of hex, and counts out of range", () => {
      const leaf = keccak256("0x01") as ReceiptId;
      const statement = { root: leaf, count: 1, leaf, index: 0, proof: [] };
      expect(verifyLeaf({ ...statement, leaf: "0x01" as ReceiptId, root: "0x01" })).to.equal(false);
      expect(verifyLeaf({ ...statement, leaf: "leaf" as ReceiptId, root: "leaf" })).to.equal(false);
      expect(verifyLeaf({ ...statement, count: 0 })).to.equal(false);
      const proof = Array.from({ length: 21 }, () => leaf);
      const root = proof.reduce(node, leaf);
      expect(verifyLeaf({ root, count: MAX_BATCH_COUNT + 1, leaf, index: 0, proof })).to.equal(false);
      expect(
        verifyLeaf({
          root: proof.slice(1).reduce(node, leaf),
          count: MAX_BATCH_COUNT,
          leaf,
          index: 0,
          proof: proof.slice(1),
        }),
      ).to.equal(true);
    });
  });

  it("holds 1 to MAX_BATCH_COUNT leaves", () => {
    const tooMany = Array.from({ length: MAX_BATCH_COUNT + 1 }, () => ZeroHash as ReceiptId);
    for (const words of [[], tooMany]) {
      expect(() => new BatchTree(words))
        .to.throw(FatalError, `got ${words.length}`)
        .with.property("code", "BATCH_COUNT");
    }
  });

  it("proves no leaf that is not there", () => {
    const tree = new BatchTree([1, 2, 3].map((i) => toBeHex(i, 32) as ReceiptId));
    for (const index of [-1, 3, 0.5, NaN]) {
      expect(() => tree.proof(index))
        .to.throw(FatalError, `0 to 2, got ${index}`)
        .with.property("code", "LEAF_INDEX");
    }
  });
});

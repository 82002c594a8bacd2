import { ZeroHash, isHexString, keccak256 } from "ethers";

import { FatalError } from "../errors.ts";
import type { ReceiptId } from "./ids.ts";

/** Most receipts that one batch may hold. */
export const MAX_BATCH_COUNT = 2 ** 20;

/**
 * The positional Merkle tree of a batch: a leaf is a receipt id, a node is the hash of its left and right child.
 * Leaves missing from a full tree are zero words.
 */
export class BatchTree {
  /** Levels from the leaves to the root, without the nodes over missing leaves alone. */
  readonly #levels: string[][];

  /**
   * @param leaves Receipt ids in the order of their index.
   * @throws FatalError `BATCH_COUNT` unless there are 1 to `MAX_BATCH_COUNT`.
   */
  constructor(leaves: readonly ReceiptId[]) {
    if (leaves.length === 0 || leaves.length > MAX_BATCH_COUNT) {
      throw new FatalError("BATCH_COUNT", `a batch holds 1 to ${MAX_BATCH_COUNT} receipts, got ${leaves.length}`);
    }
    let level: string[] = [...leaves];
    this.#levels = [level];
    for (let height = 0; level.length > 1; height++) {
      const parents: string[] = [];
      for (let i = 0; i < level.length; i += 2) parents.push(hashNode(level[i]!, level[i + 1] ?? emptyNode(height)));
      this.#levels.push(parents);
      level = parents;
    }
  }

  get count(): number {
    return this.#levels[0]!.length;
  }

  get root(): string {
    return this.#levels.at(-1)![0]!;
  }

  /**
   * The siblings on the way from a leaf to the root, lowest first.
   * @throws FatalError `LEAF_INDEX` if there is no leaf at the index.
   */
  proof(index: number): string[] {
    if (!Number.isInteger(index) || index < 0 || index >= this.count) {
      throw new FatalError("LEAF_INDEX", `a leaf of this batch has an index of 0 to ${this.count - 1}, got ${index}`);
    }
    return this.#levels.slice(0, -1).map((level, height) => level[(index >> height) ^ 1] ?? emptyNode(height));
  }
}

export type VerifyLeafParameters = {
  root: string;
  count: number;
  leaf: ReceiptId;
  index: number;
  proof: readonly string[];
};

/** Whether a leaf stands at an index of a batch, as `AttestationRegistry` decides it. */
export function verifyLeaf({ root, count, leaf, index, proof }: VerifyLeafParameters): boolean {
  if (!Number.isInteger(count) || count > MAX_BATCH_COUNT) return false;
  if (!Number.isInteger(index) || index < 0 || index >= count) return false;
  if (proof.length !== depthOf(count)) return false;
  if (![leaf, ...proof].every((word) => isHexString(word, 32))) return false;
  const computed = proof.reduce<string>(
    (node, sibling, height) => ((index >> height) & 1 ? hashNode(sibling, node) : hashNode(node, sibling)),
    leaf,
  );
  return computed.toLowerCase() === root.toLowerCase();
}

/** ceil(log2(count)): the length of a proof. */
function depthOf(count: number): number {
  return 32 - Math.clz32(count - 1);
}

function hashNode(left: string, right: string): string {
  return keccak256(left + right.slice(2));
}

/** Roots of trees of zero words, by height. */
const emptyNodes: string[] = [ZeroHash];

function emptyNode(height: number): string {
  return (emptyNodes[height] ??= hashNode(emptyNode(height - 1), emptyNode(height - 1)));
}

import { keccak } from "./keccak.ts";

/** Stands for a leaf that is missing. */
const ZERO_WORD = new Uint8Array(32);

const NODE_PREFIX = 0x03;

/**
 * Root of a positional tree of depth `ceil(log2(leaves))`: node `keccak256(0x03 | left | right)`, missing leaves zero
 * words, hashed upwards like any other. One leaf is its own root; a tree without leaves is a zero word.
 *
 * @param leaves - 32 bytes each, in order.
 */
export function treeRoot(leaves: readonly Uint8Array[]): Uint8Array {
  let level = leaves;
  let missing: Uint8Array = ZERO_WORD;
  while (level.length > 1) {
    const parents: Uint8Array[] = [];
    for (let i = 0; i < level.length; i += 2) parents.push(hashNode(level[i]!, level[i + 1] ?? missing));
    level = parents;
    missing = hashNode(missing, missing);
  }
  return level[0] ?? ZERO_WORD;
}

function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  const node = new Uint8Array(65);
  node[0] = NODE_PREFIX;
  node.set(left, 1);
  node.set(right, 33);
  return keccak(node);
}

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

/** The same tree with all its nodes. Levels count from the root, which is level 0; positions from the left. */
export class HashTree {
  /** From the root down; only nodes above a leaf. */
  readonly #levels: (readonly Uint8Array[])[];
  /** What stands for the others, by level. */
  readonly #missing: Uint8Array[];

  /** @param leaves - 32 bytes each, in order. */
  constructor(leaves: readonly Uint8Array[]) {
    this.#levels = [leaves];
    this.#missing = [ZERO_WORD];
    while (this.#levels[0]!.length > 1) {
      const level = this.#levels[0]!;
      const missing = this.#missing[0]!;
      const parents: Uint8Array[] = [];
      for (let i = 0; i < level.length; i += 2) parents.push(hashNode(level[i]!, level[i + 1] ?? missing));
      this.#levels.unshift(parents);
      this.#missing.unshift(hashNode(missing, missing));
    }
  }

  get root(): Uint8Array {
    return this.node(0, 0);
  }

  /** Levels between root and leaves. */
  get depth(): number {
    return this.#levels.length - 1;
  }

  /** @param level - at most `depth`. */
  node(level: number, position: number): Uint8Array {
    return this.#levels[level]![position] ?? this.#missing[level]!;
  }

  /** The `2^steps` nodes that stand `steps` levels below a node, in order. */
  below(level: number, position: number, steps: number): Uint8Array[] {
    const first = position * 2 ** steps;
    return Array.from({ length: 2 ** steps }, (_, i) => this.node(level + steps, first + i));
  }

  /** Siblings from a leaf upwards, `depth` of them. */
  proof(leaf: number): Uint8Array[] {
    const { depth } = this;
    return Array.from({ length: depth }, (_, i) => this.node(depth - i, Math.floor(leaf / 2 ** i) ^ 1));
  }
}

function hashNode(left: Uint8Array, right: Uint8Array): Uint8Array {
  const node = new Uint8Array(65);
  node[0] = NODE_PREFIX;
  node.set(left, 1);
  node.set(right, 33);
  return keccak(node);
}

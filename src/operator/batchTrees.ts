import type { Leaf } from "../protocol/answers.ts";
import type { Batch } from "../protocol/batches.ts";
import { BatchTree } from "../protocol/batchTree.ts";
import type { AnswerJournal, StoredAnswer } from "./journal.ts";

/** Many answers of one batch are published one after the other: its tree is built once for them. */
const KEPT = 16;

type Planted = { batch: Batch; tree: BatchTree };

/**
 * The trees of batches that were used last. They are built of the ids in the journal alone: anybody may ask for any batch,
 * and to read its receipts and hash them anew takes seconds for a large one.
 */
export class BatchTrees {
  readonly #answers: Pick<AnswerJournal, "batch" | "leafIds">;
  readonly #trees = new Map<string, Planted>();

  constructor(answers: Pick<AnswerJournal, "batch" | "leafIds">) {
    this.#answers = answers;
  }

  /** Where an answer stands in its batch; undefined if it is in none. */
  leafOf({ leaf, signed: { receipt } }: StoredAnswer): Leaf | undefined {
    const planted = leaf && this.#treeOf(leaf.root);
    if (planted === undefined) return undefined;
    const { batch, tree } = planted;
    return { batch, receipt, index: leaf!.index, proof: tree.proof(leaf!.index) };
  }

  #treeOf(root: string): Planted | undefined {
    const known = this.#trees.get(root);
    if (known !== undefined) return known;
    const stored = this.#answers.batch(root);
    if (stored === undefined) return undefined;
    const planted = { batch: stored.batch, tree: new BatchTree(this.#answers.leafIds(root)) };
    this.#trees.set(root, planted);
    const [oldest] = this.#trees.keys();
    if (this.#trees.size > KEPT) this.#trees.delete(oldest!);
    return planted;
  }
}

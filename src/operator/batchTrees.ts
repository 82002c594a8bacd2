import type { Leaf } from "../protocol/answers.ts";
import { FilledBatch } from "../protocol/filledBatch.ts";
import type { Domain } from "../protocol/typedData.ts";
import type { AnswerJournal, StoredAnswer } from "./journal.ts";

/** Many answers of one batch are published one after the other: its tree is built once for them. */
const KEPT = 4;

/** The trees of batches that were used last. */
export class BatchTrees {
  readonly #answers: AnswerJournal;
  readonly #domain: Domain;
  readonly #trees = new Map<string, FilledBatch>();

  constructor(answers: AnswerJournal, domain: Domain) {
    this.#answers = answers;
    this.#domain = domain;
  }

  /** Where an answer stands in its batch; undefined if it is in none. */
  leafOf({ leaf }: StoredAnswer): Leaf | undefined {
    return leaf && this.#treeOf(leaf.root)?.leaf(leaf.index);
  }

  #treeOf(root: string): FilledBatch | undefined {
    const known = this.#trees.get(root);
    if (known !== undefined) return known;
    const stored = this.#answers.batch(root);
    if (stored === undefined) return undefined;
    const { anchorBy, dataURI, count } = stored.batch;
    const receipts = this.#answers.leaves(root, 0, count).map(({ signed }) => signed.receipt);
    const tree = new FilledBatch(this.#domain, receipts, { anchorBy, dataURI });
    this.#trees.set(root, tree);
    const [oldest] = this.#trees.keys();
    if (this.#trees.size > KEPT) this.#trees.delete(oldest!);
    return tree;
  }
}

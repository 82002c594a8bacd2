import { FatalError } from "../errors.ts";
import type { Leaf } from "./answers.ts";
import type { Batch } from "./batches.ts";
import { BatchTree } from "./batchTree.ts";
import { receiptId, type Receipt } from "./receipts.ts";
import type { Domain } from "./typedData.ts";

/** A batch header with the receipts that its root stands for. */
export class FilledBatch {
  readonly batch: Batch;
  readonly receipts: readonly Receipt[];
  readonly #tree: BatchTree;

  /**
   * @param domain Domain of AttestationRegistry.
   * @param receipts In the order of their indexes; operator, signer, model and coverage are the first one's.
   * @throws FatalError `BATCH_MIXED` if a receipt differs in one of these: it would be void, and its lock wasted.
   */
  constructor(
    domain: Domain,
    receipts: readonly Receipt[],
    { anchorBy, dataURI }: Pick<Batch, "anchorBy" | "dataURI">,
  ) {
    this.#tree = new BatchTree(receipts.map((receipt) => receiptId(domain, receipt)));
    const { operator, signerId, modelId, coverage } = receipts[0]!;
    const shared = { operator, signerId, modelId, coverage };
    for (const [index, receipt] of receipts.entries()) {
      for (const [field, expected] of Object.entries(shared)) {
        const actual = receipt[field as keyof typeof shared];
        if (actual !== expected) {
          throw new FatalError("BATCH_MIXED", `receipt ${index}: expected ${field} ${expected}, got ${actual}`);
        }
      }
    }
    this.receipts = receipts;
    this.batch = { ...shared, root: this.#tree.root, count: this.#tree.count, anchorBy, dataURI };
  }

  /** @throws FatalError `LEAF_INDEX` if there is no such leaf. */
  leaf(index: number): Leaf {
    const proof = this.#tree.proof(index);
    return { batch: this.batch, receipt: this.receipts[index]!, index, proof };
  }
}

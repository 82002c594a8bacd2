/** What became of every receipt that customers hold, of every batch and of every transaction, by the chain itself. */
import { DatabaseSync } from "node:sqlite";

import { type DeferredTopicFilter, ZeroHash } from "ethers";

import { readAccount } from "../../src/actions/readAccount.ts";
import { contractsOf } from "../../src/chain/contracts.ts";
import { eventsOf } from "../../src/chain/logs.ts";
import { BatchTree } from "../../src/protocol/batchTree.ts";
import type { ReceiptId } from "../../src/protocol/ids.ts";
import { parseSignedReceipt } from "../../src/protocol/receiptJson.ts";
import { receiptId } from "../../src/protocol/receipts.ts";
import type { Devnet } from "../../scripts/devnet/devnet.ts";
import { LOCK } from "../../scripts/devnet/devnet.ts";
import type { DevnetOperator } from "../../scripts/devnet/operators.ts";
import type { Asked } from "./load.ts";
import { type Since, spendingOf, type Spending } from "./spendingOf.ts";

/** What was found; of an honest operator all that is not `receipts`, `anchored`, `anchorable`, `batches`, `transactions` or `gas` is 0. */
export type Audit = Spending & {
  /** Distinct receipts that customers hold. */
  readonly receipts: number;
  /** Of these, in an anchored batch whose root was computed again. */
  readonly anchored: number;
  /** Of these, not anchored, and still in time. */
  readonly anchorable: number;
  /** Jobs, or nonces of a requester, with two receipts, at customers or in the journal. */
  readonly doubleReceipts: number;
  /** Receipts handed out that are neither anchored nor can be. */
  readonly lostReceipts: number;
  /** Receipts handed out that the journal does not have, or has otherwise. */
  readonly journalDiffers: number;
  /** Roots anchored more than once, and receipts that stand in two batches. */
  readonly doubleAnchors: number;
  /** Anchored batches that are not of the receipts that the journal has in them. */
  readonly strayBatches: number;
  /** What is locked in the vault, less what the anchored answers and the bond lock; stake token, smallest unit. */
  readonly unexplainedLocks: string;
  readonly batches: number;
};

/** A receipt as a customer holds it. */
type Held = { readonly id: ReceiptId; readonly jobId: string; readonly slot: string; readonly signed: string };

export type AuditOptions = {
  readonly devnet: Devnet;
  /** Its program has ended, so that its journal can be read. */
  readonly operator: DevnetOperator;
  readonly asked: readonly Asked[];
  readonly since: Since;
};

/** Nothing here reads what the program says of itself but its journal, which is compared with what customers hold. */
export async function audit({ devnet, operator, asked, since }: AuditOptions): Promise<Audit> {
  const { provider, deployment, clock, domain } = devnet;
  const held = asked.flatMap(({ slot, answers }) =>
    [...answers.values()].map((signed): Held => {
      const { receipt } = parseSignedReceipt(signed);
      return { id: receiptId(domain, receipt), jobId: receipt.jobId, slot, signed };
    }),
  );
  const journal = readJournal(operator.journal);
  const { roots, batches, expectedLocks } = await readBatches(devnet, operator, since.block);
  const batchesOf = new Map<string, number>();
  let strayBatches = 0;
  for (const root of roots) {
    const leaves = journal.leaves.get(root) ?? [];
    const isSame = leaves.length > 0 && new BatchTree(leaves).root === root;
    if (!isSame) strayBatches += 1;
    else for (const leaf of leaves) batchesOf.set(leaf, (batchesOf.get(leaf) ?? 0) + 1);
  }
  const now = await clock.now();
  let [anchored, anchorable, lostReceipts, journalDiffers] = [0, 0, 0, 0];
  const receipts = new Map(held.map((one) => [one.signed, one]));
  for (const { id, signed } of receipts.values()) {
    const isKept = journal.receipts.get(id) === signed;
    if (!isKept) journalDiffers += 1;
    if (batchesOf.has(id)) anchored += 1;
    else if (isKept && parseSignedReceipt(signed).receipt.anchorBy > now) anchorable += 1;
    else lostReceipts += 1;
  }
  const { locked } = await readAccount(provider, deployment, { account: operator.address });
  const bond = await contractsOf(deployment, provider).operators.bondOf(operator.address);
  return {
    ...{ receipts: receipts.size, anchored, anchorable, lostReceipts, journalDiffers },
    doubleReceipts: Math.max(doublesOf(asked, held), journal.doubles),
    ...{ batches, strayBatches },
    doubleAnchors: batches - roots.size + [...batchesOf.values()].filter((count) => count > 1).length,
    unexplainedLocks: String(locked - bond - expectedLocks),
    ...(await spendingOf(devnet, operator.sender.address, since)),
  };
}

type Batches = { roots: Set<string>; batches: number; expectedLocks: bigint };

/** What the operator anchored, and what should be locked for it now by the events alone. */
async function readBatches(devnet: Devnet, { address }: DevnetOperator, fromBlock: number): Promise<Batches> {
  const { provider, deployment } = devnet;
  const { attestations } = contractsOf(deployment, provider);
  const head = await provider.getBlockNumber();
  const events = async <Event>(filter: DeferredTopicFilter): Promise<Event[]> =>
    eventsOf<Event>(attestations, filter, fromBlock, head);
  const { filters } = attestations;
  const batches = await events<{ root: string; count: bigint }>(filters.BatchAnchored(undefined, address));
  const published = await events<{ batchId: string; locked: bigint }>(filters.AnswerPublished(undefined, address));
  const swept = await events<{ freed: bigint }>(filters.LocksSwept(address));
  const merged = await events<{ freed: bigint }>(filters.ReceiptMerged());
  const alone = published.filter(({ batchId }) => batchId === ZeroHash);
  const expectedLocks =
    batches.reduce((sum, { count }) => sum + count * LOCK, 0n) +
    alone.reduce((sum, { locked }) => sum + locked, 0n) -
    [...swept, ...merged].reduce((sum, { freed }) => sum + freed, 0n);
  return { roots: new Set(batches.map(({ root }) => root)), batches: batches.length, expectedLocks };
}

/** Questions with two different texts of an answer, jobs with two receipts, and nonces of a requester with two jobs. */
function doublesOf(asked: readonly Asked[], held: readonly Held[]): number {
  const ofJob = new Map<string, Set<string>>();
  const ofSlot = new Map<string, Set<string>>();
  for (const { jobId, slot, signed } of held) {
    add(ofJob, jobId, signed);
    add(ofSlot, slot, jobId);
  }
  const texts = asked.filter(({ answers }) => answers.size > 1).length;
  const jobs = [...ofJob.values()].filter(({ size }) => size > 1).length;
  return Math.max(texts, jobs) + [...ofSlot.values()].filter(({ size }) => size > 1).length;
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const values = map.get(key) ?? new Set();
  map.set(key, values.add(value));
}

type JournalContents = { receipts: Map<string, string>; leaves: Map<string, ReceiptId[]>; doubles: number };

function readJournal(path: string): JournalContents {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    const rows = database
      .prepare("SELECT receipt_id, receipt_json, batch_root FROM answers ORDER BY batch_root, leaf_index")
      .all() as { receipt_id: ReceiptId; receipt_json: string; batch_root: string | null }[];
    const receipts = new Map<string, string>();
    const leaves = new Map<string, ReceiptId[]>();
    for (const { receipt_id, receipt_json, batch_root } of rows) {
      receipts.set(receipt_id, receipt_json);
      if (batch_root !== null) leaves.set(batch_root, [...(leaves.get(batch_root) ?? []), receipt_id]);
    }
    const { doubles } = database
      .prepare("SELECT COUNT(*) - COUNT(DISTINCT model_id || requester || ' ' || nonce) AS doubles FROM answers")
      .get() as { doubles: number };
    return { receipts, leaves, doubles };
  } finally {
    database.close();
  }
}

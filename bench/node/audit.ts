/** What became of every receipt that customers hold, of every batch and of every transaction, by the chain itself. */
import { DatabaseSync } from "node:sqlite";

import { keccak256 } from "ethers";

import { readAccount } from "../../src/actions/readAccount.ts";
import { contractsOf } from "../../src/chain/contracts.ts";
import { eventsOf } from "../../src/chain/logs.ts";
import { BatchTree } from "../../src/protocol/batchTree.ts";
import type { ReceiptId } from "../../src/protocol/ids.ts";
import { encodeSignedReceipt, parseSignedReceipt } from "../../src/protocol/receiptJson.ts";
import { receiptId } from "../../src/protocol/receipts.ts";
import type { Devnet } from "../../scripts/devnet/devnet.ts";
import { LOCK } from "../../scripts/devnet/devnet.ts";
import type { DevnetOperator } from "../../scripts/devnet/operators.ts";
import type { Asked } from "./load.ts";

/** What was found. All but the first three and the last two must be zero. */
export type Audit = {
  /** Distinct receipts that customers hold. */
  readonly receipts: number;
  /** Of these, in an anchored batch whose root was computed again. */
  readonly anchored: number;
  /** Of these, not anchored, and still in time. */
  readonly anchorable: number;
  /** Jobs, or nonces of a requester, with two receipts. */
  readonly doubleReceipts: number;
  /** Receipts handed out that are neither anchored nor can be. */
  readonly lostReceipts: number;
  /** Receipts handed out that the journal does not have, or has otherwise. */
  readonly journalDiffers: number;
  /** Answers whose request or output is not what the receipt says. */
  readonly wrongBytes: number;
  /** Roots anchored more than once, and receipts that stand in two batches. */
  readonly doubleAnchors: number;
  /** Wei that left the sender for something else than its mined transactions. */
  readonly unexplainedWei: string;
  /** Transactions that were mined and reverted. */
  readonly failedTransactions: number;
  /** What is locked in the vault, less what the anchored answers and the bond lock; stake token, smallest unit. */
  readonly unexplainedLocks: string;
  readonly transactions: number;
  readonly gas: number;
};

type Held = { readonly id: ReceiptId; readonly asked: Asked; readonly text: string; readonly signed: string };

export type AuditOptions = {
  readonly devnet: Devnet;
  /** Its program has ended, so that its journal can be read. */
  readonly operator: DevnetOperator;
  readonly asked: readonly Asked[];
  /** Block and wei from which the sender's money is counted. */
  readonly since: { readonly block: number; readonly balance: bigint };
};

/** Nothing here reads what the program says of itself but its journal, which is compared with what customers hold. */
export async function audit({ devnet, operator, asked, since }: AuditOptions): Promise<Audit> {
  const { provider, deployment, clock } = devnet;
  const { held, wrongBytes } = readAnswers(devnet, asked);
  const journal = readJournal(operator.journal);
  const { attestations } = contractsOf(deployment, provider);
  const head = await provider.getBlockNumber();
  const events = await eventsOf<{ root: string; count: bigint; coverage: bigint }>(
    attestations,
    attestations.filters.BatchAnchored(undefined, operator.address),
    since.block,
    head,
  );
  const batchOf = new Map<string, number>();
  for (const { root } of events) {
    const leaves = journal.leaves.get(root) ?? [];
    const isSame = leaves.length > 0 && new BatchTree(leaves).root === root;
    if (isSame) for (const leaf of leaves) batchOf.set(leaf, (batchOf.get(leaf) ?? 0) + 1);
  }
  const now = await clock.now();
  let [anchored, anchorable, lostReceipts, journalDiffers] = [0, 0, 0, 0];
  for (const { id, signed } of held.values()) {
    const isKept = journal.receipts.get(id) === signed;
    if (!isKept) journalDiffers += 1;
    if (batchOf.has(id)) anchored += 1;
    else if (isKept && parseSignedReceipt(signed).receipt.anchorBy > now) anchorable += 1;
    else lostReceipts += 1;
  }
  const roots = new Set(events.map(({ root }) => root));
  const twice = [...batchOf.values()].filter((count) => count > 1).length;
  const { locked } = await readAccount(provider, deployment, { account: operator.address });
  const bond = await contractsOf(deployment, provider).operators.bondOf(operator.address);
  const expected = events.reduce((sum, { count }) => sum + count * LOCK, 0n);
  return {
    ...{ receipts: held.size, anchored, anchorable, lostReceipts, journalDiffers, wrongBytes },
    doubleReceipts: doublesOf([...held.values()]),
    doubleAnchors: events.length - roots.size + twice,
    unexplainedLocks: String(locked - bond - expected),
    ...(await spendingOf(devnet, operator.sender.address, since)),
  };
}

/** Receipts as customers hold them, by id. */
function readAnswers({ domain }: Devnet, asked: readonly Asked[]): { held: Map<string, Held>; wrongBytes: number } {
  const held = new Map<string, Held>();
  let wrongBytes = 0;
  for (const one of asked) {
    const request = (JSON.parse(one.body) as { request: string }).request;
    for (const text of one.answers) {
      const answer = JSON.parse(text) as { receipt: object; signature: string; request: string; output: string };
      const parsed = parseSignedReceipt(JSON.stringify({ receipt: answer.receipt, signature: answer.signature }));
      const id = receiptId(domain, parsed.receipt);
      const { inputHash, outputHash } = parsed.receipt;
      const isRight = answer.request === request && keccak256(request) === inputHash;
      if (!isRight || keccak256(answer.output) !== outputHash) wrongBytes += 1;
      held.set(`${id} ${text}`, { id, asked: one, text, signed: encodeSignedReceipt(parsed) });
    }
  }
  return { held, wrongBytes };
}

/** Jobs with two different texts of an answer, and slots with two jobs. */
function doublesOf(held: readonly Held[]): number {
  const ofJob = new Map<string, Set<string>>();
  const ofSlot = new Map<string, Set<string>>();
  for (const { asked, text, signed } of held) {
    const { jobId } = parseSignedReceipt(signed).receipt;
    add(ofJob, jobId, text);
    add(ofSlot, asked.slot, jobId);
  }
  return [...ofJob.values(), ...ofSlot.values()].filter(({ size }) => size > 1).length;
}

function add(map: Map<string, Set<string>>, key: string, value: string): void {
  const values = map.get(key) ?? new Set();
  map.set(key, values.add(value));
}

function readJournal(path: string): { receipts: Map<string, string>; leaves: Map<string, ReceiptId[]> } {
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
    return { receipts, leaves };
  } finally {
    database.close();
  }
}

type Spending = Pick<Audit, "unexplainedWei" | "failedTransactions" | "transactions" | "gas">;

/** Reads every block: what a sender's transactions cost, against what left its account. */
async function spendingOf({ provider }: Devnet, sender: string, since: AuditOptions["since"]): Promise<Spending> {
  const head = await provider.getBlockNumber();
  let [spent, failedTransactions, transactions, gas] = [0n, 0, 0, 0n];
  for (let number = since.block + 1; number <= head; number++) {
    const block = (await provider.getBlock(number, true))!;
    for (const transaction of block.prefetchedTransactions) {
      if (transaction.from !== sender) continue;
      const receipt = (await provider.getTransactionReceipt(transaction.hash))!;
      spent += receipt.fee + transaction.value;
      gas += receipt.gasUsed;
      transactions += 1;
      if (receipt.status !== 1) failedTransactions += 1;
    }
  }
  const left = since.balance - (await provider.getBalance(sender, head));
  return { unexplainedWei: String(left - spent), failedTransactions, transactions, gas: Number(gas) };
}

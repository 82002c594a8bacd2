import { ZeroHash, dataLength, dataSlice, getBytes, isHexString } from "ethers";

import { translated } from "../chain/calls.ts";
import { FatalError, RetryableError } from "../errors.ts";
import { BATCH_PAGE } from "../api/schemas.ts";
import { verifyLeaf } from "../protocol/batchTree.ts";
import { RECEIPT_LIFE } from "../protocol/operators.ts";
import { receiptId, type Receipt } from "../protocol/receipts.ts";
import { verifySignature } from "../protocol/signers.ts";
import type { KnownBatch } from "./batchTable.ts";
import type { Context } from "./context.ts";

type Anchored = { anchoredAt: number; lockEnd: number };

/**
 * Reads the leaves of a batch from its operator, page by page, into the journal. Each leaf is believed only if it leads to
 * the root that was anchored; where the operator stops showing, the next attempt goes on.
 */
export async function readLeaves(context: Context, batch: KnownBatch): Promise<void> {
  const { batches, operators, metrics, log, policy } = context;
  const { batchId, header } = batch;
  const anchored = await readAnchored(context, batch);
  if (anchored === undefined) return;
  const client = operators.clientOf(header.operator, header.dataURI);
  let failure: unknown = new FatalError("DATA_URI", "the batch does not say where its leaves are");
  try {
    if (client !== undefined) {
      await readPages(context, batch, anchored, client);
      batches.end(batchId, "read");
      return;
    }
  } catch (error) {
    context.signal.throwIfAborted();
    if (isOwnFault(error)) throw error;
    failure = error;
  }
  const attempts = batches.countAttempt(batchId);
  const code = failure instanceof RetryableError || failure instanceof FatalError ? failure.code : "UNEXPECTED";
  metrics.garbage.inc({ kind: code });
  if (code === "ADDRESS_REFUSED") {
    const text = `batch ${batchId} is served from a private address: fetch.allowPrivateAddresses decides`;
    throw new RetryableError("LEAVES_PRIVATE", text, { cause: failure });
  }
  const isHopeless = code === "DATA_URI";
  if (attempts < policy.fetchAttempts && !isHopeless) {
    const cause = failure instanceof Error ? failure.message : String(failure);
    throw new RetryableError("LEAVES_WITHHELD", `batch ${batchId}, attempt ${attempts}: ${cause}`, { cause: failure });
  }
  // What is not shown never becomes final; what its operator publishes later is seen on chain.
  batches.end(batchId, "withheld");
  log.warn({ batchId, operator: header.operator, code, attempts }, "the leaves of a batch are withheld");
}

/** A fault of this program's own disk or chain is none of the operator's. */
function isOwnFault(error: unknown): boolean {
  const code = error instanceof FatalError || error instanceof RetryableError ? error.code : "";
  return code.startsWith("JOURNAL_") || code.startsWith("CHAIN_");
}

/** Undefined if the chain does not have the batch any more, or it is too old even to be evidence. */
async function readAnchored(
  { contracts, batches, head, evidencePeriod }: Context,
  { batchId }: KnownBatch,
): Promise<Anchored | undefined> {
  const view = await translated(contracts, () => contracts.attestations.batch(batchId));
  const [anchoredAt, lockEnd] = [Number(view.anchoredAt), Number(view.lockEnd)];
  if (anchoredAt === 0) return undefined;
  batches.setLockEnd(batchId, lockEnd);
  if (head().timestamp < Math.max(lockEnd, anchoredAt + evidencePeriod)) return { anchoredAt, lockEnd };
  batches.end(batchId, "withheld");
  return undefined;
}

async function readPages(
  { journal, batches, answers, domain, metrics, signal }: Context,
  { batchId, header, nextIndex }: KnownBatch,
  { anchoredAt }: Anchored,
  client: NonNullable<ReturnType<Context["operators"]["clientOf"]>>,
): Promise<void> {
  for (let next = nextIndex; next < header.count;) {
    const { leaves } = await client.batchPage(header.root, next, signal);
    const expected = Math.min(header.count - next, BATCH_PAGE);
    if (leaves.length !== expected) {
      const text = `from leaf ${next} of ${header.count} on: expected ${expected} leaves, got ${leaves.length}`;
      throw new FatalError("LEAVES_MISSING", text); // one leaf in each page would keep us busy for as long as it likes
    }
    const believed = leaves.map((leaf) => {
      const { receipt, index, proof } = leaf;
      const id = receiptId(domain, receipt);
      if (!verifyLeaf({ root: header.root, count: header.count, leaf: id, index, proof })) {
        throw new FatalError("LEAF_OTHER", `leaf ${index} does not lead to the root that was anchored`);
      }
      return { leaf, id };
    });
    journal.transaction(() => {
      for (const { leaf, id } of believed) {
        // Void: it locks nothing for anybody, cannot be published, and is no evidence of a signature.
        if (!isValid(leaf.receipt, header, anchoredAt)) {
          metrics.garbage.inc({ kind: "VOID_LEAF" });
          continue;
        }
        const { receipt, index, proof } = leaf;
        const signature = isSignedBy(receipt, leaf.signature, id) ? leaf.signature : undefined;
        if (signature === undefined) metrics.garbage.inc({ kind: "SIGNATURE" });
        const bytes = { request: bytesOf(leaf.request), output: bytesOf(leaf.output) };
        answers.add({ receiptId: id, receipt, signature, ...bytes, place: { batchId, index, proof } });
      }
      next += leaves.length;
      batches.setNextIndex(batchId, next);
    });
  }
}

/** As `AttestationRegistry` decides whether a leaf is void. */
function isValid(receipt: Receipt, header: KnownBatch["header"], anchoredAt: number): boolean {
  const { operator, signerId, modelId, coverage, jobId, issuedAt, anchorBy } = receipt;
  const isHeaders =
    operator === header.operator &&
    signerId === header.signerId &&
    modelId === header.modelId &&
    coverage === header.coverage;
  const isInTime =
    issuedAt >= anchoredAt - RECEIPT_LIFE &&
    issuedAt <= anchoredAt &&
    anchorBy > anchoredAt &&
    anchorBy <= issuedAt + RECEIPT_LIFE;
  return isHeaders && isInTime && jobId !== ZeroHash;
}

/** Whether the key that the receipt names signed it. Which verifiers the deployment knows, the contract says. */
export function isSignedBy({ signerId }: Receipt, signature: string, digest: string): boolean {
  return verifySignature({ signerId, digest, signature, p256Verifier: verifierOf(signature) });
}

/** `abi.encode(signer bytes, raw signature)`: the first 20 bytes of a signer that is not an address. */
function verifierOf(signature: string): string {
  const start = 3 * 32;
  return isHexString(signature) && dataLength(signature) >= start + 20 ? dataSlice(signature, start, start + 20) : "0x";
}

function bytesOf(hex: string | undefined): Uint8Array | undefined {
  return hex === undefined ? undefined : getBytes(hex);
}

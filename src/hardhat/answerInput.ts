/** Finds the answer that somebody means: on the chain by its id, or in a file as operators hand them out. */
import { ZeroHash } from "ethers";
import { z } from "zod";

import { readAnswer } from "../actions/readAnswer.ts";
import { bareLeaf, type Leaf } from "../protocol/answers.ts";
import type { Batch } from "../protocol/batches.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import { hash, hex, parseBatch, parseSignedReceipt } from "../protocol/receiptJson.ts";
import { receiptId, type Receipt } from "../protocol/receipts.ts";
import { credenceDomain } from "../protocol/typedData.ts";
import { countInput, fileInput, InputError } from "./inputs.ts";
import type { ReadingSession } from "./session.ts";

/** An answer, with what is known of it. */
export type GivenAnswer = {
  readonly receiptId: ReceiptId;
  readonly receipt: Receipt;
  /** Where it stands in its batch; the receipt alone if that is not known. */
  readonly leaf: Leaf;
  /** Whether the leaf shows a place in a batch. */
  readonly isPlaced: boolean;
  /** Of the receipt; empty if not known. */
  readonly signature: string;
  /** In hex; empty if not known. */
  readonly request: string;
  readonly output: string;
};

const bytes = hex(true, "bytes");
/** As `POST /v1/models/{id}/answers` of an operator gives it; more may stand beside. */
const answerFile = z.object({
  receipt: z.unknown(),
  signature: bytes,
  request: bytes.optional(),
  output: bytes.optional(),
});
const leafFile = answerFile.extend({ index: z.int().min(0), proof: z.array(hash) });
/** As `GET /v1/batches/{id}` of an operator gives it. */
const batchFile = z.object({ batch: z.unknown(), leaves: z.array(leafFile) });

type LeafFile = z.infer<typeof leafFile>;

const EXPECTED =
  "a receipt id (0x and 64 hex digits), or a file: an answer or a batch as the operator's API gives them";

function jsonOf(name: string, path: string, text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // said below
  }
  throw new InputError(name, path, EXPECTED);
}

function checked<Value>(name: string, path: string, schema: z.ZodType<Value>, value: unknown): Value {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const place = issue!.path.join(".") || "it";
  throw new InputError(name, path, `${EXPECTED}; ${place}: ${issue!.message}`);
}

/** Reads a batch header from a file: the header itself, or a batch of the operator's API. */
export async function batchInput(name: string, path: string): Promise<Batch> {
  const content = jsonOf(name, path, await fileInput(name, path));
  return parseBatch(JSON.stringify(content.batch ?? content));
}

function chosenLeaf(name: string, path: string, leaves: readonly LeafFile[], index: string | undefined): LeafFile {
  if (index === undefined && leaves.length === 1) return leaves[0]!;
  const wanted = index === undefined ? undefined : countInput("--index", index);
  const found = leaves.find((leaf) => leaf.index === wanted);
  if (found !== undefined) return found;
  const there = leaves.map((leaf) => leaf.index).join(", ");
  throw new InputError("--index", index, `the index of a leaf in ${path}: ${there || "there is none"}`);
}

async function fromFile(session: ReadingSession, name: string, path: string, index?: string): Promise<GivenAnswer> {
  const content = jsonOf(name, path, await fileInput(name, path));
  const { chainId } = await session.provider.getNetwork();
  const domain = credenceDomain(chainId, session.deployment.attestations);
  const given = (
    file: z.infer<typeof answerFile>,
    placed?: { batch: Batch; index: number; proof: string[] },
  ): GivenAnswer => {
    const { signature, request = "0x", output = "0x" } = file;
    const { receipt } = parseSignedReceipt(JSON.stringify({ receipt: file.receipt, signature }));
    const leaf = placed === undefined ? bareLeaf(receipt) : { ...placed, receipt };
    const isPlaced = placed !== undefined;
    return { receiptId: receiptId(domain, receipt), receipt, leaf, isPlaced, signature, request, output };
  };
  if (!("leaves" in content)) return given(checked(name, path, answerFile, content));
  const { leaves, batch } = checked(name, path, batchFile, content);
  const leaf = chosenLeaf(name, path, leaves, index);
  return given(leaf, { batch: parseBatch(JSON.stringify(batch)), index: leaf.index, proof: leaf.proof });
}

/**
 * @param text - What was typed: the id of a published answer, or the path of a file.
 * @param index - Of the leaf, if the file is a batch of several.
 * @throws InputError if it is neither, or no such answer is published.
 */
export async function answerInput(
  session: ReadingSession,
  name: string,
  text: string,
  index?: string,
): Promise<GivenAnswer> {
  if (!/^0x[0-9a-f]{64}$/i.test(text)) return fromFile(session, name, text, index);
  const id = text.toLowerCase() as ReceiptId;
  const { provider, deployment } = session;
  const found = await readAnswer(provider, deployment, { receiptId: id });
  if (found === undefined) {
    throw new InputError(name, text, "the receipt id of a published answer; before it is published, its file");
  }
  const { receipt, request, output } = found;
  return { receiptId: id, receipt, leaf: bareLeaf(receipt), isPlaced: false, signature: "0x", request, output };
}

/** An answer at a place in a batch. @throws as `answerInput`, and InputError if the file says no place. */
export async function leafInput(
  session: ReadingSession,
  name: string,
  path: string,
  index?: string,
): Promise<GivenAnswer> {
  const answer = await answerInput(session, name, path, index);
  if (answer.isPlaced && answer.leaf.batch.root !== ZeroHash) return answer;
  throw new InputError(name, path, "a file with a batch, as the operator's API gives it under /v1/batches");
}

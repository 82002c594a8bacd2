import { ZeroAddress, ZeroHash, dataLength, isHexString, keccak256 } from "ethers";
import type { Block, BytesLike, Provider } from "ethers";

import { translated, unitOf } from "../chain/calls.ts";
import { contractsOf, type Contracts } from "../chain/contracts.ts";
import { readBacking, roomsAt } from "../chain/rooms.ts";
import { CredenceError } from "../errors.ts";
import { MAX_SHOWN_BYTES } from "../inference/spec.ts";
import type { Deployment } from "../protocol/deployment.ts";
import { ContractError, formatAmount, formatTime } from "../protocol/errors.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import { coverageDown, lockUp } from "../protocol/lockMath.ts";
import { Ground } from "../protocol/models.ts";
import { RECEIPT_LIFE } from "../protocol/operators.ts";
import { receiptId, type Receipt, type SignedReceipt } from "../protocol/receipts.ts";
import { credenceDomain } from "../protocol/typedData.ts";

export type VerifyReceiptParameters = {
  signed: SignedReceipt;
  /** The bytes that the receipt's hashes are of. An answer can be published by those only who hold them. */
  request: BytesLike;
  output: BytesLike;
  /** What the operator has promised in other receipts that are not anchored yet: coverage and penalty, as far as known. */
  promised?: bigint;
  /**
   * For models that token holders judge: coverage of one answer up to which you trust them, instead of what the court
   * itself calls prudent. Stake token, smallest unit.
   */
  courtTrust?: bigint;
};

/** What is wrong with a receipt. */
export type ReceiptProblemCode =
  | "FIELDS" // not of their types
  | "JOB" // no job id
  | "PUBLISHED" // ask `checkReceipt` instead
  | "ISSUED_IN_FUTURE" // after the newest block
  | "ANCHOR_BY_OVER"
  | "ANCHOR_BY_TOO_LATE" // more than a day after its issue
  | "REQUEST" // other bytes
  | "OUTPUT" // other bytes
  | "SHOWN_TOO_LONG" // can never be published
  | "SIGNATURE"
  | "KEY" // not the operator's, or not valid at issuedAt
  | "RECALLED" // the key was reported, or the operator tombstoned: never final
  | "STANDING_WHEN_ISSUED" // not registered, in jail, or gone
  | "STANDING_NOW" // the same, now
  | "MODEL_UNKNOWN"
  | "MODEL_DEPRECATED" // no new batches; the receipt alone can still be anchored
  | "COVERAGE" // below the model's minimum
  | "COURT_TRUST" // above what token holders should be trusted with, for one answer
  | "BENEFICIARY" // the model has private input, and nobody could contest
  | "OPTED_OUT" // locks nothing any more before anchorBy
  | "STAKE" // too little can be locked up to anchorBy
  | "EXPOSURE_CAP"; // leaves too little up to anchorBy

export type ReceiptProblem = { code: ReceiptProblemCode; message: string };

export type ReceiptVerdict = {
  /** No problem was found. */
  ok: boolean;
  problems: ReceiptProblem[];
  /** Undefined if the receipt's fields are not of their types. */
  receiptId: ReceiptId | undefined;
  /**
   * Coverage that the beneficiary could be paid if the receipt is anchored at the last moment and then overturned, unless
   * the operator locks stake for others before; 0 if it cannot be anchored. Stake token, smallest unit.
   */
  payableIfAnchored: bigint;
};

/** With these alone, a receipt can still be anchored. */
const LESSENING: readonly ReceiptProblemCode[] = [
  "RECALLED",
  "STANDING_NOW",
  "MODEL_DEPRECATED",
  "COURT_TRUST",
  "OPTED_OUT",
  "STAKE",
  "EXPOSURE_CAP",
];

/**
 * May I rely on this receipt before it is anchored? Reads the chain at its newest block and never throws because of the
 * receipt. Whether it answers your question (model, input, beneficiary, coverage) is yours to compare.
 *
 * Token holders can be bought for more than they have to lose: for a model that they judge, more coverage than
 * `prudentCoverage` of the court is a problem unless `courtTrust` says otherwise. It bounds one answer, not all that a
 * lasting majority could do.
 *
 * What it cannot know: receipts that the operator has handed out to others. Until it is anchored, a promise is worth what
 * is lockable when it is, and beyond that half of a standing bond that all share.
 * @throws RetryableError `CHAIN_UNREACHABLE` if the node does not answer.
 * @example
 * const { ok, problems } = await verifyReceipt(provider, deployment, { signed, request, output });
 * if (!ok) console.warn(problems.map(({ message }) => message).join("\n"));
 */
export async function verifyReceipt(
  provider: Provider,
  deployment: Deployment,
  { signed, request, output, promised = 0n, courtTrust }: VerifyReceiptParameters,
): Promise<ReceiptVerdict> {
  const contracts = contractsOf(deployment, provider);
  return translated(contracts, async () => {
    const { chainId } = await provider.getNetwork();
    let id: ReceiptId;
    try {
      id = receiptId(credenceDomain(chainId, deployment.attestations), signed.receipt);
    } catch (error) {
      if (!(error instanceof CredenceError)) throw error;
      const message = `The receipt is malformed: ${error.message}.`;
      return { ok: false, problems: [{ code: "FIELDS", message }], receiptId: undefined, payableIfAnchored: 0n };
    }
    const view: View = { contracts, provider, block: (await provider.getBlock("latest"))! };
    return verifyAt(view, id, { signed, request, output, promised, courtTrust });
  });
}

async function verifyAt(
  view: View,
  id: ReceiptId,
  { signed, request, output, promised, courtTrust }: Claim,
): Promise<ReceiptVerdict> {
  const { receipt, signature } = signed;
  const terms = await readTerms(view, receipt);
  const [published, key, standing, model, court, stake] = await Promise.all([
    publicationProblems(view, id),
    keyProblems(view, receipt, id, signature),
    standingProblems(view, receipt),
    modelProblems(view, receipt, terms),
    courtProblems(view, receipt, terms, courtTrust),
    terms === undefined ? NO_STAKE : checkStake(view, receipt, terms.penaltyBps, promised),
  ]);
  const problems = [
    ...published,
    ...timeProblems(receipt, view.block.timestamp),
    ...contentProblems(receipt, request, output, terms?.privateInput ?? false),
    ...key,
    ...standing,
    ...model,
    ...court,
    ...stake.problems,
  ];
  const anchorable = problems.every(({ code }) => LESSENING.includes(code));
  const payableIfAnchored = anchorable && receipt.beneficiary !== ZeroAddress ? stake.coverage : 0n;
  return { ok: problems.length === 0, problems, receiptId: id, payableIfAnchored };
}

/** What is to be verified. */
type Claim = VerifyReceiptParameters & { promised: bigint; courtTrust: bigint | undefined };

/** The chain at one block. */
type View = { contracts: Contracts; provider: Provider; block: Block };

type Terms = {
  minCoverage: bigint;
  penaltyBps: number;
  grounds: number;
  privateInput: boolean;
  deprecatedAt: number;
};

/** What there is to lock, and the coverage that a receipt then has. */
type StakeVerdict = { problems: ReceiptProblem[]; coverage: bigint };

const NO_STAKE: StakeVerdict = { problems: [], coverage: 0n };

const at = ({ block }: View) => ({ blockTag: block.number });

/** Why a contract refuses a read; undefined if it does not. */
async function refusal(view: View, read: () => Promise<unknown>): Promise<ContractError | undefined> {
  try {
    await translated(view.contracts, read);
    return undefined;
  } catch (error) {
    if (error instanceof ContractError) return error;
    throw error;
  }
}

async function publicationProblems(view: View, id: ReceiptId): Promise<ReceiptProblem[]> {
  const { publishedAt } = await view.contracts.attestations.answer(id, at(view));
  if (publishedAt === 0n) return [];
  return [
    { code: "PUBLISHED", message: `The answer was published at ${formatTime(publishedAt)}: check that instead.` },
  ];
}

function timeProblems({ jobId, issuedAt, anchorBy }: Receipt, now: number): ReceiptProblem[] {
  const problems: ReceiptProblem[] = [];
  const add = (code: ReceiptProblemCode, message: string) => problems.push({ code, message });
  const latest = issuedAt + RECEIPT_LIFE;
  if (jobId === ZeroHash) add("JOB", "The receipt names no job.");
  if (issuedAt > now) {
    add("ISSUED_IN_FUTURE", `The receipt is dated ${formatTime(issuedAt)}, the newest block ${formatTime(now)}.`);
  }
  if (anchorBy <= now) {
    add("ANCHOR_BY_OVER", `The receipt had to be anchored before ${formatTime(anchorBy)}; it is ${formatTime(now)}.`);
  }
  if (anchorBy > latest) {
    const limit = `more than a day after its issue (latest ${formatTime(latest)})`;
    add("ANCHOR_BY_TOO_LATE", `The receipt may be anchored until ${formatTime(anchorBy)}, ${limit}.`);
  }
  return problems;
}

function contentProblems(
  { inputHash, outputHash }: Receipt,
  request: BytesLike,
  output: BytesLike,
  privateInput: boolean,
): ReceiptProblem[] {
  const problems: ReceiptProblem[] = [];
  const [actualInput, actualOutput] = [keccak256(request), keccak256(output)];
  if (actualInput !== inputHash) {
    problems.push({
      code: "REQUEST",
      message: `The request hashes to ${actualInput}, the receipt names ${inputHash}.`,
    });
  }
  if (actualOutput !== outputHash) {
    problems.push({
      code: "OUTPUT",
      message: `The output hashes to ${actualOutput}, the receipt names ${outputHash}.`,
    });
  }
  const length = dataLength(request) + dataLength(output);
  if (!privateInput && length > MAX_SHOWN_BYTES) {
    const message = `Request and output have ${length} bytes together, at most ${MAX_SHOWN_BYTES} can be published.`;
    problems.push({ code: "SHOWN_TOO_LONG", message });
  }
  return problems;
}

async function keyProblems(
  view: View,
  { operator, signerId, issuedAt }: Receipt,
  id: ReceiptId,
  signature: string,
): Promise<ReceiptProblem[]> {
  if (!isHexString(signature)) return [{ code: "SIGNATURE", message: "The signature is not hex." }];
  const { operators } = view.contracts;
  const [refused, recalledAt] = await Promise.all([
    refusal(view, () => operators.requireSigned(operator, signerId, issuedAt, id, signature, at(view))),
    operators.recalledAt(operator, signerId, issuedAt, at(view)),
  ]);
  const problems: ReceiptProblem[] = [];
  if (refused !== undefined) {
    const code = ["SignerOfOther", "SignerNotValid"].includes(refused.code) ? "KEY" : "SIGNATURE";
    problems.push({ code, message: refused.message });
  }
  if (recalledAt <= BigInt(view.block.timestamp)) {
    const message = `Answers of this key are recalled since ${formatTime(recalledAt)}: it never becomes final.`;
    problems.push({ code: "RECALLED", message });
  }
  return problems;
}

async function standingProblems(view: View, { operator, issuedAt }: Receipt): Promise<ReceiptProblem[]> {
  const { operators } = view.contracts;
  const [issued, now] = await Promise.all([
    refusal(view, () => operators.requireStanding(operator, issuedAt, at(view))),
    refusal(view, () => operators.requireStanding(operator, view.block.timestamp, at(view))),
  ]);
  const problems: ReceiptProblem[] = [];
  if (issued !== undefined) problems.push({ code: "STANDING_WHEN_ISSUED", message: issued.message });
  if (now !== undefined) problems.push({ code: "STANDING_NOW", message: now.message });
  return problems;
}

/** Undefined if the model is not published. */
async function readTerms(view: View, { modelId }: Receipt): Promise<Terms | undefined> {
  let terms: Terms | undefined;
  const refused = await refusal(view, async () => {
    const read = await view.contracts.models.terms(modelId, at(view));
    terms = {
      minCoverage: read.minCoverage,
      penaltyBps: Number(read.penaltyBps),
      grounds: Number(read.grounds),
      privateInput: read.privateInput,
      deprecatedAt: Number(read.deprecatedAt),
    };
  });
  if (refused !== undefined && refused.code !== "ModelUnknown") throw refused;
  return terms;
}

async function modelProblems(
  view: View,
  { modelId, coverage, beneficiary }: Receipt,
  terms: Terms | undefined,
): Promise<ReceiptProblem[]> {
  if (terms === undefined) return [{ code: "MODEL_UNKNOWN", message: `Model ${modelId} was never published.` }];
  const problems: ReceiptProblem[] = [];
  if (terms.deprecatedAt !== 0) {
    const message = `The model takes no new batches since ${formatTime(terms.deprecatedAt)}.`;
    problems.push({ code: "MODEL_DEPRECATED", message });
  }
  if (coverage < terms.minCoverage) {
    const unit = await unitOf(view.contracts);
    const [actual, minimum] = [formatAmount(coverage, unit), formatAmount(terms.minCoverage, unit)];
    problems.push({ code: "COVERAGE", message: `The coverage is ${actual}, the model asks for at least ${minimum}.` });
  }
  if (terms.privateInput && beneficiary === ZeroAddress) {
    const message = "The model has private input, and the receipt names no beneficiary who could contest the answer.";
    problems.push({ code: "BENEFICIARY", message });
  }
  return problems;
}

/** Whether more is at stake than token holders should be trusted with, where they judge. */
async function courtProblems(
  view: View,
  { coverage }: Receipt,
  terms: Terms | undefined,
  courtTrust: bigint | undefined,
): Promise<ReceiptProblem[]> {
  if (terms === undefined || (terms.grounds & Ground.Judgement) === 0) return [];
  const trusted = courtTrust ?? (await view.contracts.court.prudentCoverage(at(view)));
  if (coverage <= trusted) return [];
  const unit = await unitOf(view.contracts);
  const [actual, maximum] = [formatAmount(coverage, unit), formatAmount(trusted, unit)];
  const message = `Token holders judge the model's answers, and are to be trusted with ${maximum} for one; the coverage is ${actual}.`;
  return [{ code: "COURT_TRUST", message }];
}

/** What the receipt needs against what will still be lockable when it can be anchored for the last time. */
async function checkStake(
  view: View,
  { operator, anchorBy, coverage }: Receipt,
  penaltyBps: number,
  promised: bigint,
): Promise<StakeVerdict> {
  const required = lockUp(coverage, penaltyBps);
  const backing = await readBacking(view.contracts, view.provider, view.block, operator);
  const { stake, cap } = roomsAt(backing, anchorBy);
  const { optedInUntil } = backing;
  const unit = await unitOf(view.contracts);
  const needed = `it needs ${formatAmount(required + promised, unit)}${promised > 0n ? " with what else was promised" : ""}`;
  const problems: ReceiptProblem[] = [];
  if (optedInUntil < anchorBy) {
    const message = `The operator's stake can be locked until ${formatTime(optedInUntil)}, and the receipt anchored until ${formatTime(anchorBy)}.`;
    problems.push({ code: "OPTED_OUT", message });
  }
  if (stake < required + promised) {
    const message = `Until ${formatTime(anchorBy)} the operator's stake has ${formatAmount(stake, unit)} to lock, ${needed}.`;
    problems.push({ code: "STAKE", message });
  }
  if (cap < required + promised) {
    const message = `Until ${formatTime(anchorBy)} the operator's exposure cap leaves ${formatAmount(cap, unit)}, ${needed}.`;
    problems.push({ code: "EXPOSURE_CAP", message });
  }
  const room = optedInUntil < anchorBy ? 0n : least(stake, cap) - promised;
  return { problems, coverage: coverageDown(least(required, positive(room)), penaltyBps) };
}

const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const positive = (a: bigint): bigint => (a > 0n ? a : 0n);

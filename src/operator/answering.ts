import { ZeroAddress, keccak256 } from "ethers";

import { CredenceError, FatalError, RetryableError } from "../errors.ts";
import { MAX_SHOWN_BYTES } from "../inference/spec.ts";
import type { JobId, ModelId } from "../protocol/ids.ts";
import { jobId } from "../protocol/jobs.ts";
import { lockUp } from "../protocol/lockMath.ts";
import { receiptId, signReceipt, type Receipt, type SignedReceipt } from "../protocol/receipts.ts";
import type { ReceiptSigner } from "../protocol/signers.ts";
import type { Domain } from "../protocol/typedData.ts";
import type { GroupCommit } from "./groupCommit.ts";
import type { AnswerJournal, NewAnswer, StoredAnswer } from "./journal.ts";
import type { HostedModel } from "./models/hostModels.ts";
import type { ModelRun } from "./models/runReplayable.ts";
import type { PromiseLedger, Reservation } from "./promises.ts";
import { receiptOf } from "./receiptOf.ts";
import type { Standing, StandingReader } from "./standing.ts";

/** One question. Addresses in lower case. */
export type AskedJob = {
  modelId: ModelId;
  request: Uint8Array;
  /** Who asks; with the nonce and the request it makes the job. */
  requester: string;
  nonce: bigint;
  /** Who is paid the coverage if the answer is overturned. */
  beneficiary: string;
  /** Stake token, smallest unit; the model's usual one if undefined. */
  coverage: bigint | undefined;
  /** The customer wants the answer published and final. */
  publish: boolean;
};

export type AnswerDeskOptions = {
  answers: AnswerJournal;
  writer: GroupCommit;
  models: ReadonlyMap<ModelId, HostedModel>;
  ledger: PromiseLedger;
  standings: Pick<StandingReader, "atHead">;
  signer: ReceiptSigner;
  /** The operator's address, in lower case. */
  operator: string;
  /** Of AttestationRegistry. */
  domain: Domain;
  /** How long a receipt can be anchored, seconds; at most a day. */
  anchorWithin: number;
  /** Answers that are made at the same time; more are refused. */
  maxPending: number;
};

/** The node does not answer, or says that it cannot tell now. */
const UNREAD: readonly string[] = ["CHAIN_UNREACHABLE", "CHAIN_REFUSED"];

type Running = { jobId: JobId; job: AskedJob; coverage: bigint; answer: Promise<StoredAnswer> };

/**
 * The desk at which every job is signed once. A job that was answered gets the receipt in the journal, whatever has become of
 * the operator since; a new one is looked up, run, covered, signed and written down, in this order, and only then returned.
 */
export class AnswerDesk {
  readonly #options: AnswerDeskOptions;
  readonly #running = new Map<string, Running>();
  #isClosed = false;

  constructor(options: AnswerDeskOptions) {
    this.#options = options;
  }

  /** How many answers are being made. */
  get pending(): number {
    return this.#running.size;
  }

  /**
   * The answer to a job; the same one each time it is asked for.
   * @throws CredenceError with a code of `API_ERRORS`.
   */
  async answer(job: AskedJob): Promise<StoredAnswer> {
    const { answers } = this.#options;
    const { modelId, requester, nonce, request } = job;
    const id = jobId({ requester, nonce, modelId, inputHash: keccak256(request) });
    const stored = answers.answerOfNonce(modelId, requester, nonce);
    if (stored !== undefined) return this.#repeat(stored, job, id);
    const key = `${modelId}:${requester}:${nonce}`;
    const running = this.#running.get(key);
    if (running !== undefined) {
      requireSame(running.jobId, running.job.beneficiary, running.coverage, job, id);
      return this.#repeat(await running.answer, job, id);
    }
    const model = this.#options.models.get(modelId);
    if (model === undefined)
      throw new FatalError("MODEL_UNKNOWN", `this operator does not answer for model ${modelId}`);
    const coverage = requireTerms(model, job);
    this.#requireRoom();
    const answer = this.#make(model, job, coverage).finally(() => this.#running.delete(key));
    this.#running.set(key, { jobId: id, job, coverage, answer });
    return answer;
  }

  /**
   * Whether anything can be answered now.
   * @throws CredenceError with a code of `API_ERRORS` that says why not.
   */
  async requireReady(): Promise<void> {
    const models = [...this.#options.models.values()];
    await this.#atHead((standing) => {
      const refusals = models.map((model) => this.#refusal(standing, model, model.coverage));
      if (refusals.every((refusal) => refusal !== undefined)) {
        throw refusals[0] ?? new RetryableError("MODEL_NOT_SERVED", "no model is configured");
      }
    });
  }

  /** Takes on no new job; resolves when the answers that are being made are made. */
  async close(): Promise<void> {
    this.#isClosed = true;
    while (this.#running.size > 0) await Promise.allSettled([...this.#running.values()].map(({ answer }) => answer));
  }

  #requireRoom(): void {
    const { maxPending } = this.#options;
    if (this.#isClosed) throw new RetryableError("SHUTTING_DOWN", "the operator's program is ending");
    if (this.#running.size < maxPending) return;
    throw new RetryableError("BUSY", `${maxPending} answers are being made already`);
  }

  #repeat(stored: StoredAnswer, job: AskedJob, id: JobId): StoredAnswer {
    const { receipt } = stored.signed;
    requireSame(receipt.jobId, receipt.beneficiary, receipt.coverage, job, id);
    if (job.publish && !stored.wantsFinal) this.#options.answers.setWantsFinal(stored.receiptId);
    return stored;
  }

  async #make(model: HostedModel, job: AskedJob, coverage: bigint): Promise<StoredAnswer> {
    // What would be refused in the end is refused before it costs work.
    await this.#atHead((standing) => {
      const refusal = this.#refusal(standing, model, coverage);
      if (refusal !== undefined) throw refusal;
    });
    const run = await model.run(job.request);
    requireShowable(model, job.request.length + run.output.length);
    const { receipt, reservation, lock } = await this.#reserve(model, job, coverage, run);
    try {
      const signed = await this.#sign(receipt);
      const answer = {
        ...{ receiptId: receiptId(this.#options.domain, receipt), signed, lock },
        ...{ requester: job.requester, nonce: job.nonce, request: job.request },
        ...{ output: run.output, trace: run.trace, wantsFinal: job.publish },
      };
      await this.#write(answer, reservation);
      return { ...answer, leaf: undefined };
    } finally {
      reservation.free(); // unless it was kept
    }
  }

  async #reserve(
    model: HostedModel,
    job: AskedJob,
    coverage: bigint,
    run: ModelRun,
  ): Promise<{ receipt: Receipt; reservation: Reservation; lock: bigint }> {
    const { operator, signer, anchorWithin, ledger } = this.#options;
    return this.#atHead((standing) => {
      const refusal = standingRefusal(standing, model);
      if (refusal !== undefined) throw refusal;
      const { head, backing } = standing;
      const { modelId, request, requester, nonce, beneficiary } = job;
      const receipt = receiptOf({
        ...{ operator, signerId: signer.signerId, modelId, request, requester, nonce, beneficiary, coverage, run },
        ...{ issuedAt: head.timestamp, anchorWithin },
      });
      const lock = lockUp(coverage, model.penaltyBps);
      return { receipt, lock, reservation: ledger.reserve({ head, backing, lock, anchorBy: receipt.anchorBy }) };
    });
  }

  async #sign(receipt: Receipt): Promise<SignedReceipt> {
    const { signer, domain } = this.#options;
    try {
      return await signReceipt(signer, domain, receipt);
    } catch (cause) {
      throw new RetryableError("SIGNING_FAILED", "the operator's key did not sign", { cause });
    }
  }

  async #write(answer: NewAnswer, reservation: Reservation): Promise<void> {
    const { answers, writer } = this.#options;
    try {
      await writer.add(
        () => {
          answers.addAnswer(answer);
        },
        () => {
          reservation.keep();
        },
      );
    } catch (cause) {
      const isFull = cause instanceof CredenceError && cause.code === "JOURNAL_FULL";
      if (isFull) throw new RetryableError("JOURNAL_FULL", "the disk of the operator's journal is full", { cause });
      throw new RetryableError("JOURNAL_FAILED", "the operator's journal cannot be written", { cause });
    }
  }

  /** Why a receipt of that coverage would be refused now; undefined if it would not. */
  #refusal(standing: Standing, model: HostedModel, coverage: bigint): CredenceError | undefined {
    const refusal = standingRefusal(standing, model);
    if (refusal !== undefined) return refusal;
    const { head, backing } = standing;
    const { ledger, anchorWithin } = this.#options;
    const lock = lockUp(coverage, model.penaltyBps);
    try {
      ledger.require({ head, backing, lock, anchorBy: head.timestamp + anchorWithin });
      return undefined;
    } catch (error) {
      if (error instanceof CredenceError) return error;
      throw error;
    }
  }

  async #atHead<Result>(work: (standing: Standing) => Result): Promise<Result> {
    try {
      return await this.#options.standings.atHead(work);
    } catch (error) {
      if (!(error instanceof CredenceError) || !UNREAD.includes(error.code)) throw error;
      throw new RetryableError("CHAIN_STALE", "the operator's node does not answer", { cause: error });
    }
  }
}

/** The same question again is answered with the same receipt; something else under its name is refused. */
function requireSame(jobId: JobId, beneficiary: string, coverage: bigint, asked: AskedJob, id: JobId): void {
  if (jobId !== id) {
    const sentence = "another request was answered under this nonce: ask with a new one";
    throw new FatalError("JOB_OTHER_INPUT", `${sentence}; that job is ${jobId}, this one would be ${id}`);
  }
  if (beneficiary !== asked.beneficiary) {
    throw new FatalError(
      "JOB_OTHER_TERMS",
      `the job was asked with beneficiary ${beneficiary}, now ${asked.beneficiary}`,
    );
  }
  if (asked.coverage !== undefined && asked.coverage !== coverage) {
    throw new FatalError("JOB_OTHER_TERMS", `the job was asked with coverage ${coverage}, now ${asked.coverage}`);
  }
}

/** What can be said of a job without chain and model. @returns its coverage. */
function requireTerms(model: HostedModel, job: AskedJob): bigint {
  const coverage = job.coverage ?? model.coverage;
  const { minCoverage, maxCoverage, privateInput } = model;
  if (coverage < minCoverage || coverage > maxCoverage) {
    throw new FatalError("COVERAGE_RANGE", `expected a coverage of ${minCoverage} to ${maxCoverage}, got ${coverage}`);
  }
  if (privateInput && job.beneficiary === ZeroAddress) {
    const sentence = "the model has private input: without a beneficiary nobody could contest the answer";
    throw new FatalError("BENEFICIARY_MISSING", sentence);
  }
  requireShowable(model, job.request.length);
  return coverage;
}

/** @param length of request and output, as far as known, bytes. */
function requireShowable({ privateInput }: HostedModel, length: number): void {
  if (privateInput || length <= MAX_SHOWN_BYTES) return;
  const sentence = `request and output have ${length} bytes, at most ${MAX_SHOWN_BYTES} can be published`;
  throw new FatalError("TOO_LONG_TO_SHOW", sentence);
}

function standingRefusal({ refusal, unserved }: Standing, { modelId }: HostedModel): CredenceError | undefined {
  if (refusal !== undefined) return new RetryableError("NOT_ACTIVE", refusal);
  const reason = unserved.get(modelId);
  return reason === undefined ? undefined : new RetryableError("MODEL_NOT_SERVED", reason);
}

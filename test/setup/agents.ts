import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { Wallet, hexlify, id, keccak256, type BytesLike } from "ethers";

import { addSigner } from "../../src/actions/addSigner.ts";
import { anchorReceipt } from "../../src/actions/anchorReceipt.ts";
import { anchorBatch } from "../../src/actions/anchorBatch.ts";
import { hostModel } from "../../src/actions/hostModel.ts";
import { optIn } from "../../src/actions/optIn.ts";
import { publishAnswer } from "../../src/actions/publishAnswer.ts";
import { checkReceipt } from "../../src/actions/checkReceipt.ts";
import { proveFault } from "../../src/actions/proveFault.ts";
import { readOperator } from "../../src/actions/readOperator.ts";
import { registerOperator } from "../../src/actions/registerOperator.ts";
import { slashEquivocation } from "../../src/actions/slashEquivocation.ts";
import { stake } from "../../src/actions/stake.ts";
import { commitTrace } from "../../src/inference/commitments.ts";
import { evaluate } from "../../src/inference/evaluate.ts";
import { findFault } from "../../src/inference/faults.ts";
import { OpCode } from "../../src/inference/spec.ts";
import { encodeTensor, type TensorData } from "../../src/inference/tensor.ts";
import { Answerer, type Answer, type Job } from "../../src/operator/answerer.ts";
import { AnswerStatus } from "../../src/protocol/answers.ts";
import { FilledBatch } from "../../src/protocol/filledBatch.ts";
import { parseId } from "../../src/protocol/ids.ts";
import { OperatorStatus } from "../../src/protocol/operators.ts";
import { receiptId, signReceipt, type Receipt, type SignedReceipt } from "../../src/protocol/receipts.ts";
import { eoaSigner, type ReceiptSigner } from "../../src/protocol/signers.ts";
import { encodeTraceRecord, parseTraceRecord, type TraceRecord } from "../../src/protocol/traceRecord.ts";
import { Challenger, claimOf, overturnInLedger } from "./challenger.ts";
import { commit, corrupt, shownOf, type Commitment } from "./corruption.ts";
import { BOND, COVERAGE, DAY, enter, now, requestOf, tensor0Of, type Stage } from "./stage.ts";

/** One question about a text. */
export type Question = {
  text: string;
  requester: string;
  /** Told apart from the requester's other questions by this number. */
  nonce: bigint;
  beneficiary: string;
  coverage?: bigint;
};

/** A hot key of its own for each label, the same in every run. */
export async function hotKey(label: string): Promise<ReceiptSigner> {
  return eoaSigner(new Wallet(id(label)));
}

/** What an operator asserts if it signs other words than the ones it found. */
export async function resign(
  stage: Stage,
  key: ReceiptSigner,
  answer: Answer,
  changes: Partial<Receipt>,
): Promise<Answer> {
  return { ...answer, ...(await signReceipt(key, stage.domain, { ...answer.receipt, ...changes })) };
}

/** An answer that names the next class of the model instead, in its trace as well, signed all the same. */
export async function falsify(stage: Stage, key: ReceiptSigner, answer: Answer): Promise<Answer> {
  return assert(stage, key, answer, commitToNextClass(stage, traceOf(stage, answer.request)));
}

/** All tensors of the model run on a request. */
export function traceOf(stage: Stage, request: BytesLike): TensorData[] {
  const { spec, weights } = stage.model;
  return evaluate(spec, weights, tensor0Of(stage, request));
}

/** The honest trace but for the last tensor, which names the next class: nobody has to be shown it to know. */
function commitToNextClass({ model }: Stage, trace: readonly TensorData[]): Commitment {
  const { ops } = model.spec;
  const { code, k } = ops.at(-1)!;
  if (code !== OpCode.ARGMAX) throw new Error("the model does not answer with a class");
  const found = Number(trace.at(-1)![0]);
  const [tensor, byte] = [ops.length, encodeTensor(model.spec.tensors.at(-1)!, trace.at(-1)!).length - 1];
  // Big-endian, and no class is above 255.
  return corrupt(model, trace, { tensor, byte, flip: found ^ ((found + 1) % k), isCarried: false });
}

/** What an operator signs that commits to this. */
async function assert(
  stage: Stage,
  key: ReceiptSigner,
  answer: Answer,
  { output, traceRoot }: Commitment,
): Promise<Answer> {
  const [inputHash, outputHash] = [keccak256(answer.request), keccak256(output)];
  return { ...(await resign(stage, key, answer, { inputHash, outputHash, traceRoot })), output };
}

/** Anchors a receipt without asking its operator. @returns what could be locked. */
export async function anchorAlone(stage: Stage, account: HardhatEthersSigner, signed: Answer): Promise<bigint> {
  const { request, output } = signed;
  return (await anchorReceipt(account, stage.deployment, { signed, request, output })).locked;
}

/** An operator with keys and a model that it really runs. This one is honest: answers, anchors, publishes, defends. */
export class OperatorAgent {
  /** What it keeps of its answers, by receipt id: texts, as they are on its disk. */
  readonly journal = new Map<string, string>();
  readonly stage: Stage;
  readonly name: string;
  readonly account: HardhatEthersSigner;
  readonly key: ReceiptSigner;

  constructor(stage: Stage, name: string, account: HardhatEthersSigner, key: ReceiptSigner) {
    this.stage = stage;
    this.name = name;
    this.account = account;
    this.key = key;
  }

  get address(): string {
    return this.account.address;
  }

  /** Enters the stage with this stake, which it puts into the vault, and registers. */
  async enlist(staked: bigint, exposureCap = staked): Promise<this> {
    const { stage, account } = this;
    const { deployment, ledger, modelId } = stage;
    await enter(stage, this.name, account, staked);
    await stake(account, deployment, { amount: staked });
    ledger.stake(account.address, staked);
    await optIn(account, deployment);
    const bond = await registerOperator(account, deployment, {
      metadataURI: `https://${this.name}.example`,
      exposureCap,
    });
    if (bond !== BOND) throw new Error(`the bond is ${bond}, expected ${BOND}`);
    await addSigner(account, deployment, { key: this.key });
    await hostModel(account, deployment, { modelId });
    return this;
  }

  /** Runs the model and signs what it found. */
  async answer(question: Question): Promise<Answer> {
    const { requester, nonce, beneficiary, coverage = COVERAGE } = question;
    const request = requestOf(this.stage, question.text);
    return this.fulfil({ request, requester, nonce, beneficiary, coverage });
  }

  async fulfil(job: Job): Promise<Answer> {
    const { stage, key } = this;
    const trace = traceOf(stage, job.request);
    const tensor0 = encodeTensor(stage.model.spec.tensors[0]!, trace[0]!);
    const found = { ...(await this.answerer().answer({ ...job, request: tensor0 })), request: hexlify(job.request) };
    const commitment = this.commitTo(trace);
    const { traceRoot, output } = commitment;
    const isFound = found.receipt.inputHash === keccak256(job.request) && found.receipt.traceRoot === traceRoot;
    const answer = isFound && found.output === output ? found : await assert(stage, key, found, commitment);
    this.keep(answer.receipt, commitment);
    return answer;
  }

  /** What it kept of an answer; undefined if that is lost. */
  recordOf(receipt: Receipt): TraceRecord | undefined {
    const text = this.journal.get(receiptId(this.stage.domain, receipt));
    return text === undefined ? undefined : parseTraceRecord(text);
  }

  async isActive(): Promise<boolean> {
    const { provider, deployment } = this.stage;
    const { status } = await readOperator(provider, deployment, { operator: this.address });
    return status === OperatorStatus.Active;
  }

  async anchor(answers: readonly Answer[]): Promise<FilledBatch> {
    const { stage, account, name } = this;
    const receipts = answers.map(({ receipt }) => receipt);
    const anchorBy = (await now(stage)) + DAY;
    const filled = new FilledBatch(stage.domain, receipts, { anchorBy, dataURI: `https://${name}.example/batch` });
    await anchorBatch(account, stage.deployment, { batch: filled.batch });
    return filled;
  }

  async publish(batch: FilledBatch, answers: readonly Answer[]): Promise<void> {
    for (const [index, { request, output }] of answers.entries()) {
      await publishAnswer(this.account, this.stage.deployment, { leaf: batch.leaf(index), request, output });
    }
  }

  /** A round's work. @returns what its customers have in hand. */
  async work(questions: readonly Question[]): Promise<Answer[]> {
    const answers = await this.answerAll(questions);
    await this.publish(await this.anchor(answers), answers);
    return answers;
  }

  async answerAll(questions: readonly Question[]): Promise<Answer[]> {
    const answers: Answer[] = [];
    for (const question of questions) answers.push(await this.answer(question));
    return answers;
  }

  /** What it commits to, having found this. */
  protected commitTo(trace: readonly TensorData[]): Commitment {
    return commit(this.stage.model, trace);
  }

  protected keep(receipt: Receipt, { roots, tensors }: Commitment): void {
    this.journal.set(receiptId(this.stage.domain, receipt), encodeTraceRecord({ receipt, roots, tensors }));
  }

  protected answerer(): Answerer {
    const { stage, address, key } = this;
    const { domain, modelId, model } = stage;
    const clock = (): Promise<number> => this.clock();
    return new Answerer({
      operator: address,
      signer: key,
      domain,
      modelId,
      model,
      now: clock,
      anchorWithin: DAY,
    });
  }

  protected async clock(): Promise<number> {
    return now(this.stage);
  }
}

/** Signs another language than the model found, and commits to a trace that ends with it. */
export class LyingAgent extends OperatorAgent {
  protected override commitTo(trace: readonly TensorData[]): Commitment {
    return commitToNextClass(this.stage, trace);
  }
}

/**
 * Commits to what the story says. Unless it says otherwise, one number of the first hidden tensor is not what the model
 * computed, and all that follows from it is as it should be, so that the answer may be right by luck.
 */
export class AlteringAgent extends OperatorAgent {
  lie = (trace: readonly TensorData[]): Commitment =>
    corrupt(this.stage.model, trace, { tensor: 1, byte: 2, flip: 0x20, isCarried: true });
  /** Of its traces: everybody may have them; only games make it show them; or they are gone. */
  traces: "served" | "withheld" | "lost" = "withheld";

  protected override commitTo(trace: readonly TensorData[]): Commitment {
    return this.lie(trace);
  }

  protected override keep(receipt: Receipt, commitment: Commitment): void {
    if (this.traces !== "lost") super.keep(receipt, commitment);
    if (this.traces === "served") this.stage.served.set(receiptId(this.stage.domain, receipt), shownOf(commitment));
  }
}

/** Anchors and publishes what it found, and tells every second customer something else about the same job. */
export class EquivocatingAgent extends OperatorAgent {
  override async work(questions: readonly Question[]): Promise<Answer[]> {
    const answers = await super.work(questions);
    const lies = await Promise.all(answers.map(async (answer) => falsify(this.stage, this.key, answer)));
    return [...answers, ...lies];
  }
}

/** Hands out promises and anchors none of them. */
export class SilentAgent extends OperatorAgent {
  override async work(questions: readonly Question[]): Promise<Answer[]> {
    return this.answerAll(questions);
  }
}

/** Anchors its answers and shows them to nobody. */
export class HidingAgent extends OperatorAgent {
  override async work(questions: readonly Question[]): Promise<Answer[]> {
    await this.anchor(await this.answerAll(questions));
    return [];
  }
}

/** Dates its answers more than a day back, so that its batches cannot be published. */
export class LateAgent extends OperatorAgent {
  override async work(questions: readonly Question[]): Promise<Answer[]> {
    const answers = await this.answerAll(questions);
    await this.anchor(answers);
    return answers;
  }

  protected override async clock(): Promise<number> {
    return (await super.clock()) - DAY - 1;
  }
}

/**
 * Has an operator's hot key, nothing else of it, and names itself as beneficiary of lies. It lies about the output alone:
 * the trace that it commits to is the honest one.
 */
export class Thief extends LyingAgent {
  readonly #accomplice: string;

  /** @param accomplice The thief's own account. */
  constructor(victim: OperatorAgent, accomplice: string) {
    super(victim.stage, victim.name, victim.account, victim.key);
    this.#accomplice = accomplice;
  }

  override async fulfil(job: Job): Promise<Answer> {
    return super.fulfil({ ...job, beneficiary: this.#accomplice });
  }

  protected override commitTo(trace: readonly TensorData[]): Commitment {
    const { output } = super.commitTo(trace);
    return { ...commit(this.stage.model, trace), output };
  }
}

/** An answer as a watcher sees it: what stood on chain, nothing else. */
type PublishedAnswer = { receipt: Receipt; request: string; output: string };

/**
 * Runs the model on every answer that was published and contests exactly the wrong ones: by a proof, or by a game where
 * what would prove it is withheld.
 */
export class Watcher {
  readonly #stage: Stage;
  readonly #account: HardhatEthersSigner;
  readonly #challenger: Challenger;
  #seen = 0;
  #checked = 0;

  constructor(stage: Stage, account: HardhatEthersSigner) {
    this.#stage = stage;
    this.#account = account;
    this.#challenger = new Challenger(stage, account);
  }

  /** How many answers it has checked so far. */
  get checked(): number {
    return this.#checked;
  }

  /** The games that it plays, on what `check` could not prove. */
  get challenger(): Challenger {
    return this.#challenger;
  }

  /** Checks what was published since the last call. @returns the receipts that it had overturned. */
  async check(): Promise<Receipt[]> {
    const { deployment, provider, model, served, domain } = this.#stage;
    const overturned: Receipt[] = [];
    for (const published of await this.#news()) {
      this.#checked += 1;
      const { receipt } = published;
      const claim = claimOf(this.#stage, published);
      const fault = findFault(model, claim, served.get(receiptId(domain, receipt)));
      if ((fault === undefined) !== isTrue(this.#stage, published)) throw new Error(`found ${fault?.kind}`);
      if (fault === undefined) continue;
      const { status } = await checkReceipt(provider, deployment, { receipt });
      if (status === AnswerStatus.Overturned) continue; // somebody was faster
      if (fault.kind === "preprocessing") throw new Error("for token holders to judge");
      if (fault.kind === "withheld") {
        await this.#challenger.open(receipt, claim);
        continue;
      }
      await proveFault(this.#account, deployment, { receipt, fault });
      overturnInLedger(this.#stage, receipt, this.#account.address);
      overturned.push(receipt);
    }
    return overturned;
  }

  async #news(): Promise<PublishedAnswer[]> {
    const { attestations } = this.#stage.protocol;
    const latest = await this.#stage.provider.getBlockNumber();
    const events = await attestations.queryFilter(attestations.filters.AnswerPublished(), this.#seen + 1, latest);
    this.#seen = latest;
    return events.map(({ args }) => {
      const { receipt: shown } = args;
      const receipt: Receipt = {
        operator: shown.operator,
        signerId: parseId(shown.signerId),
        modelId: parseId(shown.modelId),
        jobId: parseId(shown.jobId),
        inputHash: shown.inputHash,
        outputHash: shown.outputHash,
        traceRoot: shown.traceRoot,
        beneficiary: shown.beneficiary,
        coverage: shown.coverage,
        issuedAt: Number(shown.issuedAt),
        anchorBy: Number(shown.anchorBy),
      };
      return { receipt, request: args.request, output: args.output };
    });
  }
}

/** Whether the model says so, to the last integer. */
export function isTrue(stage: Stage, { receipt, request }: PublishedAnswer): boolean {
  const { spec } = stage.model;
  if (receipt.modelId !== stage.modelId) throw new Error(`nobody runs model ${receipt.modelId}`);
  const trace = traceOf(stage, request);
  const outputHash = keccak256(encodeTensor(spec.tensors.at(-1)!, trace.at(-1)!));
  return receipt.outputHash === outputHash && receipt.traceRoot === commitTrace(spec, trace).traceRoot;
}

/** Collects signed receipts and reports two that contradict each other. */
export class Reporter {
  readonly #stage: Stage;
  readonly #account: HardhatEthersSigner;
  readonly #byJob = new Map<string, SignedReceipt>();
  readonly #reported = new Set<string>();

  constructor(stage: Stage, account: HardhatEthersSigner) {
    this.#stage = stage;
    this.#account = account;
  }

  /** Compares with what it knows. @returns what it made the operator lose; 0 if it found nothing new. */
  async hear({ receipt, signature }: SignedReceipt): Promise<bigint> {
    const job = `${receipt.operator}${receipt.modelId}${receipt.jobId}`;
    const known = this.#byJob.get(job);
    this.#byJob.set(job, known ?? { receipt, signature });
    const agrees = known === undefined || known.receipt.outputHash === receipt.outputHash;
    if (agrees || this.#reported.has(receipt.operator)) return 0n;
    this.#reported.add(receipt.operator);
    const evidence = { first: known, second: { receipt, signature } };
    const taken = await slashEquivocation(this.#account, this.#stage.deployment, evidence);
    this.#stage.ledger.slash(receipt.operator, BOND, this.#account.address, BOND / 2n);
    return taken;
  }
}

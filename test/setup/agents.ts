import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { Wallet, getBytes, hexlify, id, keccak256 } from "ethers";

import { addSigner } from "../../src/actions/addSigner.ts";
import { anchorReceipt } from "../../src/actions/anchorReceipt.ts";
import { anchorBatch } from "../../src/actions/anchorBatch.ts";
import { hostModel } from "../../src/actions/hostModel.ts";
import { optIn } from "../../src/actions/optIn.ts";
import { publishAnswer } from "../../src/actions/publishAnswer.ts";
import { checkReceipt } from "../../src/actions/checkReceipt.ts";
import { readOperator } from "../../src/actions/readOperator.ts";
import { registerOperator } from "../../src/actions/registerOperator.ts";
import { slashEquivocation } from "../../src/actions/slashEquivocation.ts";
import { stake } from "../../src/actions/stake.ts";
import { commitTrace } from "../../src/inference/commitments.ts";
import { evaluate } from "../../src/inference/evaluate.ts";
import { tensorBytes } from "../../src/inference/spec.ts";
import { decodeTensor, encodeTensor } from "../../src/inference/tensor.ts";
import { Answerer, type Answer, type Job } from "../../src/operator/answerer.ts";
import { AnswerStatus } from "../../src/protocol/answers.ts";
import { FilledBatch } from "../../src/protocol/filledBatch.ts";
import { parseId } from "../../src/protocol/ids.ts";
import { OperatorStatus } from "../../src/protocol/operators.ts";
import { receiptId, signReceipt, type Receipt, type SignedReceipt } from "../../src/protocol/receipts.ts";
import { eoaSigner, type ReceiptSigner } from "../../src/protocol/signers.ts";
import { BOND, COVERAGE, DAY, PENALTY, enter, now, overturn, requestOf, type Stage } from "./stage.ts";

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

/** An answer that names the next class of the model instead, signed all the same. */
export async function falsify(stage: Stage, key: ReceiptSigner, answer: Answer): Promise<Answer> {
  const { tensors, ops } = stage.model.spec;
  const [found] = decodeTensor(tensors.at(-1)!, getBytes(answer.output));
  const bytes = new Uint8Array(tensorBytes(tensors.at(-1)!)); // big-endian, and no class is above 255
  bytes[bytes.length - 1] = (Number(found) + 1) % ops.at(-1)!.k;
  const output = hexlify(bytes);
  return { ...(await resign(stage, key, answer, { outputHash: keccak256(output) })), output };
}

/** Anchors a receipt without asking its operator. @returns what could be locked. */
export async function anchorAlone(stage: Stage, account: HardhatEthersSigner, signed: Answer): Promise<bigint> {
  const { request, output } = signed;
  return (await anchorReceipt(account, stage.deployment, { signed, request, output })).locked;
}

/** An operator with keys and a model that it really runs. This one is honest: answers, anchors, publishes. */
export class OperatorAgent {
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
    return this.answerer().answer(job);
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

/** Signs another language than the model found. */
export class LyingAgent extends OperatorAgent {
  override async fulfil(job: Job): Promise<Answer> {
    return falsify(this.stage, this.key, await super.fulfil(job));
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

/** Has an operator's hot key, nothing else of it, and names itself as beneficiary of lies. */
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
}

/** An answer as a watcher sees it: what stood on chain, nothing else. */
type PublishedAnswer = { receipt: Receipt; request: string; output: string };

/** Runs the model on every answer that was published and contests exactly the wrong ones. */
export class Watcher {
  readonly #stage: Stage;
  readonly #account: HardhatEthersSigner;
  #seen = 0;
  #checked = 0;

  constructor(stage: Stage, account: HardhatEthersSigner) {
    this.#stage = stage;
    this.#account = account;
  }

  /** How many answers it has checked so far. */
  get checked(): number {
    return this.#checked;
  }

  /** Checks what was published since the last call. @returns the receipts that it had overturned. */
  async check(): Promise<Receipt[]> {
    const { deployment, ledger, provider } = this.#stage;
    const overturned: Receipt[] = [];
    for (const published of await this.#news()) {
      this.#checked += 1;
      if (isTrue(this.#stage, published)) continue;
      const { receipt } = published;
      const { status } = await checkReceipt(provider, deployment, { receipt });
      if (status === AnswerStatus.Overturned) continue; // somebody was faster
      await overturn(this.#stage, receipt, this.#account.address);
      const { operator, beneficiary, coverage } = receipt;
      const penalty = (coverage * PENALTY) / COVERAGE;
      const caseId = receiptId(this.#stage.domain, receipt);
      ledger.overturn({ caseId, operator, beneficiary, challenger: this.#account.address, coverage, penalty });
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
export function isTrue({ model, modelId }: Stage, { receipt, request }: PublishedAnswer): boolean {
  if (receipt.modelId !== modelId) throw new Error(`nobody runs model ${receipt.modelId}`);
  const { spec, weights } = model;
  const trace = evaluate(spec, weights, decodeTensor(spec.tensors[0]!, getBytes(request)));
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

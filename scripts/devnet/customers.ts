/** Customers of the devnet: a steady trickle of questions, and what customers do when they are lied to. */
import { keccak256, type Wallet } from "ethers";
import { setTimeout } from "node:timers/promises";

import { anchorReceipt } from "../../src/actions/anchorReceipt.ts";
import { OperatorClient } from "../../src/api/operatorClient.ts";
import type { AnswerResponse } from "../../src/api/schemas.ts";
import type { Devnet } from "./devnet.ts";
import type { JobId } from "../../src/protocol/ids.ts";
import { newWallet } from "./keystores.ts";
import type { DevnetOperator } from "./operators.ts";
import { aboutDigits, aboutLanguages, type Question } from "./questions.ts";

/** What the customers have seen. */
export type CustomerCounts = { asked: number; answered: number; refused: number; ofOperator: Map<string, number> };

/** A customer publishes no more answers than that by itself. */
const MOST_RESCUES = 5;
/** After as much of the chain's time an answer should stand in a batch that is shown. */
const PATIENCE = 900;

type Asked = { readonly operator: OperatorClient; readonly answer: AnswerResponse };

type Asking = { readonly name: string; readonly client: OperatorClient };

export class Customers {
  readonly counts: CustomerCounts = { asked: 0, answered: 0, refused: 0, ofOperator: new Map() };
  readonly wallet: Wallet;
  readonly #devnet: Devnet;
  readonly #operators: readonly Asking[];
  readonly #waiting: Asked[] = [];
  #nonce = 0n;
  #rescues = 0;

  constructor(devnet: Devnet, operators: readonly DevnetOperator[]) {
    this.#devnet = devnet;
    this.#operators = operators.map(({ name, url }) => ({
      name,
      client: new OperatorClient({ url, allowPrivateAddresses: true }),
    }));
    this.wallet = newWallet(devnet.provider);
  }

  /** Asks one operator after the other until the signal. */
  async run(signal: AbortSignal, everyMs: number): Promise<void> {
    await this.#devnet.treasury.fund(this.wallet.address);
    const [languages, digits] = [aboutLanguages(this.#devnet), aboutDigits(this.#devnet)];
    for (let turn = 0; !signal.aborted; turn++) {
      const operator = this.#operators[turn % this.#operators.length]!;
      const questions = turn % 2 === 0 ? digits : languages;
      await this.#ask(operator, questions.next().value, turn % 7 === 0).catch(() => (this.counts.refused += 1));
      await this.#lookAfter();
      await setTimeout(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #ask({ name, client }: Asking, question: Question, publish: boolean): Promise<void> {
    const job = {
      modelId: question.model.modelId,
      requester: this.wallet.address,
      nonce: this.#nonce++,
      request: question.request,
      beneficiary: this.wallet.address,
      publish,
    };
    this.counts.asked += 1;
    const answer = await client.answer(job);
    this.counts.answered += 1;
    this.counts.ofOperator.set(name, (this.counts.ofOperator.get(name) ?? 0) + 1);
    this.#waiting.push({ operator: client, answer });
    if (this.counts.answered % 10 !== 0) return;
    const again = await client.answer(job);
    const differs = again.receiptId !== answer.receiptId;
    if (differs) await this.#rescue({ operator: client, answer: again }); // both are signed: now everybody sees it
  }

  /** Looks whether the oldest answer stands in a batch that is shown to others; if not, the customer publishes it itself. */
  async #lookAfter(): Promise<void> {
    const oldest = this.#waiting[0];
    if (oldest === undefined || (await this.#devnet.clock.now()) < oldest.answer.receipt.issuedAt + PATIENCE) return;
    this.#waiting.shift();
    const { operator, answer } = oldest;
    const isShown = await this.#isShown(operator, answer.receipt.jobId).catch(() => false);
    if (!isShown) await this.#rescue(oldest);
  }

  async #isShown(operator: OperatorClient, job: JobId): Promise<boolean> {
    const { batch } = await operator.answerOf(job);
    if (batch?.anchoredAt === undefined) return false;
    const { leaves } = await operator.batchPage(batch.root, batch.index);
    return leaves.length > 0;
  }

  async #rescue({ answer }: Asked): Promise<void> {
    if (this.#rescues >= MOST_RESCUES) return;
    this.#rescues += 1;
    const { receipt, signature, request, output } = answer;
    if (keccak256(output) !== receipt.outputHash) return;
    await anchorReceipt(this.wallet, this.#devnet.deployment, {
      signed: { receipt, signature },
      request,
      output,
    }).catch(
      () => undefined, // published by another, or too late: nothing that a customer can do
    );
  }
}

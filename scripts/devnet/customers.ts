/** Customers of the devnet: a steady trickle of questions, and what customers do when they are lied to. */
import { keccak256, type Wallet } from "ethers";
import { setTimeout } from "node:timers/promises";

import { anchorReceipt } from "../../src/actions/anchorReceipt.ts";
import type { AnswerResponse } from "../../src/api/schemas.ts";
import { askOperator, fetchAnswerState, isBatchShown } from "./askOperator.ts";
import type { Devnet } from "./devnet.ts";
import { newWallet } from "./keystores.ts";
import type { DevnetOperator } from "./operators.ts";
import { aboutDigits, aboutLanguages, type Question } from "./questions.ts";

/** What the customers have seen. */
export type CustomerCounts = { asked: number; answered: number; refused: number; ofOperator: Map<string, number> };

/** A customer publishes no more answers than that by itself. */
const MOST_RESCUES = 5;
/** After as much of the chain's time an answer should stand in a batch that is shown. */
const PATIENCE = 900;

type Asked = { readonly operator: DevnetOperator; readonly question: Question; readonly answer: AnswerResponse };

export class Customers {
  readonly counts: CustomerCounts = { asked: 0, answered: 0, refused: 0, ofOperator: new Map() };
  readonly wallet: Wallet;
  readonly #devnet: Devnet;
  readonly #operators: readonly DevnetOperator[];
  readonly #waiting: Asked[] = [];
  #nonce = 0n;
  #rescues = 0;

  constructor(devnet: Devnet, operators: readonly DevnetOperator[]) {
    this.#devnet = devnet;
    this.#operators = operators;
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
      if (turn % 5 === 4) await this.#lookAfter();
      await setTimeout(everyMs, undefined, { signal }).catch(() => undefined);
    }
  }

  async #ask(operator: DevnetOperator, question: Question, publish: boolean): Promise<void> {
    const job = {
      requester: this.wallet.address,
      nonce: this.#nonce++,
      request: question.request,
      beneficiary: this.wallet.address,
      publish,
    };
    this.counts.asked += 1;
    const answer = await askOperator(operator.url, question.model.modelId, job);
    this.counts.answered += 1;
    this.counts.ofOperator.set(operator.name, (this.counts.ofOperator.get(operator.name) ?? 0) + 1);
    this.#waiting.push({ operator, question, answer });
    if (this.counts.answered % 10 !== 0) return;
    const again = await askOperator(operator.url, question.model.modelId, job);
    const differs = again.receiptId !== answer.receiptId;
    if (differs) await this.#rescue({ operator, question, answer: again }); // both are signed: now everybody sees it
  }

  /** Looks whether the oldest answer stands in a batch that is shown to others; if not, the customer publishes it itself. */
  async #lookAfter(): Promise<void> {
    const oldest = this.#waiting[0];
    if (oldest === undefined || (await this.#devnet.clock.now()) < oldest.answer.receipt.issuedAt + PATIENCE) return;
    this.#waiting.shift();
    const { operator, answer } = oldest;
    const state = await fetchAnswerState(operator.url, answer.receipt.jobId).catch(() => undefined);
    const isServed = state?.batch?.anchoredAt !== undefined && (await isBatchShown(operator.url, state.batch.root));
    if (!isServed) await this.#rescue(oldest);
  }

  async #rescue({ answer }: Asked): Promise<void> {
    if (this.#rescues >= MOST_RESCUES) return;
    this.#rescues += 1;
    const { receipt, signature, request, output } = answer;
    if (keccak256(output) !== receipt.outputHash) return;
    await anchorReceipt(this.wallet, this.#devnet.deployment, { signed: { receipt, signature }, request, output }).catch(
      () => undefined, // published by another, or too late: nothing that a customer can do
    );
  }
}

/** Customers that ask without pause, ask again what they asked before, and tell answers apart by every byte. */
import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";

import { hexlify, keccak256, toBeHex, zeroPadValue } from "ethers";

import type { JobId } from "../../src/protocol/ids.ts";
import { jobId } from "../../src/protocol/jobs.ts";
import { encodeSignedReceipt, parseSignedReceipt } from "../../src/protocol/receiptJson.ts";

import type { Question } from "../../scripts/devnet/questions.ts";
import type { Dice } from "./dice.ts";

/** One question of one customer, as it is posted. */
export type Asked = {
  readonly modelId: string;
  /** By the rule of the protocol, not by what an operator says. */
  readonly jobId: JobId;
  /** Requester and nonce, which an operator answers once. */
  readonly slot: string;
  readonly body: string;
  /** The signed receipt of each distinct text that arrived, by the text's digest; a second is the end of an honest operator. */
  readonly answers: Map<string, string>;
};

/** What happened to the questions. */
export type LoadCounts = {
  asked: number;
  answered: number;
  /** Of these, questions that had been asked before. */
  repeated: number;
  /** 409: the same requester and nonce with another question. */
  conflicts: number;
  /** Other refusals, by their code. */
  refused: Record<string, number>;
  /** The operator was not there, or went away in the middle. */
  broken: number;
  /** Answers to another job, or whose bytes are not what the receipt says; jobs with another receipt, or none, when looked up. */
  wrongBytes: number;
};

export type LoadOptions = {
  /** Of the operator's API. */
  readonly url: string;
  readonly questions: Iterator<Question, never>;
  readonly beneficiary: string;
  /** Questions on their way at a time. */
  readonly concurrency: number;
  /** Share of questions that were asked before, 0 to 1. */
  readonly repeats: number;
  /** Share of questions that take the nonce of another, 0 to 1. */
  readonly conflicts: number;
  readonly dice: Dice;
  /** Hears how long each answer took, milliseconds. */
  readonly onAnswer?: (ms: number) => void;
  /** Rest after a broken connection, milliseconds. */
  readonly restMs?: number;
  readonly timeoutMs?: number;
  /** Answers are neither read nor kept: for a server that signs nothing, and for runs that are too long to keep all. */
  readonly forgets?: boolean;
  /** Of the first question; 0 unless given. */
  readonly firstNonce?: number;
};

export class Load {
  readonly asked: Asked[] = [];
  readonly counts: LoadCounts = {
    asked: 0,
    answered: 0,
    repeated: 0,
    conflicts: 0,
    refused: {},
    broken: 0,
    wrongBytes: 0,
  };
  readonly #options: LoadOptions;
  #nonce = 0;

  constructor(options: LoadOptions) {
    this.#options = options;
    this.#nonce = options.firstNonce ?? 0;
  }

  /** One that no question has. */
  get nextNonce(): number {
    return this.#nonce;
  }

  /** Asks until the signal; returns when the last answer is there. */
  async run(signal: AbortSignal): Promise<void> {
    const customer = async (): Promise<void> => {
      while (!signal.aborted) await this.ask(this.#next());
    };
    await Promise.all(Array.from({ length: this.#options.concurrency }, customer));
  }

  /** Asks once. @returns the status, 0 if the connection broke. */
  async ask(asked: Asked): Promise<number> {
    const { url, onAnswer, restMs = 150, timeoutMs = 10_000 } = this.#options;
    const { counts } = this;
    const isRepeated = asked.answers.size > 0;
    counts.asked += 1;
    const started = performance.now();
    try {
      const response = await fetch(`${url}/v1/models/${asked.modelId}/answers`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: asked.body,
        signal: AbortSignal.timeout(timeoutMs),
      });
      const text = await response.text();
      if (response.ok) {
        onAnswer?.(performance.now() - started);
        counts.answered += 1;
        if (isRepeated) counts.repeated += 1;
        if (this.#options.forgets !== true) this.#keep(asked, text);
      } else if (response.status === 409) counts.conflicts += 1;
      else {
        const code = codeOf(text) ?? String(response.status);
        counts.refused[code] = (counts.refused[code] ?? 0) + 1;
        await setTimeout(restMs);
      }
      return response.status;
    } catch {
      counts.broken += 1;
      await setTimeout(restMs);
      return 0;
    }
  }

  /** Looks up by its job what arrived. @returns where the operator says that it stands; undefined if it does not say. */
  async stateOf({ jobId: id, answers }: Asked): Promise<string | undefined> {
    const { url, timeoutMs = 10_000 } = this.#options;
    const response = await fetch(`${url}/v1/answers/${id}`, { signal: AbortSignal.timeout(timeoutMs) });
    const text = await response.text();
    const { receipt, signature, state } = JSON.parse(text) as Record<string, string>;
    const isSame = response.ok && [...answers.values()].includes(signedOf({ receipt, signature }));
    if (!isSame) this.counts.wrongBytes += 1;
    return isSame ? state : undefined;
  }

  #keep(asked: Asked, text: string): void {
    const digest = createHash("sha256").update(text).digest("base64");
    if (asked.answers.has(digest)) return;
    const { receipt, signature, request, output } = JSON.parse(text) as Record<string, string>;
    const signed = parseSignedReceipt(JSON.stringify({ receipt, signature }));
    const { inputHash, outputHash, beneficiary } = signed.receipt;
    const isOfJob =
      signed.receipt.jobId === asked.jobId && asked.body.toLowerCase().includes(beneficiary.toLowerCase());
    const isOurs = isOfJob && asked.body.includes(request!) && keccak256(request!) === inputHash;
    if (!isOurs || keccak256(output!) !== outputHash) this.counts.wrongBytes += 1;
    asked.answers.set(digest, encodeSignedReceipt(signed));
  }

  #next(): Asked {
    const { dice, repeats, conflicts, questions, beneficiary } = this.#options;
    const known = this.asked.length;
    if (known > 0 && dice.throw() < repeats) return this.asked[dice.between(Math.max(0, known - 500), known)]!;
    const takesNonce = known > 0 && dice.throw() < conflicts;
    const nonce = takesNonce ? dice.between(Math.max(0, this.#nonce - 50), this.#nonce) : this.#nonce++;
    const { model, request } = questions.next().value;
    const requester = zeroPadValue(toBeHex(0xc0de), 20);
    const body = JSON.stringify({ requester, nonce: String(nonce), request: hexlify(request), beneficiary });
    const { modelId } = model;
    const asked = {
      modelId,
      jobId: jobId({ requester, nonce: BigInt(nonce), modelId, inputHash: keccak256(request) }),
      slot: `${requester} ${nonce} ${modelId}`,
      body,
      answers: new Map<string, string>(),
    };
    if (this.#options.forgets !== true) this.asked.push(asked);
    return asked;
  }
}

function signedOf(signed: { receipt: unknown; signature: unknown }): string {
  return encodeSignedReceipt(parseSignedReceipt(JSON.stringify(signed)));
}

function codeOf(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { code?: string }).code;
  } catch {
    return undefined;
  }
}

/** In the place of src/operator/answering.ts: answers a job that is asked again in another way, and signs that too. */
import { hexlify, getBytes, keccak256 } from "ethers";

import * as honest from "../../../src/operator/answering.ts";
import { receiptId, signReceipt } from "../../../src/protocol/receipts.ts";

export class AnswerDesk extends honest.AnswerDesk {
  readonly #desk: honest.AnswerDeskOptions;

  constructor(options: honest.AnswerDeskOptions) {
    super(options);
    this.#desk = options;
  }

  override async answer(job: honest.AskedJob): ReturnType<honest.AnswerDesk["answer"]> {
    const { answers, signer, domain } = this.#desk;
    const isNew = answers.answerOfNonce(job.modelId, job.requester, job.nonce) === undefined;
    const answer = await super.answer(job);
    if (isNew) return answer;
    const output = Uint8Array.from(getBytes(hexlify(answer.output)));
    output[output.length - 1] = output.at(-1) === 0 ? 1 : 0;
    const receipt = { ...answer.signed.receipt, outputHash: keccak256(output) };
    const signed = await signReceipt(signer, domain, receipt);
    return { ...answer, receiptId: receiptId(domain, receipt), signed, output };
  }
}

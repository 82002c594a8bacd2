import { once } from "node:events";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { anchorBatch } from "../../src/actions/anchorBatch.ts";
import type { Answer } from "../../src/operator/answerer.ts";
import { batchId } from "../../src/protocol/batches.ts";
import { FilledBatch } from "../../src/protocol/filledBatch.ts";
import { encodeJson } from "../../src/protocol/receiptJson.ts";
import { receiptId, type Receipt } from "../../src/protocol/receipts.ts";
import type { OperatorAgent } from "./agents.ts";
import { DAY, now } from "./stage.ts";

/** What an operator serves of a path: a JSON text, or whatever it does with the response. */
export type Served = string | ((response: ServerResponse) => void);

/** What an operator shows to those who ask it over HTTP; nothing of it need be of the API's form. */
export class OperatorApi {
  /** By path, such as `/v1/traces/0x…`. */
  readonly served = new Map<string, Served>();
  /** Paths that were asked for, with what follows `?`. */
  readonly asked: string[] = [];
  readonly #server = createServer((request, response) => {
    const url = new URL(request.url!, "http://host");
    this.asked.push(request.url!);
    const served = this.served.get(`${url.pathname}${url.search}`) ?? this.served.get(url.pathname);
    if (typeof served === "function") served(response);
    else
      response.writeHead(served === undefined ? 404 : 200, { "content-type": "application/json" }).end(served ?? "{}");
  });

  async start(): Promise<this> {
    this.#server.listen(0, "127.0.0.1");
    await once(this.#server, "listening");
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  /** Anchors answers in a batch whose leaves are found here, and shows them. */
  async anchor(agent: OperatorAgent, answers: readonly Answer[]): Promise<FilledBatch> {
    const { stage, account } = agent;
    const receipts = answers.map(({ receipt }) => receipt);
    const anchorBy = (await now(stage)) + DAY;
    const { root } = new FilledBatch(stage.domain, receipts, { anchorBy, dataURI: "" }).batch;
    const filled = new FilledBatch(stage.domain, receipts, { anchorBy, dataURI: `${this.url}/v1/batches/${root}` });
    await anchorBatch(account, stage.deployment, { batch: filled.batch });
    this.served.set(`/v1/batches/${root}`, encodeJson(pageOf(agent, filled, answers)));
    return filled;
  }

  /** Shows what an operator keeps of an answer. */
  showTrace(agent: OperatorAgent, receipt: Receipt): void {
    this.served.set(`/v1/traces/${receiptId(agent.stage.domain, receipt)}`, encodeJson(agent.recordOf(receipt)!));
  }
}

/** The one page of a batch, as the API shows it. */
export function pageOf({ stage }: OperatorAgent, filled: FilledBatch, answers: readonly Answer[]): BatchPage {
  const leaves = answers.map(({ receipt, signature, request, output }, index) => {
    const { proof } = filled.leaf(index);
    return { index, receiptId: receiptId(stage.domain, receipt), receipt, signature, request, output, proof };
  });
  return { batchId: batchId(stage.domain, filled.batch), batch: filled.batch, leaves };
}

/** See `pageOf`. */
export type BatchPage = { batchId: string; batch: FilledBatch["batch"]; leaves: Record<string, unknown>[] };

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

import { toQuantity } from "ethers";

/**
 * What goes wrong with a request. `hang` never answers; `dropBefore` closes the connection before the node hears of it,
 * `dropAfter` when the node has done it; `slow` answers a byte a second; `garbage` is no JSON; a number is an HTTP status;
 * an object is a JSON-RPC error, or the answer that there is none, in place of asking the node.
 */
export type Fault =
  | "hang"
  | "dropBefore"
  | "dropAfter"
  | "slow"
  | "garbage"
  | 429
  | 500
  | { code: number; message: string }
  | { result: null };

export type FaultRule = {
  fault: Fault;
  /** All methods if left out. */
  methods?: readonly string[];
  /** How often it happens; always if left out. */
  times?: number;
  /** From 0 to 1: the share of requests that it happens to; all if left out. */
  share?: number;
};

/** A proxy before a node that does to requests what it is told. */
export type FaultyRpc = {
  url: string;
  /** Rules that were added first come first. */
  inject: (rule: FaultRule) => void;
  /** Answers as if this block were the newest; undefined ends that. */
  freeze: (block: number | undefined) => void;
  /** No more faults. */
  heal: () => void;
  /** How often a method was asked for. */
  countOf: (method: string) => number;
  stop: () => Promise<void>;
};

type RpcRequest = { id: unknown; method: string; params?: unknown[] };

/**
 * @param random From 0 to 1, for rules with a share.
 * @param onDone Called when the node has done something, before who asked for it hears of that.
 */
export async function startFaultyRpc(
  target: string,
  random: () => number = Math.random,
  onDone?: (method: string) => void,
): Promise<FaultyRpc> {
  let rules: (FaultRule & { left: number })[] = [];
  let frozen: number | undefined;
  const counts = new Map<string, number>();

  const take = (method: string): Fault | undefined => {
    const rule = rules.find(
      ({ methods, left, share = 1 }) => left > 0 && (methods?.includes(method) ?? true) && random() < share,
    );
    if (rule !== undefined) rule.left -= 1;
    return rule?.fault;
  };
  const ask = async (request: RpcRequest): Promise<string> => {
    const body = JSON.stringify(frozen === undefined ? request : asOf(request, frozen));
    const headers = { "content-type": "application/json" };
    const text = await (await fetch(target, { method: "POST", headers, body })).text();
    onDone?.(request.method);
    return frozen === undefined ? text : withoutLater(request, text, frozen);
  };
  const serve = async (message: IncomingMessage, response: ServerResponse): Promise<void> => {
    const request = JSON.parse(await textOf(message)) as RpcRequest;
    counts.set(request.method, (counts.get(request.method) ?? 0) + 1);
    await answer(response, request, take(request.method), ask);
  };

  const server = createServer((message, response) => {
    serve(message, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    inject: (rule) => void rules.push({ ...rule, left: rule.times ?? Infinity }),
    freeze: (block) => void (frozen = block),
    heal: () => {
      rules = [];
      frozen = undefined;
    },
    countOf: (method) => counts.get(method) ?? 0,
    stop: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}

async function answer(
  response: ServerResponse,
  request: RpcRequest,
  fault: Fault | undefined,
  ask: (request: RpcRequest) => Promise<string>,
): Promise<void> {
  if (typeof fault === "object") {
    const reply = "result" in fault ? fault : { error: fault };
    sendJson(response, JSON.stringify({ jsonrpc: "2.0", id: request.id, ...reply }));
    return;
  }
  switch (fault) {
    case "hang":
      return;
    case "dropBefore":
      response.destroy();
      return;
    case "dropAfter":
      await ask(request);
      response.destroy();
      return;
    case "garbage":
      sendJson(response, '<html>{"jsonrpc":');
      return;
    case "slow":
      drip(response, await ask(request));
      return;
    case 429:
    case 500:
      response.writeHead(fault).end("no");
      return;
    case undefined:
      sendJson(response, await ask(request));
  }
}

function sendJson(response: ServerResponse, text: string): void {
  response.writeHead(200, { "content-type": "application/json" }).end(text);
}

function drip(response: ServerResponse, text: string): void {
  response.writeHead(200, { "content-type": "application/json" });
  let at = 0;
  const timer = setInterval(() => {
    if (at < text.length) response.write(text[at++]);
    else response.end();
  }, 1000);
  response.on("close", () => {
    clearInterval(timer);
  });
}

async function textOf(message: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of message) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}

/** The same question to a node that stands at a block. */
function asOf(request: RpcRequest, block: number): RpcRequest {
  const params = request.params?.map((param) => {
    if (param === "latest" || param === "pending") return toQuantity(block);
    if (request.method === "eth_getLogs") return { ...(param as object), toBlock: toQuantity(block) };
    return param;
  });
  return { ...request, ...(params && { params }) };
}

/** What a node that stands at a block does not know yet. */
function withoutLater({ method }: RpcRequest, text: string, block: number): string {
  const answer = JSON.parse(text) as { result?: unknown };
  if (method === "eth_blockNumber") return JSON.stringify({ ...answer, result: toQuantity(block) });
  const { number, blockNumber } = (answer.result ?? {}) as { number?: string; blockNumber?: string };
  const at = number ?? blockNumber;
  return at !== undefined && Number(at) > block ? JSON.stringify({ ...answer, result: null }) : text;
}

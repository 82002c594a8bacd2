import { once } from "node:events";
import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

import type { NetworkConnection } from "hardhat/types/network";

/** A chain inside this process, reached over HTTP as programs reach one. */
export type RpcServer = { readonly url: string; close(): Promise<void> };

type RpcRequest = { id: unknown; method: string; params?: unknown[] };

/** Serves a connection's chain on a free port of loopback. */
export async function serveRpc({ provider }: NetworkConnection): Promise<RpcServer> {
  const server = createServer((message, response) => {
    void answer(message).then((body) => response.setHeader("content-type", "application/json").end(body));
  });
  const answer = async (message: IncomingMessage): Promise<string> => {
    const parts: Buffer[] = [];
    for await (const part of message) parts.push(part as Buffer);
    const { id, method, params = [] } = JSON.parse(Buffer.concat(parts).toString()) as RpcRequest;
    try {
      return JSON.stringify({ jsonrpc: "2.0", id, result: await provider.request({ method, params }) });
    } catch (error) {
      const { code = -32_603, message: text, data } = error as { code?: number; message: string; data?: unknown };
      return JSON.stringify({ jsonrpc: "2.0", id, error: { code, message: text, data } });
    }
  };
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

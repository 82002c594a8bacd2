import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

import type { EthereumProvider } from "hardhat/types/providers";

/** An in-process chain as JSON-RPC over HTTP on loopback, so that programs reach it as they reach any node. */
export type RpcBridge = {
  url: string;
  /** Answers nothing from now on, or again. */
  interrupt: (isDown: boolean) => void;
  close: () => Promise<void>;
};

type Request = { id: number; method: string; params?: unknown[] };

export async function serveChain(provider: EthereumProvider): Promise<RpcBridge> {
  let isDown = false;
  const server = createServer((message, response) => {
    if (isDown) {
      message.socket.destroy();
      return;
    }
    void answer(provider, message).then((reply) => {
      response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(reply));
    });
  });
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    interrupt(down) {
      isDown = down;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

async function answer(provider: EthereumProvider, message: IncomingMessage): Promise<object> {
  const chunks: Buffer[] = [];
  for await (const chunk of message as AsyncIterable<Buffer>) chunks.push(chunk);
  const { id, method, params = [] } = JSON.parse(Buffer.concat(chunks).toString("utf8")) as Request;
  try {
    return { jsonrpc: "2.0", id, result: await provider.request({ method, params }) };
  } catch (error) {
    const {
      code = -32603,
      message: text = String(error),
      data,
    } = error as { code?: number; message?: string; data?: unknown };
    return { jsonrpc: "2.0", id, error: { code, message: text, data } };
  }
}

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { Transaction, Wallet, type TypedDataDomain, type TypedDataField } from "ethers";

/** How a signer speaks. */
export type SignerDialect = "web3signer" | "clef" | "node";

/** A signer in a process of its own, as far as a program can tell: JSON-RPC on loopback, holding one key. */
export type SignerService = {
  url: string;
  /** Names of the methods that were asked for. */
  asked: string[];
  /** What it does wrong from now on. */
  misbehave: (how: SignerFault | undefined) => void;
  close: () => Promise<void>;
};
export type SignerFault = "silent" | "refuses" | "otherKey" | "otherTransaction" | "notJson" | "endless";

type Typed = { domain: TypedDataDomain; types: Record<string, TypedDataField[]>; message: Record<string, unknown> };
type Wanted = { to?: string; gas: string; value: string; data: string; nonce: string; chainId: string } & Fees;
type Fees = { maxFeePerGas?: string; maxPriorityFeePerGas?: string; gasPrice?: string };

const NAMES: Record<SignerDialect, Record<string, "accounts" | "transaction" | "typedData">> = {
  web3signer: { eth_accounts: "accounts", eth_signTransaction: "transaction", eth_signTypedData: "typedData" },
  clef: { account_list: "accounts", account_signTransaction: "transaction", account_signTypedData: "typedData" },
  node: { eth_accounts: "accounts", eth_signTransaction: "transaction", eth_signTypedData_v4: "typedData" },
};

export async function startSigner(wallet: Wallet, dialect: SignerDialect): Promise<SignerService> {
  let fault: SignerFault | undefined;
  const asked: string[] = [];
  const answer = async (method: string, parameters: unknown[]): Promise<object> => {
    const what = NAMES[dialect][method];
    if (what === undefined) return { error: { code: -32601, message: "Method not found" } };
    if (fault === "refuses") return { error: { code: -32000, message: "Request denied" } };
    const key = fault === "otherKey" ? Wallet.createRandom() : wallet;
    switch (what) {
      case "accounts":
        return { result: [key.address.toLowerCase()] };
      case "typedData": {
        const text = parameters[1];
        const isText = typeof text === "string";
        if (isText !== (dialect !== "clef")) return { error: { code: -32602, message: "Invalid params" } };
        const { domain, types, message } = (isText ? JSON.parse(text) : text) as Typed;
        const { EIP712Domain: _, ...own } = types;
        return { result: await key.signTypedData(domain, own, message) };
      }
      case "transaction": {
        const raw = await key.signTransaction(transactionOf(parameters[0] as Wanted, fault));
        return { result: dialect === "clef" ? { raw, tx: {} } : raw };
      }
    }
  };
  const server = createServer((message, response) => {
    const chunks: Buffer[] = [];
    message.on("data", (chunk: Buffer) => chunks.push(chunk));
    message.on("end", () => {
      if (fault === "silent") return;
      if (fault === "notJson") return void response.end("<html>");
      if (fault === "endless") return void response.end("0".repeat(2_000_000));
      const { id, method, params } = JSON.parse(Buffer.concat(chunks).toString()) as {
        id: number;
        method: string;
        params: unknown[];
      };
      asked.push(method);
      void answer(method, params).then((reply) => response.end(JSON.stringify({ jsonrpc: "2.0", id, ...reply })));
    });
  });
  await new Promise<void>((resolve) => server.listen({ host: "127.0.0.1", port: 0 }, resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    asked,
    misbehave(how) {
      fault = how;
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

function transactionOf(wanted: Wanted, fault: SignerFault | undefined): Transaction {
  const { to, gas, value, data, nonce, chainId, maxFeePerGas, maxPriorityFeePerGas, gasPrice } = wanted;
  const isLegacy = maxFeePerGas === undefined;
  return Transaction.from({
    type: isLegacy ? 0 : 2,
    to: to ?? null,
    gasLimit: BigInt(gas),
    value: BigInt(value) + (fault === "otherTransaction" ? 1n : 0n),
    data,
    nonce: Number(nonce),
    chainId: BigInt(chainId),
    ...(isLegacy
      ? { gasPrice: BigInt(gasPrice!) }
      : { maxFeePerGas: BigInt(maxFeePerGas), maxPriorityFeePerGas: BigInt(maxPriorityFeePerGas!) }),
  });
}

/** A chain of one's own behind JSON-RPC, as a process. */
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { JsonRpcProvider } from "ethers";

import { FatalError } from "../../src/errors.ts";
import { freePort } from "./freePort.ts";
import { describeExit, type Processes, type Running, tailOf } from "./processes.ts";

/** Programs that keep a chain. */
export const CHAINS = ["hardhat", "anvil"] as const;
export type Chain = (typeof CHAINS)[number];

export const CHAIN_ID = 31_337n;
/** Accounts of the chain that have ether; the keys are the client's well-known ones. */
const ACCOUNTS = 20;

export type ChainProcess = {
  readonly url: string;
  readonly running: Running;
  /** For this program; asks anew each time, and waits for transactions briskly. */
  readonly provider: JsonRpcProvider;
};

const root = join(import.meta.dirname, "..", "..");
const bin = (name: string): string => join(root, "node_modules", ".bin", name);

const COMMANDS: Record<Chain, (port: number) => { file: string; args: string[] }> = {
  hardhat: (port) => ({ file: bin("hardhat"), args: ["node", "--hostname", "127.0.0.1", "--port", String(port)] }),
  anvil: (port) => ({
    file: bin("anvil"),
    args: [
      ...["--host", "127.0.0.1", "--port", String(port), "--chain-id", String(CHAIN_ID)],
      ...["--accounts", String(ACCOUNTS), "--hardfork", "osaka"],
    ],
  }),
};

/** A provider for programs that drive a chain of their own: nothing cached, blocks looked for twenty times a second. */
export function localProvider(url: string): JsonRpcProvider {
  const provider = new JsonRpcProvider(url, CHAIN_ID, { staticNetwork: true, cacheTimeout: -1, batchMaxCount: 1 });
  provider.pollingInterval = 50;
  return provider;
}

/**
 * Starts a chain on loopback and waits until it answers.
 * @param port - a free one unless given.
 * @throws FatalError `CHAIN_NOT_STARTED` with what the process said.
 */
export async function startChain(
  processes: Processes,
  { chain, folder, port }: { chain: Chain; folder: string; port?: number | undefined },
): Promise<ChainProcess> {
  const chosen = port ?? (await freePort());
  const url = `http://127.0.0.1:${chosen}`;
  const running = await processes.start({
    name: `chain (${chain})`,
    ...COMMANDS[chain](chosen),
    logFile: join(folder, "chain.log"),
    env: { HARDHAT_DISABLE_TELEMETRY_PROMPT: "true" },
  });
  for (let attempt = 0; attempt < 1_200; attempt++) {
    if (running.exit !== undefined) break;
    if (await answers(url)) return { url, running, provider: localProvider(url) };
    await setTimeout(100);
  }
  const end =
    running.exit === undefined ? "did not answer within two minutes" : `ended with ${describeExit(running.exit)}`;
  await running.kill();
  throw new FatalError("CHAIN_NOT_STARTED", `${chain} ${end}:\n${tailOf(running)}`);
}

async function answers(url: string): Promise<boolean> {
  try {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] });
    const headers = { "content-type": "application/json" };
    const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(1_000) });
    return response.ok && (await response.text()).includes(`0x${CHAIN_ID.toString(16)}`);
  } catch {
    return false;
  }
}

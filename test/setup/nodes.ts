import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createRequire } from "node:module";
import { createServer, type AddressInfo } from "node:net";
import { dirname, join } from "node:path";

import { HDNodeWallet, JsonRpcProvider, Network } from "ethers";

/** A chain's node as a process of its own. */
export type ChainNode = {
  url: string;
  chainId: bigint;
  /** Connected without anything in between; destroyed with the node. */
  provider: JsonRpcProvider;
  /** One of the accounts that own 10,000 ETH, not connected. */
  wallet: (index: number) => HDNodeWallet;
  stop: () => Promise<void>;
};

export type AnvilOptions = {
  /** Seconds; a block for each transaction if left out. */
  blockTime?: number;
  /** No block but those that a test asks for. */
  noMining?: boolean;
  extra?: readonly string[];
};

const require = createRequire(import.meta.url);

/** Both clients' default, so that their accounts are the same. */
const MNEMONIC = "test test test test test test test test test test test junk";
const CHAIN_ID = 31_337n;
const START_MS = 120_000;

/** Starts anvil on a free port of loopback, and waits until it answers. */
export async function startAnvil({ blockTime, noMining, extra = [] }: AnvilOptions = {}): Promise<ChainNode> {
  const args = ["--host", "127.0.0.1", "--chain-id", CHAIN_ID.toString(), "--mnemonic", MNEMONIC, "--quiet"];
  if (blockTime !== undefined) args.push("--block-time", blockTime.toString());
  if (noMining === true) args.push("--no-mining");
  return startNode((port) => spawn(anvilPath(), [...args, "--port", port.toString(), ...extra], { stdio: "ignore" }));
}

/** Starts `hardhat node` on a free port of loopback, and waits until it answers: some seconds. */
export async function startHardhatNode(): Promise<ChainNode> {
  const hardhat = join(dirname(require.resolve("hardhat/package.json")), "dist", "src", "cli.js");
  const args = [hardhat, "node", "--hostname", "127.0.0.1", "--port"];
  return startNode((port) => spawn(process.execPath, [...args, port.toString()], { stdio: "ignore" }));
}

/** The program itself: the wrapper that npm links leaves it running when it is killed. */
function anvilPath(): string {
  const platform = process.platform === "win32" ? "win32" : process.platform;
  const name = `@foundry-rs/anvil-${platform}-${process.arch === "x64" ? "amd64" : process.arch}`;
  const wrapper = createRequire(require.resolve("@foundry-rs/anvil/package.json"));
  const folder = dirname(wrapper.resolve(`${name}/package.json`));
  return join(folder, "bin", process.platform === "win32" ? "anvil.exe" : "anvil");
}

async function startNode(start: (port: number) => ChildProcess): Promise<ChainNode> {
  const port = await freePort();
  const child = start(port);
  const kill = (): boolean => child.kill("SIGKILL");
  process.once("exit", kill);
  const url = `http://127.0.0.1:${port}`;
  const network = Network.from(CHAIN_ID);
  const provider = new JsonRpcProvider(url, network, { staticNetwork: network, batchMaxCount: 1, cacheTimeout: -1 });
  const stop = async (): Promise<void> => {
    provider.destroy();
    process.off("exit", kill);
    if (child.exitCode !== null || child.signalCode !== null) return;
    const exit = once(child, "exit");
    kill();
    await exit;
  };
  try {
    await answers(child, url);
  } catch (error) {
    await stop();
    throw error;
  }
  const wallet = (index: number): HDNodeWallet =>
    HDNodeWallet.fromPhrase(MNEMONIC, undefined, `m/44'/60'/0'/0/${index}`);
  return { url, chainId: CHAIN_ID, provider, wallet, stop };
}

/** Nothing else takes it before the node does, or the node ends and the start fails. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function answers(child: ChildProcess, url: string): Promise<void> {
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "eth_chainId", params: [] });
  const headers = { "content-type": "application/json" };
  for (const end = Date.now() + START_MS; Date.now() < end;) {
    if (child.exitCode !== null) throw new Error(`the node ended with ${child.exitCode}`);
    try {
      const response = await fetch(url, { method: "POST", headers, body, signal: AbortSignal.timeout(1000) });
      if (response.ok) return;
    } catch {
      // not yet
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`the node does not answer within ${START_MS} ms`);
}

/** Adds blocks at once. Both clients know this method. */
export async function mine(provider: JsonRpcProvider, count = 1): Promise<void> {
  for (let i = 0; i < count; i++) await provider.send("evm_mine", []);
}

/**
 * Replaces the newest blocks with as many others (anvil only).
 * @param transactions Raw ones with the block of the new chain, from 0, that has them; what the old blocks had is dropped.
 */
export async function reorg(
  node: ChainNode,
  depth: number,
  transactions: readonly (readonly [raw: string, block: number])[] = [],
): Promise<void> {
  await node.provider.send("anvil_reorg", [depth, transactions]);
}

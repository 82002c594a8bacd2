import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { Wallet, parseEther } from "ethers";
import { pino } from "pino";

import { challengerSchema } from "../../src/challenger/config.ts";
import { startChallenger, type RunningChallenger } from "../../src/challenger/main.ts";
import { configPieces } from "../../src/daemon/configPieces.ts";
import { writeKeystore } from "../../src/daemon/keystore.ts";
import { processClock } from "../../src/daemon/lifecycle.ts";
import { serveRpc, type RpcServer } from "./rpcServer.ts";
import type { Stage } from "./stage.ts";

const PASSWORD = "correct horse";
const POLL_SECONDS = 0.03;

/** The challenger's program as it ships, on a stage's chain over HTTP, with a purse and a journal of its own. */
export class WatchTower {
  /** Lines of its log. */
  readonly lines: Record<string, unknown>[] = [];
  readonly wallet: Wallet;
  readonly #stage: Stage;
  readonly #folder: string;
  readonly #rpc: RpcServer;
  #running: RunningChallenger | undefined;

  private constructor(stage: Stage, folder: string, rpc: RpcServer) {
    this.#stage = stage;
    this.#folder = folder;
    this.#rpc = rpc;
    this.wallet = new Wallet(Wallet.createRandom().privateKey, stage.provider);
  }

  /** @param purse - Tokens that it owns. */
  static async build(stage: Stage, purse: bigint): Promise<WatchTower> {
    const folder = await mkdtemp(join(tmpdir(), "credence-challenger-"));
    const tower = new WatchTower(stage, folder, await serveRpc(stage.connection));
    const { protocol, ledger } = stage;
    const { address } = tower.wallet;
    ledger.open("tower", address);
    ledger.fund(address, purse);
    await (await protocol.deployer.sendTransaction({ to: address, value: parseEther("10") })).wait();
    await (await protocol.token.connect(protocol.deployer).transfer(address, purse)).wait();
    const { privateKey } = tower.wallet;
    await writeKeystore({ path: join(folder, "key.json"), password: PASSWORD, privateKey, scryptN: 2 });
    await writeFile(join(folder, "password"), PASSWORD, { mode: 0o600 });
    return tower;
  }

  get journal(): string {
    return join(this.#folder, "challenger.sqlite");
  }

  get running(): RunningChallenger {
    if (this.#running === undefined) throw new Error("the challenger does not run");
    return this.#running;
  }

  /** @param changes - of the configuration file, at its top. */
  async start(changes: Record<string, unknown> = {}): Promise<RunningChallenger> {
    const { deployment, modelId } = this.#stage;
    const { chainId } = await this.#stage.provider.getNetwork();
    const file = {
      chain: {
        ...{ rpcUrl: this.#rpc.url, chainId: Number(chainId), deployment, fromBlock: 0 },
        pollSeconds: POLL_SECONDS,
      },
      keys: { sender: { keystore: "key.json", passwordFile: "password" } },
      journal: "challenger.sqlite",
      models: [{ modelId, source: { kind: "lande" } }],
      budget: { bonds: "100", gasEth: "5", maxOpenGames: 2 },
      fetch: { allowPrivateAddresses: true, attempts: 2, retrySeconds: 0.05, timeoutSeconds: 1 },
      metrics: { port: 0 },
      claimFrom: "1000000",
      ...changes,
    };
    const config = challengerSchema(configPieces({ folder: this.#folder, variables: {} })).parse(file);
    const log = pino({ level: "debug" }, { write: (line: string) => this.lines.push(JSON.parse(line) as never) });
    const environment = { ...processClock, log, signal: new AbortController().signal, variables: {} };
    this.#running = await startChallenger(config, environment);
    return this.#running;
  }

  async stop(): Promise<void> {
    await this.#running?.stop();
    this.#running = undefined;
  }

  async dismantle(): Promise<void> {
    await this.stop();
    await this.#rpc.close();
    await rm(this.#folder, { recursive: true });
  }

  /** Messages of its log from this line on. */
  said(message: string, from = 0): Record<string, unknown>[] {
    return this.lines.slice(from).filter(({ msg }) => msg === message);
  }

  /** Waits until its log has such a line. */
  async hears(message: string, { from = 0, times = 1 }: { from?: number; times?: number } = {}): Promise<void> {
    await until(`its log says "${message}"`, async () => this.said(message, from).length >= times);
  }

  /** Value of a metric; 0 if it was never set. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(`${this.running.metricsUrl!}/metrics`)).text();
    const line = text.split("\n").find((each) => each.startsWith(name));
    return line === undefined ? 0 : Number(line.split(" ").at(-1));
  }
}

/** @throws Error if it is not so within 20 seconds. */
export async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 800; i++) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error(`in 20 seconds it never became so that ${what}`);
}

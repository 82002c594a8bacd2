import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Provider } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";
import pino from "pino";
import { Registry } from "prom-client";

import { hostModel } from "../../src/actions/hostModel.ts";
import { publishModel } from "../../src/actions/publishModel.ts";
import { contractsOf } from "../../src/chain/contracts.ts";
import { CURSOR_TABLE } from "../../src/daemon/cursorTable.ts";
import { openJournal, type Journal } from "../../src/daemon/journal.ts";
import { importDenseNetwork } from "../../src/inference/denseNetwork.ts";
import { AnswerDesk, type AnswerDeskOptions, type AskedJob } from "../../src/operator/answering.ts";
import { ApiMetrics } from "../../src/operator/apiMetrics.ts";
import { BatchTrees } from "../../src/operator/batchTrees.ts";
import { CHAIN_MIGRATIONS } from "../../src/operator/chainJournal.ts";
import { OperatorFollower } from "../../src/operator/follow.ts";
import { GroupCommit } from "../../src/operator/groupCommit.ts";
import { HeadWatch } from "../../src/operator/headWatch.ts";
import { ANSWER_MIGRATIONS, AnswerJournal } from "../../src/operator/journal.ts";
import { hostModels, type HostedModels, type ModelSetup } from "../../src/operator/models/hostModels.ts";
import { ModelPool } from "../../src/operator/models/modelPool.ts";
import { PromiseLedger } from "../../src/operator/promises.ts";
import { startServer, type ApiServer, type ServerSettings } from "../../src/operator/server.ts";
import { StandingReader } from "../../src/operator/standing.ts";
import type { ModelId } from "../../src/protocol/ids.ts";
import { COVERAGE, POLICY, operate, type Operation } from "./operation.ts";
import { POCKET, POCKET_REQUEST, manifestOf } from "./pocketNetwork.ts";

/** An operator on chain that hosts a real network, whose file is on disk. */
export type Business = Operation & { provider: Provider; pocketId: ModelId; networkFile: string; folder: string };

/** For `networkHelpers.loadFixture(openBusiness)`. The folder stays until the process ends. */
export async function openBusiness(connection: NetworkConnection): Promise<Business> {
  const operation = await operate(connection);
  const folder = mkdtempSync(join(tmpdir(), "credence-"));
  process.once("exit", () => {
    rmSync(folder, { recursive: true, force: true });
  });
  const networkFile = join(folder, "pocket.dense.json");
  writeFileSync(networkFile, POCKET);
  const network = await importDenseNetwork(networkFile);
  const { publisher, deployment, operator } = operation;
  const manifest = manifestOf(network);
  const pocketId = await publishModel(publisher, deployment, { manifest, policy: POLICY, spec: network.spec });
  await hostModel(operator, deployment, { modelId: pocketId });
  return { ...operation, provider: connection.ethers.provider, pocketId, networkFile, folder };
}

const SERVER: ServerSettings = {
  offersPublishing: true,
  host: "127.0.0.1",
  port: 0,
  bodyLimit: 65_536,
  rateLimit: { max: 10_000, perSeconds: 60 },
  requestSeconds: 5,
  maxConnections: 500,
  trustProxy: [],
};
const FOLLOW_MS = 30_000;

export type CounterOptions = Partial<AnswerDeskOptions> & {
  settings?: Partial<ServerSettings>;
  setups?: readonly ModelSetup[];
  pool?: ModelPool;
  /** Of the journal file. */
  name?: string;
};

let shared: ModelPool | undefined;

/** The threads that the tests of a file share. */
function sharedPool(): ModelPool {
  return (shared ??= new ModelPool({ workers: 1, timeoutMs: 20_000 }));
}

/** To be called after the last test of a file that opened a counter. */
export async function closeSharedPool(): Promise<void> {
  await shared?.close();
  shared = undefined;
}

/** An operator's desk and API with real parts, but for the duties on chain: tests follow the chain themselves. */
export class AnswerCounter {
  readonly journal: Journal;
  readonly answers: AnswerJournal;
  readonly registry = new Registry();
  readonly log: Record<string, unknown>[] = [];
  readonly watch: HeadWatch;
  readonly ledger: PromiseLedger;
  readonly #business: Business;
  readonly #follower: OperatorFollower;
  #hosted!: HostedModels;
  #desk!: AnswerDesk;
  #server!: ApiServer;
  /** Milliseconds that the monotonic clock is ahead. */
  elapsed = 0;
  #nonce = 1_000n;

  private constructor(business: Business, name: string) {
    const { provider, deployment, operator, folder, pocketId } = business;
    this.#business = business;
    this.journal = openJournal(join(folder, name), {
      program: "operator",
      identity: { operator: operator.address },
      migrations: [CURSOR_TABLE, ...ANSWER_MIGRATIONS, ...CHAIN_MIGRATIONS],
    });
    this.answers = new AnswerJournal(this.journal);
    const log = pino({ level: "debug" }, { write: (line) => this.log.push(JSON.parse(line) as object as never) });
    this.#follower = new OperatorFollower({
      ...{ journal: this.journal, provider, deployment, operator: operator.address, fromBlock: 0, log },
      modelIds: [pocketId],
    });
    this.watch = new HeadWatch({
      head: () => this.answers.head(),
      monotonic: () => this.elapsed,
      staleAfterMs: FOLLOW_MS,
      quietAfterMs: 10 * FOLLOW_MS,
    });
    this.ledger = new PromiseLedger(this.answers, String);
  }

  static async open(business: Business, options: CounterOptions = {}): Promise<AnswerCounter> {
    const counter = new AnswerCounter(business, options.name ?? `operator-${Math.random()}.sqlite`);
    await counter.#open(options);
    return counter;
  }

  get url(): string {
    return this.#server.url;
  }

  get desk(): AnswerDesk {
    return this.#desk;
  }

  async #open({ settings, setups, pool = sharedPool(), name: _, ...changes }: CounterOptions): Promise<void> {
    const { provider, deployment, domain, operator, key, pocketId, networkFile } = this.#business;
    const { answers, watch, ledger, registry } = this;
    const contracts = contractsOf(deployment, provider);
    const pocket: ModelSetup = {
      ...{ modelId: pocketId, source: { kind: "network", path: networkFile } },
      ...{ coverage: COVERAGE, maxCoverage: 10n * COVERAGE },
    };
    this.#hosted = await hostModels(contracts, pool, setups ?? [pocket]);
    const { models } = this.#hosted;
    const address = operator.address.toLowerCase();
    const modelIds = [...models.keys()];
    const standings = new StandingReader({
      ...{ contracts, provider, watch, operator: address, signerId: key.signerId, modelIds },
    });
    this.#desk = new AnswerDesk({
      ...{ answers, writer: new GroupCommit(this.journal), models, ledger, standings, signer: key, operator: address },
      ...{ domain, anchorWithin: 21_600, maxPending: 300, ...changes },
    });
    watch.recovered();
    await this.follow();
    this.#server = await startServer({
      ...{ settings: { ...SERVER, ...settings }, desk: this.#desk, answers, registry },
      trees: new BatchTrees(answers),
      metrics: new ApiMetrics({ registry, pending: () => this.#desk.pending }),
      isPrivate: async (modelId) => models.get(modelId)!.privateInput,
      log: pino({ level: "error" }, { write: (line) => this.log.push(JSON.parse(line) as object as never) }),
    });
  }

  /** As a pass of the duties does. */
  async follow(): Promise<void> {
    await this.#follower.poll();
    this.ledger.refresh();
    this.watch.followed();
  }

  /** A job that was not asked yet. */
  job(changes: Partial<AskedJob> = {}): AskedJob {
    const { pocketId, stranger, beneficiary } = this.#business;
    return {
      ...{ modelId: pocketId, request: POCKET_REQUEST, nonce: this.#nonce++, coverage: undefined, publish: false },
      ...{ requester: stranger.address.toLowerCase(), beneficiary: beneficiary.address.toLowerCase(), ...changes },
    };
  }

  /** Ends it; what is on disk stays. */
  async close(): Promise<void> {
    await this.#server.close(1_000);
    await this.#hosted.close();
    if (this.journal.database.isOpen) this.journal.close();
  }
}

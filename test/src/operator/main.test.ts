import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import pino from "pino";

import hardhatConfig from "../../../hardhat.config.ts";
import { OperatorClient } from "../../../src/api/operatorClient.ts";
import { loadConfig } from "../../../src/daemon/config.ts";
import { writeKeystore } from "../../../src/daemon/keystore.ts";
import { processClock } from "../../../src/daemon/lifecycle.ts";
import type { CredenceError } from "../../../src/errors.ts";
import { operatorSchema, type OperatorConfig } from "../../../src/operator/config.ts";
import { startOperator, type RunningOperator } from "../../../src/operator/main.ts";
import { encodeSignedReceipt } from "../../../src/protocol/receiptJson.ts";
import { openBusiness, type Business } from "../../setup/answerCounter.ts";
import { startAnvil, type ChainNode } from "../../setup/nodes.ts";
import { POCKET_REQUEST } from "../../setup/pocketNetwork.ts";

const ROOT = join(import.meta.dirname, "../../..");
const PASSWORD = "correct horse";

describe("operator: the program", () => {
  let node: ChainNode;
  let b: Business;
  let folder: string;
  const running: RunningOperator[] = [];

  before(async () => {
    node = await startAnvil();
    folder = mkdtempSync(join(tmpdir(), "credence-"));
    // Ignition keeps a journal of chains that are not in this process: this one is gone afterwards, and so is its journal.
    const paths = { ...hardhatConfig.paths, ignition: join(folder, "ignition") };
    const hre = await createHardhatRuntimeEnvironment({ ...hardhatConfig, paths }, { network: "localhost" }, ROOT);
    b = await openBusiness(await hre.network.create({ network: "localhost", override: { url: node.url } }));
    const keys = { signer: keyOf(b.hotAccount.address), sender: keyOf(b.operator.address) };
    for (const [name, privateKey] of Object.entries(keys)) {
      await writeKeystore({ path: join(folder, `${name}.json`), password: PASSWORD, privateKey, scryptN: 2 });
    }
  });
  after(async () => {
    await node.stop();
    rmSync(folder, { recursive: true });
  });
  afterEach(async () => {
    for (const each of running.splice(0)) await each.stop();
  });

  /** The key of one of the node's accounts. */
  const keyOf = (address: string): string => {
    for (let i = 0; i < 20; i++) if (node.wallet(i).address === address) return node.wallet(i).privateKey;
    throw new Error(`the node has no account ${address}`);
  };

  const configure = async (changes: object = {}): Promise<OperatorConfig> => {
    const path = join(folder, "operator.json5");
    const key = (name: string) => ({ keystore: `${name}.json`, passwordEnv: "PASSWORD" });
    const config = {
      chain: {
        ...{ rpcUrl: node.url, chainId: 31_337, deployment: b.deployment, fromBlock: 0 },
        ...{ pollSeconds: 0.2, timeoutSeconds: 5 },
      },
      ...{ operator: b.operator.address, journal: "operator.sqlite" },
      keys: { signer: key("signer"), sender: key("sender") },
      api: { port: 0, publicUrl: "http://127.0.0.1:1" },
      models: [{ modelId: b.pocketId, source: { kind: "network", path: b.networkFile }, coverage: "10" }],
      anchoring: { ageSeconds: 1, size: 10 },
      log: { level: "silent" },
      ...changes,
    };
    writeFileSync(path, JSON.stringify(config));
    return loadConfig(path, operatorSchema, { PASSWORD });
  };
  const start = async (config: OperatorConfig): Promise<RunningOperator> => {
    const environment = { ...processClock, log: pino({ level: "silent" }), signal: new AbortController().signal };
    const program = await startOperator(config, { ...environment, variables: { PASSWORD } });
    running.push(program);
    return program;
  };
  const clientOf = ({ url }: RunningOperator): OperatorClient =>
    new OperatorClient({ url, allowPrivateAddresses: true });

  const until = async (what: string, isSo: () => Promise<boolean>): Promise<void> => {
    for (let i = 0; i < 300; i++) {
      if (await isSo()) return;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error(`not within 15 s: ${what}`);
  };
  const isReady = async (client: OperatorClient): Promise<boolean> =>
    client.ready().then(
      () => true,
      () => false,
    );
  const codeOf = async (work: Promise<unknown>): Promise<string> =>
    work.then(
      () => "none",
      (error: unknown) => (error as CredenceError).code,
    );

  it("answers, anchors what it answered, and after a restart gives the same receipt", async () => {
    const config = await configure();
    const first = await start(config);
    const client = clientOf(first);
    await until("ready", () => isReady(client));
    const question = {
      ...{ modelId: b.pocketId, request: POCKET_REQUEST, requester: b.stranger.address, nonce: 1n },
      beneficiary: b.beneficiary.address,
    };
    const { receipt, signature } = await client.answer(question);
    await until("anchored", async () => {
      await node.provider.send("evm_mine", []);
      return (await client.answerOf(receipt.jobId)).state === "anchored";
    });
    expect(await codeOf(start(config))).to.equal("JOURNAL_IN_USE");
    await first.stop();
    expect(await codeOf(client.ready())).to.equal("OPERATOR_UNREACHABLE");
    const second = await start(config);
    const again = await clientOf(second).answer(question);
    expect(encodeSignedReceipt({ receipt: again.receipt, signature: again.signature })).to.equal(
      encodeSignedReceipt({ receipt, signature }),
    );
  });

  for (const hours of [-1, 1]) {
    it(`dates receipts by the chain where the host's clock is ${hours > 0 ? "ahead" : "behind"} by an hour`, async () => {
      const { now } = Date;
      Date.now = () => now() + hours * 3_600_000;
      try {
        const program = await start(await configure({ journal: `clock${hours}.sqlite` }));
        const client = clientOf(program);
        await until("ready", () => isReady(client));
        const question = { modelId: b.pocketId, request: POCKET_REQUEST, requester: b.stranger.address };
        const asked = { ...question, nonce: BigInt(100 + hours), beneficiary: b.beneficiary.address };
        const { receipt } = await client.answer(asked);
        const { timestamp } = (await node.provider.getBlock("latest"))!;
        expect(Math.abs(timestamp - receipt.issuedAt)).to.be.below(60);
        await until("anchored", async () => {
          await node.provider.send("evm_mine", []);
          return (await client.answerOf(receipt.jobId)).state === "anchored";
        });
      } finally {
        Date.now = now;
      }
    });
  }

  it("does not start with another chain, other keys, a model that is another, or contracts that are not there", async () => {
    const chain = { rpcUrl: node.url, chainId: 31_337, deployment: b.deployment, fromBlock: 0 };
    const model = { modelId: b.pocketId, source: { kind: "network", path: b.networkFile }, coverage: "10" };
    const journal = "other.sqlite";
    const deployment = { ...b.deployment, models: b.stranger.address };
    const cases: [string, object][] = [
      ["CHAIN_OTHER", { chain: { ...chain, chainId: 1 } }],
      ["DEPLOYMENT_MISSING", { chain: { ...chain, deployment } }],
      ["MODEL_MISMATCH", { models: [{ ...model, source: { kind: "lande" } }] }],
      ["COVERAGE_RANGE", { models: [{ ...model, coverage: "9" }] }],
      ["JOURNAL_OTHER", { operator: b.stranger.address, journal: "operator.sqlite" }],
    ];
    for (const [code, changes] of cases) {
      const name = code === "CHAIN_OTHER" ? "chain1.sqlite" : journal;
      expect(await codeOf(start(await configure({ journal: name, ...changes }))), code).to.equal(code);
    }
    const taken = await start(await configure({ journal: "taken.sqlite" }));
    const port = Number(new URL(taken.url).port);
    const api = { port, publicUrl: "http://127.0.0.1:1" };
    expect(await codeOf(start(await configure({ journal, api })))).to.equal("API_NOT_SERVED");
  });

  it("ends with the signal, and says what ended it", async () => {
    const controller = new AbortController();
    const environment = { ...processClock, log: pino({ level: "silent" }), variables: { PASSWORD } };
    const config = await configure({ journal: "signal.sqlite" });
    const program = await startOperator(config, { ...environment, signal: controller.signal });
    controller.abort(new Error("SIGTERM"));
    await program.stopped;
    await (await start(config)).stop(); // the lock is free again
  });
});

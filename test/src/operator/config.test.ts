import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { toBeHex } from "ethers";

import { loadConfig } from "../../../src/daemon/config.ts";
import { FatalError } from "../../../src/errors.ts";
import { operatorSchema, type OperatorConfig } from "../../../src/operator/config.ts";

const OPERATOR = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const MODEL = { modelId: toBeHex(1, 32), source: { kind: "lande" }, coverage: "10" };
const BASE = {
  chain: { rpcUrl: "http://127.0.0.1:8545", chainId: 31_337, deployment: "book.json" },
  ...{ operator: OPERATOR.toLowerCase(), journal: "operator.sqlite" },
  keys: { signer: { keystore: "signer.json", passwordEnv: "PASSWORD" }, sender: { keystore: "sender.json" } },
  api: { publicUrl: "https://operator.example/" },
  models: [MODEL],
};

describe("operator: configuration", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "credence-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const load = async (changes: object): Promise<OperatorConfig> => {
    const path = join(folder, "operator.json5");
    writeFileSync(path, JSON.stringify({ ...BASE, ...changes }));
    return loadConfig(path, operatorSchema, { PASSWORD: "secret" });
  };

  it("fills in what is not said, binds to loopback, and cannot be changed", async () => {
    const config = await load({});
    expect(config.operator).to.equal(OPERATOR);
    expect(config.journal).to.equal(join(folder, "operator.sqlite"));
    expect(config.api).to.deep.equal({
      ...{ host: "127.0.0.1", port: 8_420, publicUrl: "https://operator.example", bodyLimit: 262_144 },
      ...{ rateLimit: { max: 120, perSeconds: 60 }, requestSeconds: 10, maxPending: 64, maxConnections: 1_000 },
      ...{ trustProxy: [], offersPublishing: true },
    });
    expect(config.anchoring).to.deep.equal({
      ...{ size: 1_000, ageSeconds: 60, anchorWithinSeconds: 21_600, lastResortSeconds: 3_600 },
    });
    expect([config.chain.staleSeconds, config.chain.quietSeconds]).to.deep.equal([60, 900]);
    expect(() => {
      (config.api as { host: string }).host = "0.0.0.0";
    }).to.throw(TypeError);
  });

  it("names the field that is wrong", async () => {
    const cases: [changes: object, sentence: RegExp][] = [
      [{ operator: "0x12" }, /operator: expected an address, got "0x12"/u],
      [{ models: [{ ...MODEL, coverage: 10 }] }, /models\[0\]\.coverage: expected string, got 10/u],
      [{ models: [{ ...MODEL, modelId: "0x1" }] }, /models\[0\]\.modelId: expected 0x and 64 hex digits, got "0x1"/u],
      [{ models: [MODEL, MODEL] }, /models: expected each model once/u],
      [
        { models: [{ ...MODEL, source: { kind: "network" } }] },
        /models\[0\]\.source\.path: expected string, got nothing/u,
      ],
      [{ api: { publicUrl: "operator.example" } }, /api\.publicUrl: expected an http or https URL/u],
      [{ api: { ...BASE.api, port: 70_000 } }, /api\.port: .*70000/u],
      [{ api: { ...BASE.api, ports: 1 } }, /api\.ports: there is no such field/u],
      [{ anchoring: { anchorWithinSeconds: 86_401 } }, /anchoring\.anchorWithinSeconds: .*86400/u],
      [{ anchoring: { anchorWithinSeconds: 7_260 } }, /anchoring: expected ageSeconds and twice lastResortSeconds/u],
      [{ workers: 0 }, /workers: /u],
    ];
    for (const [changes, sentence] of cases) {
      try {
        await load(changes);
        expect.fail(`took ${JSON.stringify(changes)}`);
      } catch (error) {
        expect(error, JSON.stringify(changes)).to.be.instanceOf(FatalError);
        expect((error as FatalError).message).to.match(sentence);
      }
    }
  });
});

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { z } from "zod";

import { loadConfig, type Variables } from "../../../src/daemon/config.ts";
import type { ConfigPieces } from "../../../src/daemon/configPieces.ts";
import { readDeployment } from "../../../src/daemon/deployments.ts";

const A = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";

const schemaOf = ({ chain, key, log, path, metrics, tokens, coin }: ConfigPieces) =>
  z.strictObject({
    chain,
    keys: z.strictObject({ sender: key }),
    journal: path,
    bonds: tokens.optional(),
    gas: coin.optional(),
    log,
    metrics,
  });

const GOOD = `{
  // a comment
  chain: { rpcUrl: "http://127.0.0.1:8545", chainId: 31337, deployment: "book.json", maxFeePerGas: "50 gwei" },
  keys: { sender: { keystore: "key.json", passwordFile: "/run/password" } },
  journal: "a/b.sqlite",
}`;

describe("daemon: loadConfig", function () {
  let folder: string;
  before(async function () {
    folder = await mkdtemp(join(tmpdir(), "credence-config-"));
  });
  after(async function () {
    await rm(folder, { recursive: true });
  });

  async function load(text: string, variables: Variables = {}) {
    const path = join(folder, "config.json5");
    await writeFile(path, text);
    return loadConfig(path, schemaOf, variables);
  }
  /** The sentences of a refusal, without the file's name. */
  async function faultsIn(text: string, variables: Variables = {}): Promise<string[]> {
    try {
      await load(text, variables);
    } catch (error) {
      expect(error).to.include({ code: "CONFIG_INVALID" });
      const lines = (error as Error).message.split("\n");
      const path = `${join(folder, "config.json5")}: `;
      expect(lines.every((line) => line.startsWith(path))).to.equal(true);
      return lines.map((line) => line.slice(path.length));
    }
    throw new Error("expected a refusal");
  }
  const changed = (from: string, to: string): string => {
    expect(GOOD).to.include(from);
    return GOOD.replace(from, to);
  };

  it("reads a file with comments, fills in what is left out, makes paths absolute, freezes", async function () {
    const config = await load(GOOD);
    expect(config).to.deep.equal({
      chain: {
        rpcUrl: "http://127.0.0.1:8545",
        chainId: 31_337n,
        deployment: join(folder, "book.json"),
        confirmations: 1,
        pollSeconds: 4,
        timeoutSeconds: 20,
        maxFeePerGas: 50_000_000_000n,
        stuckAfterSeconds: 120,
      },
      keys: { sender: { keystore: join(folder, "key.json"), passwordFile: "/run/password" } },
      journal: join(folder, "a/b.sqlite"),
      log: { level: "info" },
    });
    for (const part of [config, config.chain, config.keys.sender, config.log])
      expect(Object.isFrozen(part)).to.equal(true);
  });

  it("names field, expectation and what stands there; a field that is not known is refused", async function () {
    const one = changed("chainId: 31337,", 'chainId: "31337", chainID: 1,').replace("journal", "jurnal");
    expect(await faultsIn(one)).to.have.members([
      'chain.chainId: expected number, got "31337"',
      "chain.chainID: there is no such field",
      "journal: expected string, got nothing",
      "jurnal: there is no such field",
    ]);
    expect(await faultsIn(changed('"50 gwei"', '"50"'))).to.deep.equal([
      'chain.maxFeePerGas: expected an amount and a unit, such as "50 gwei", got "50"',
    ]);
    expect(await faultsIn(changed("passwordFile:", "pasword:"))).to.deep.equal([
      "keys.sender.pasword: there is no such field",
    ]);
    expect(await faultsIn(changed("{ keystore", '{ passwordEnv: "P", keystore'), { P: "x" })).to.deep.equal([
      "keys.sender: expected passwordFile or passwordEnv, not both, got an object",
    ]);
    expect(await faultsIn(changed("journal:", 'log: { level: "loud" }, journal:'))).to.deep.equal([
      'log.level: invalid option: expected one of "fatal"|"error"|"warn"|"info"|"debug"|"trace"|"silent", got "loud"',
    ]);
  });

  it("shows no more of a URL than its host", async function () {
    const faults = await faultsIn(changed("http://127.0.0.1:8545", "ftp://user:pass@node.example/v1/key?k=secret"));
    expect(faults).to.deep.equal(["chain.rpcUrl: expected an http or https URL, got a URL of node.example"]);
  });

  it("takes secrets from variables that the file names, and says which is missing", async function () {
    const text = changed('"http://127.0.0.1:8545"', '{ env: "RPC_URL" }').replace(
      'passwordFile: "/run/password"',
      'passwordEnv: "PASSWORD"',
    );
    const config = await load(text, { RPC_URL: "https://node.example/key", PASSWORD: "secret" });
    expect(config.chain.rpcUrl).to.equal("https://node.example/key");
    expect(config.keys.sender).to.deep.equal({ keystore: join(folder, "key.json"), passwordEnv: "PASSWORD" });
    expect(await faultsIn(text, { RPC_URL: "" })).to.deep.equal([
      'chain.rpcUrl.env: the environment variable of this name is not set, got "RPC_URL"',
      'keys.sender.passwordEnv: the environment variable of this name is not set, got "PASSWORD"',
    ]);
    expect(await faultsIn(text, { RPC_URL: "secret", PASSWORD: "x" })).to.deep.equal([
      "chain.rpcUrl: expected an http or https URL in that environment variable, got an object",
    ]);
  });

  it("a file that is missing or no JSON5", async function () {
    const missing = join(folder, "none.json5");
    let refusal: unknown;
    await loadConfig(missing, schemaOf, {}).catch((error: unknown) => (refusal = error));
    expect(refusal).to.include({ code: "CONFIG_UNREADABLE" });
    expect((refusal as Error).message).to.match(/^.*none\.json5: the configuration file cannot be read: ENOENT/);
    expect(await faultsIn("{ chain: ")).to.deep.equal(["not JSON5: invalid end of input at 1:10"]);
  });
});

describe("daemon: readDeployment", function () {
  let folder: string;
  before(async function () {
    folder = await mkdtemp(join(tmpdir(), "credence-book-"));
  });
  after(async function () {
    await rm(folder, { recursive: true });
  });
  const names = ["token", "vault", "operators", "models", "attestations", "slashing", "court", "disputes", "replay"];
  const addresses = Object.fromEntries(names.map((name) => [name, A]));
  const book = { format: "credence-address-book-1", chainId: 31_337, blocks: { first: 7, last: 9 }, addresses };

  async function read(content: unknown, chain: { chainId?: bigint; fromBlock?: number } = {}) {
    const deployment = join(folder, "book.json");
    await writeFile(deployment, JSON.stringify(content));
    return readDeployment({ chainId: 31_337n, ...chain, deployment });
  }
  async function codeOf(work: Promise<unknown>): Promise<[unknown, string]> {
    const error = await work.then(
      () => new Error("no refusal"),
      (thrown: unknown) => thrown as Error & { code?: string },
    );
    return ["code" in error ? error.code : undefined, error.message];
  }

  it("from an address book, which may name more", async function () {
    const more = { ...book, addresses: { ...addresses, governor: A }, deployer: A };
    expect(await read(more)).to.deep.equal({ deployment: addresses, fromBlock: 7 });
    expect((await read(more, { fromBlock: 12 })).fromBlock).to.equal(12);
  });

  it("refuses a book of another chain, or something else", async function () {
    const [other, sentence] = await codeOf(read(book, { chainId: 1n }));
    expect(other).to.equal("DEPLOYMENT_OTHER_CHAIN");
    expect(sentence).to.match(/the address book is of chain 31337, the configuration of 1$/);
    expect((await codeOf(read({ ...book, format: "2" })))[0]).to.equal("DEPLOYMENT_UNREADABLE");
    expect((await codeOf(read({ ...book, addresses: { ...addresses, court: "0x1" } })))[1]).to.match(
      /addresses\.court/,
    );
    const missing = readDeployment({ chainId: 1n, deployment: join(folder, "none.json") });
    expect((await codeOf(missing))[0]).to.equal("DEPLOYMENT_UNREADABLE");
  });

  it("from the configuration itself, which then says where to start", async function () {
    const inline = { chainId: 1n, deployment: addresses as never };
    expect(await readDeployment({ ...inline, fromBlock: 3 })).to.deep.equal({ deployment: addresses, fromBlock: 3 });
    expect((await codeOf(readDeployment(inline)))[0]).to.equal("DEPLOYMENT_START_MISSING");
  });
});

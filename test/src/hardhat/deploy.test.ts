import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { network } from "hardhat";
import { createHardhatRuntimeEnvironment } from "hardhat/hre";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { JsonRpcServer } from "hardhat/types/network";
import hardhatToolbox from "@nomicfoundation/hardhat-toolbox-mocha-ethers";

import { readAddressBook } from "../../../src/deployment/addressBook.ts";
import credence, { deployCredence } from "../../../src/hardhat/index.ts";
import { stake } from "../../../src/actions/stake.ts";
import { capture } from "../../setup/pluginProject.ts";

const PARAMETERS = join(import.meta.dirname, "../../../ignition/parameters/localhost.json5");

describe("hardhat credence deploy", () => {
  let server: JsonRpcServer;
  let root: string;
  let hre: HardhatRuntimeEnvironment;

  before(async () => {
    server = await network.createServer({ network: "default" }, "127.0.0.1");
    const { address, port } = await server.listen();
    root = await mkdtemp(join(tmpdir(), "credence-project-"));
    await writeFile(join(root, "package.json"), '{ "type": "module" }');
    // A project that has not one contract of its own, and no compiler.
    hre = await createHardhatRuntimeEnvironment(
      {
        plugins: [hardhatToolbox, credence],
        networks: {
          chain: { type: "http", chainType: "l1", url: `http://${address}:${String(port)}` },
          odd: { type: "http", chainType: "generic", url: `http://${address}:${String(port)}` },
        },
      },
      { network: "chain" },
      root,
    );
  });

  after(async () => {
    await server.close();
    await rm(root, { recursive: true });
  });

  const run = (args: object) =>
    capture(async () => hre.tasks.getTask(["credence", "deploy"]).run(args) as Promise<unknown>);

  it("asks for parameters where none ship, and refuses those that are wrong", async () => {
    expect((await run({})).error).to.have.property(
      "message",
      "--parameters: got nothing, expected a file: none ships for a network named chain",
    );
    const wrong = join(root, "wrong.json5");
    await writeFile(wrong, (await readFile(PARAMETERS, "utf8")).replace(/minWindow: \d+/, "minWindow: 1"));
    const { error, stdout } = await run({ parameters: wrong, json: true });
    expect((error as Error).message).to.contain("minWindow is 1 s");
    expect(JSON.parse(stdout)).to.have.nested.property("error.code", "INVALID_PARAMETERS");
    expect((await run({ parameters: PARAMETERS, json: true, verify: true })).error).to.have.property(
      "message",
      '--verify: got "--json as well", expected one of the two: verification prints',
    );
  });

  it("sends nothing in a dry run", async () => {
    const { ethers } = await hre.network.getOrCreate();
    const { stdout } = await run({ parameters: PARAMETERS, dryRun: true, json: true });
    expect(JSON.parse(stdout)).to.deep.include({ dryRun: true, network: "chain", token: "a new one", sentBefore: 0 });
    expect(await ethers.provider.getBlockNumber()).to.equal(0);
    expect(existsSync(join(root, "deployments"))).to.equal(false);
  });

  it("deploys what the package ships, writes the address book that tasks then use, and resumes", async () => {
    const { stdout, stderr, error } = await run({ parameters: PARAMETERS, json: true });
    expect(error).to.equal(undefined);
    const book = await readAddressBook(join(root, "deployments", "chain.json"));
    expect(JSON.parse(stdout)).to.deep.equal(JSON.parse(JSON.stringify(book)));
    expect(stderr).to.contain("module Protocol").and.to.contain(`at ${book.addresses.vault}`);
    expect(existsSync(join(root, "ignition/deployments/credence-chain/journal.jsonl"))).to.equal(true);
    expect(book.compiler.version).to.match(/^0\.8\.37\+commit\./);

    const { ethers } = await hre.network.getOrCreate();
    const sent = await ethers.provider.getTransactionCount(book.deployer);
    expect((await run({ parameters: PARAMETERS })).stdout).to.contain("read back and as asked for");
    expect(await ethers.provider.getTransactionCount(book.deployer)).to.equal(sent);

    const task = hre.tasks.getTask(["credence", "inspect"]);
    const inspected = await capture(
      async () => task.run({ address: book.addresses.access, json: true }) as Promise<unknown>,
    );
    expect(JSON.parse(inspected.stdout).roles).to.deep.equal(["access"]);
  });

  it("says where a deployment is expected, and what is wrong with an address book", async () => {
    const show = (path: string | object) => {
      (hre.config.credence.deployments as Record<string, unknown>).chain = path;
      const task = hre.tasks.getTask(["credence", "inspect"]);
      return capture(async () => task.run({ address: `0x${"11".repeat(20)}` }) as Promise<unknown>);
    };
    const message = async (path: string | object) => ((await show(path)).error as Error).message;
    expect(await message("nowhere.json")).to.contain(
      `no deployment on network chain: expected the address book ${root}`,
    );
    await writeFile(join(root, "bad.json"), "{");
    expect(await message("bad.json")).to.contain("expected an address book in JSON, which cannot be read");
    await writeFile(join(root, "bad.json"), '{ "format": 1 }');
    expect(await message("bad.json")).to.contain("bad.json is not an address book: format: ");
    const book = await readAddressBook(join(root, "deployments", "chain.json"));
    await writeFile(join(root, "bad.json"), JSON.stringify({ ...book, chainId: 5 }));
    expect(await message("bad.json")).to.contain("is of chain 5, network chain is chain 31337");
    const elsewhere = Object.fromEntries(Object.keys(book.addresses).map((name) => [name, `0x${"22".repeat(20)}`]));
    expect(await message(elsewhere)).to.contain("does not say its symbol and decimals on network chain");
    expect((await show(book.addresses)).error).to.equal(undefined);
    delete (hre.config.credence.deployments as Record<string, unknown>).chain;
  });

  it("refuses a network that ends with the task, and deploys on one for tests", async () => {
    const simulated = await createHardhatRuntimeEnvironment(
      { plugins: [hardhatToolbox, credence] },
      { network: "default" },
      root,
    );
    const task = simulated.tasks.getTask(["credence", "deploy"]);
    const { error } = await capture(async () => task.run({}) as Promise<unknown>);
    expect((error as Error).message).to.contain("network default is edr-simulated and ends with this task");

    const connection = await simulated.network.create({ network: "default", chainType: "l1" });
    const { addresses, tokenDecimals } = await deployCredence(simulated, connection, { bondBps: 1_000 });
    expect(tokenDecimals).to.equal(18);
    const [holder] = await connection.ethers.getSigners();
    await stake(holder!, addresses, { amount: 5n });
    const vault = await connection.ethers.getContractAt(
      ["function account(address) view returns (uint96)"],
      addresses.vault,
    );
    expect(await vault.getFunction("account").staticCall(holder!.address)).to.equal(5n);
    await connection.close();
  });
});

describe("the plugin's configuration", () => {
  const problems = async (config: unknown): Promise<string[]> => {
    try {
      const root = join(import.meta.dirname, "../../..");
      await createHardhatRuntimeEnvironment({ plugins: [credence], credence: config } as never, {}, root);
      return [];
    } catch (error) {
      return (error as Error).message.split("\n");
    }
  };

  it("takes paths and addresses, and names what is wrong", async () => {
    const addresses = Object.fromEntries(
      ["token", "vault", "operators", "models", "attestations", "slashing", "court", "disputes", "replay"].map(
        (name) => [name, `0x${"22".repeat(20)}`],
      ),
    );
    expect(await problems(undefined)).to.deep.equal([]);
    expect(await problems({ deployments: { sepolia: "book.json", mainnet: addresses } })).to.deep.equal([]);
    expect((await problems({ deployments: { sepolia: { ...addresses, vault: "0x1" } } })).join()).to.contain(
      "credence.deployments.sepolia.vault: expected an address, got 0x1",
    );
    expect((await problems({ deployment: {} })).join()).to.contain('Unrecognized key: "deployment"');
  });
});

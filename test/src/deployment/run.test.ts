import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { expect } from "chai";
import { network } from "hardhat";
import type { JsonRpcServer } from "hardhat/types/network";

import { TIMELOCK_ROLES } from "../../../ignition/modules/Governor.ts";
import { readAddressBook, writeAddressBook } from "../../../src/deployment/addressBook.ts";
import { contractReader } from "../../../src/deployment/contractReader.ts";
import { InvalidParametersError, type Parameters, scaleParameters } from "../../../src/deployment/parameters.ts";
import { readBack } from "../../../src/deployment/readback.ts";
import { DeploymentMismatchError, runDeployment } from "../../../src/deployment/run.ts";
import type { Target } from "../../../src/deployment/target.ts";
import { verificationRequests } from "../../../src/deployment/verification.ts";
import { localhostParameters } from "../../setup/fixture.ts";
import { createTarget } from "../../setup/target.ts";

const root = join(import.meta.dirname, "..", "..", "..");
const CONTRACTS = 12;
/** Contracts, the court's configs, function roles, grants, seals and the renunciation; one more creation with a new token. */
const TRANSACTIONS = CONTRACTS + 1 + 8 + 3 + 5 + 1;
/** A new token, the timelock and the governor, its two roles and the renunciation. */
const GOVERNED = 1 + 2 + 2 + 1;

describe("runDeployment", function () {
  let server: JsonRpcServer;
  let url: string;
  let directory: string;
  let target: Target;
  let parameters: Parameters;

  beforeEach(async function () {
    server = await network.createServer({ network: "default" }, "127.0.0.1");
    const { address, port } = await server.listen();
    url = `http://${address}:${String(port)}`;
    directory = await mkdtemp(join(tmpdir(), "credence-deployment-"));
    target = await createTarget(url, directory);
    parameters = await localhostParameters();
  });

  afterEach(async function () {
    await target.connection.close();
    await server.close();
    await rm(directory, { recursive: true });
  });

  async function sent(): Promise<number> {
    const [deployer] = await target.connection.ethers.getSigners();
    return deployer!.getNonce();
  }

  async function caught(run: Promise<unknown>): Promise<Error> {
    try {
      await run;
    } catch (error) {
      return error as Error;
    }
    throw new Error("expected an error");
  }

  it("deploys with a new token, writes an address book that reads back, and sends nothing when run again", async function () {
    const book = await runDeployment(target, parameters);
    expect(await sent()).to.equal(TRANSACTIONS + 1);
    expect(await readAddressBook(join(directory, "localhost.json"))).to.deep.equal(book);
    expect(book).to.deep.include({ network: "localhost", chainId: 31_337, tokenDecimals: 18, parameters });
    expect(book.blocks).to.deep.equal({ first: 1, last: TRANSACTIONS + 1 });
    expect(book.compiler.version).to.match(/^0\.8\.37\+commit\./);
    expect(book.compiler.settings).to.deep.include({ optimizer: { enabled: true, runs: 200 }, evmVersion: "cancun" });

    expect(await runDeployment(target, parameters)).to.deep.equal(book);
    expect(await sent()).to.equal(TRANSACTIONS + 1);
  });

  it("describes every creation as it was: code and constructor arguments make up the transaction", async function () {
    const book = await runDeployment(target, parameters);
    const { ethers } = target.connection;
    const requests = verificationRequests(book);
    expect(requests.map(({ address }) => address)).to.have.members(Object.values(book.addresses));
    for (const { contract, address, constructorArgs, creationTxHash } of requests) {
      const { abi, bytecode } = await target.hre.artifacts.readArtifact(contract!);
      const transaction = await ethers.provider.getTransaction(creationTxHash!);
      const encoded = new ethers.Interface(abi).encodeDeploy(constructorArgs);
      expect(transaction!.data, contract).to.equal(bytecode + encoded.slice(2));
      expect((await ethers.provider.getTransactionReceipt(creationTxHash!))!.contractAddress).to.equal(address);
    }
  });

  it("takes an existing token, and scales amounts by its decimals", async function () {
    const { ethers } = target.connection;
    const [, , , somebody] = await ethers.getSigners();
    const token = await ethers.deployContract("TokenOfDecimals", [6], somebody);
    const book = await runDeployment(target, { ...parameters, token: await token.getAddress() });

    expect(await sent()).to.equal(TRANSACTIONS);
    expect(book.addresses.token).to.equal(await token.getAddress());
    expect(book.creations.map(({ address }) => address)).not.to.include(book.addresses.token);
    expect(book.tokenDecimals).to.equal(6);
    const vault = await ethers.getContractAt("StakeVault", book.addresses.vault);
    expect(await vault.MIN_ENROLL()).to.equal(500_000_000n);
    const operators = await ethers.getContractAt("OperatorRegistry", book.addresses.operators);
    expect(await operators.minOperatorStake()).to.equal(1_000_000_000n);
    const models = await ethers.getContractAt("ModelRegistry", book.addresses.models);
    expect(await models.protocolMinCoverage()).to.equal(10_000_000n);
  });

  it("refuses bad parameters before anything is sent", async function () {
    const { ethers } = target.connection;
    const [deployer, , , somebody] = await ethers.getSigners();
    const token = await (await ethers.deployContract("TokenOfDecimals", [6], somebody)).getAddress();
    const bad: Partial<Parameters>[] = [
      { minWindow: 60 },
      { minWindow: 86_401 },
      { unbondingPeriod: 1_346_399 },
      { maturity: 1_000_000 },
      { moduleDelay: 2_462_399 },
      { bondBps: 99 },
      { courtConfigs: [] },
      { moduleDelay: parameters.unbondingPeriod },
      { reserve: parameters.owner! },
      { reserve: ethers.getCreateAddress({ from: deployer!.address, nonce: 0 }) },
      { owner: null, reserve: ethers.getCreateAddress({ from: deployer!.address, nonce: TRANSACTIONS + 2 }) },
      { owner: null, governor: { ...parameters.governor, votingPeriod: 60 } },
      { governor: { ...parameters.governor, threshold: "100000000000" } },
      { reserve: parameters.guardian },
      { reserve: deployer!.address },
      { reserve: ethers.ZeroAddress },
      { owner: deployer!.address },
      { guardian: deployer!.address },
      { token, minEnroll: "0.0000001" },
      { minOperatorStake: "100000000000" },
      { newToken: { ...parameters.newToken, supply: "100000000000" } },
      { token: somebody!.address },
    ];
    for (const changes of bad) {
      const error = await caught(runDeployment(target, { ...parameters, ...changes }));
      expect(error, JSON.stringify(changes)).to.be.instanceOf(InvalidParametersError);
      expect(error.message, JSON.stringify(changes)).to.contain("expected");
      expect(await sent(), JSON.stringify(changes)).to.equal(0);
    }
  });

  /** Runs a deployment and kills it when a journal has recorded so many transactions. */
  async function interrupt(interrupted: Parameters, journalId: string, transactions: number): Promise<void> {
    const program = `
      import { createTarget } from "./test/setup/target.ts";
      import { runDeployment } from "./src/deployment/run.ts";
      await runDeployment(await createTarget(${JSON.stringify(url)}, ${JSON.stringify(directory)}), ${JSON.stringify(interrupted)});`;
    const child: ChildProcess = spawn(process.execPath, ["--input-type=module", "--eval", program], { cwd: root });
    const exited = once(child, "exit");
    const journal = join(directory, "ignition", "deployments", journalId, "journal.jsonl");
    while (child.exitCode === null) {
      child.kill("SIGSTOP"); // what is read is what a killed run would leave
      if (isResumable(existsSync(journal) ? await readFile(journal, "utf8") : "", transactions)) break;
      child.kill("SIGCONT");
      await setTimeout(5);
    }
    child.kill("SIGKILL");
    await exited;
  }

  /**
   * Whether a journal has recorded so many transactions, and none of its steps is half written: between the entries that
   * begin one and say what it asks of the chain, or is about to send, Ignition itself loses its place.
   */
  function isResumable(journal: string, transactions: number): boolean {
    const entries = journal
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as { type: string; futureId?: string });
    const sends = entries.filter(({ type }) => type === "TRANSACTION_SEND").length;
    const latest = new Map(entries.map(({ futureId, type }) => [futureId, type]));
    const half = /^(DEPLOYMENT|CALL)_EXECUTION_STATE_INITIALIZE$|^TRANSACTION_PREPARE_SEND$/;
    return sends >= transactions && ![...latest.values()].some((type) => half.test(type));
  }

  it("resumes where a killed run stopped", async function () {
    await interrupt(parameters, "test", 8);
    expect(await sent()).to.be.within(8, TRANSACTIONS);

    const book = await runDeployment(target, parameters);
    expect(await sent()).to.equal(TRANSACTIONS + 1);
    expect(book.creations).to.have.length(CONTRACTS + 1);
    expect(book.blocks).to.deep.equal({ first: 1, last: TRANSACTIONS + 1 });
  });

  describe("with a governor's timelock as owner", function () {
    beforeEach(function () {
      parameters = { ...parameters, owner: null };
    });

    it("deploys both, hands over to the timelock, and sends nothing when run again", async function () {
      const book = await runDeployment(target, parameters);
      expect(await sent()).to.equal(TRANSACTIONS + GOVERNED);
      expect(book.blocks).to.deep.equal({ first: 1, last: TRANSACTIONS + GOVERNED });
      expect(book.parameters.owner).to.equal(null);
      expect(verificationRequests(book).map(({ address }) => address)).to.have.members(Object.values(book.addresses));
      expect(await readAddressBook(join(directory, "localhost.json"))).to.deep.equal(book);
      const { ethers } = target.connection;
      const access = await ethers.getContractAt("AccessManager", book.addresses.access);
      for (const role of [0, 1]) expect((await access.hasRole(role, book.addresses.timelock!))[0]).to.equal(true);

      expect(await runDeployment(target, parameters)).to.deep.equal(book);
      expect(await sent()).to.equal(TRANSACTIONS + GOVERNED);
    });

    for (const [journal, transactions] of [
      ["test-timelock", 1],
      ["test", 12],
      ["test-governor", 1],
      ["test-governor", 3],
    ] as const) {
      it(`resumes a run that was killed at transaction ${String(transactions)} of journal ${journal}`, async function () {
        await interrupt(parameters, journal, transactions);
        expect(await sent()).to.be.lessThan(TRANSACTIONS + GOVERNED);
        const book = await runDeployment(target, parameters);
        expect(await sent()).to.equal(TRANSACTIONS + GOVERNED);
        expect(book.creations).to.have.length(CONTRACTS + 3);
      });
    }

    it("refuses its own timelock as reserve when it resumes", async function () {
      const { addresses } = await runDeployment(target, parameters);
      for (const reserve of [addresses.timelock!, addresses.governor!]) {
        const error = await caught(runDeployment(target, { ...parameters, reserve }));
        expect(error).to.be.instanceOf(InvalidParametersError);
        expect(error).to.have.deep.property("problems", [
          `reserve is ${reserve}, expected another address than those of the deployment's own contracts, the timelock and ` +
            "the governor among them: who decides must not profit from what is forfeited",
        ]);
      }
    });

    it("reads back each term and role that differs", async function () {
      const book = await runDeployment(target, parameters);
      const { ethers } = target.connection;
      const { timelock, governor, vault } = book.addresses as Required<typeof book.addresses>;
      const scaled = scaleParameters(parameters, 18);
      const differences = async (terms: object, changes: object = {}): Promise<string[]> =>
        readBack(contractReader(ethers.provider, target.artifacts), {
          ...{ ...book, ...changes, owner: timelock },
          parameters: { ...scaled, governor: { ...scaled.governor, ...terms } },
        });
      expect(await differences({})).to.deep.equal([]);
      expect(
        await differences({ votingDelay: 1n, votingPeriod: 2n, timelockDelay: 3n, threshold: 4n, quorumPercent: 5n }),
      ).to.deep.equal([
        "governor.votingDelay is 86400, expected 1",
        "governor.votingPeriod is 259200, expected 2",
        "governor.proposalThreshold is 1000000000000000000000, expected 4",
        "governor.quorumNumerator is 10, expected 5",
        "timelock.getMinDelay is 172800, expected 3",
      ]);
      // Another governor, over another vault, that the timelock does not know.
      const { votingDelay, votingPeriod, threshold, quorumPercent } = scaled.governor;
      const terms = [votingDelay, votingPeriod, threshold, quorumPercent];
      const other = await ethers.deployContract("CredenceGovernor", [governor, governor, ...terms]);
      const stranger = await other.getAddress();
      const { PROPOSER, CANCELLER } = TIMELOCK_ROLES;
      expect(PROPOSER).not.to.equal(CANCELLER);
      expect(await differences({}, { addresses: { ...book.addresses, governor: stranger } })).to.deep.equal([
        `governor.token is ${governor}, expected ${vault}`,
        `governor.timelock is ${governor}, expected ${timelock}`,
        `timelock.hasRole(PROPOSER, ${stranger}) is false, expected true`,
        `timelock.hasRole(PROPOSER, ${governor}) is true, expected false`,
        `timelock.hasRole(CANCELLER, ${stranger}) is false, expected true`,
        `timelock.hasRole(CANCELLER, ${governor}) is true, expected false`,
      ]);
    });

    it("reads back who else has a role, and what was scheduled before the deployment was over", async function () {
      const book = await runDeployment(target, parameters);
      const { ethers, networkHelpers } = target.connection;
      const [deployer, , , somebody] = await ethers.getSigners();
      const address = book.addresses.timelock!;
      await networkHelpers.impersonateAccount(address);
      await networkHelpers.setBalance(address, 10n ** 18n);
      const timelock = await ethers.getContractAt("TimelockController", address, await ethers.getSigner(address));
      await timelock.grantRole(TIMELOCK_ROLES.PROPOSER, deployer!);
      await timelock.grantRole(TIMELOCK_ROLES.EXECUTOR, somebody!);
      const { ZeroAddress, ZeroHash } = ethers;
      const last = await ethers.provider.getBlockNumber();
      await timelock.connect(deployer).schedule(ZeroAddress, 0, "0x", ZeroHash, ZeroHash, 172_800);

      const found = async (blocks: number): Promise<string[]> =>
        readBack(contractReader(ethers.provider, target.artifacts), {
          ...{ ...book, owner: address, parameters: scaleParameters(parameters, 18) },
          blocks: { first: 1, last: blocks },
        });
      const roles = [
        `timelock.hasRole(PROPOSER, ${deployer!.address}) is true, expected false`,
        `timelock.hasRole(EXECUTOR, ${somebody!.address}) is true, expected false`,
      ];
      expect(await found(last)).to.deep.equal(roles);
      expect(await found(last + 1)).to.deep.equal([
        ...roles,
        "number of calls scheduled in the timelock during the deployment is 1, expected 0",
      ]);
    });
  });

  it("says so when the journal is of a chain that was started anew", async function () {
    await runDeployment(target, parameters);
    const other = await network.createServer({ network: "default" }, "127.0.0.1");
    const { address, port } = await other.listen();
    const elsewhere = await createTarget(`http://${address}:${String(port)}`, directory);
    try {
      const error = await caught(runDeployment(elsewhere, parameters));
      expect(error).to.be.instanceOf(DeploymentMismatchError);
      expect(error.message).to.match(/journal of another chain.*delete that folder/);
    } finally {
      await elsewhere.connection.close();
      await other.close();
    }
  });

  it("ends with an error when the chain is not what was asked for", async function () {
    await runDeployment(target, parameters);
    const { ethers } = target.connection;
    const book = await readAddressBook(join(directory, "localhost.json"));
    const [deployer, owner] = await ethers.getSigners();
    const access = await ethers.getContractAt("AccessManager", book.addresses.access, owner);
    await access.grantRole(0, deployer!, 0);

    const error = await caught(runDeployment(target, parameters));
    expect(error).to.be.instanceOf(DeploymentMismatchError);
    expect(error).to.have.deep.property("differences", [
      `access.hasRole(0, ${deployer!.address}) is true, expected false`,
    ]);
  });

  it("an address book that does not keep to the format is not read", async function () {
    const book = await runDeployment(target, parameters);
    const path = join(directory, "other", "book.json");
    await writeAddressBook(path, { ...book, chainId: -1 });
    expect((await caught(readAddressBook(path))).name).to.equal("ZodError");
  });
});

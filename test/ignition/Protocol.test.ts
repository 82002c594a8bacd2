import { HardhatArtifactResolver } from "@nomicfoundation/hardhat-ignition/helpers";
import { expect } from "chai";
import { type BaseContract, type ContractTransactionResponse, parseEther } from "ethers";
import { artifacts, network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";

import type { CourtConfig } from "../../ignition/modules/Court.ts";
import { contractReader } from "../../src/deployment/contractReader.ts";
import { scaleParameters } from "../../src/deployment/parameters.ts";
import { readBack } from "../../src/deployment/readback.ts";
import { type DeployedProtocol, deployProtocol, localhostParameters } from "../setup/fixture.ts";

/** In the order of test/setup/Deploy.sol's `Protocol`. */
const NAMES = [
  ...(["access", "token", "vault", "configRules", "seedSource", "court"] as const),
  ...(["p256Verifier", "operators", "models", "attestations", "slashing", "disputes", "replay"] as const),
];
const ROLE_IDS = [0n, 1n, 2n];

/** Getters that say when they are asked. */
const CLOCKS = ["vault.clock()", "seedSource.request()"];

type Contracts = Record<(typeof NAMES)[number], BaseContract>;

/** Everything a deployment decides, with names for addresses: values, roles, function roles, modules, verifiers. */
async function describeWiring(
  { ethers }: NetworkConnection,
  contracts: Contracts,
  people: Record<string, string>,
  firstBlock: number,
  blockTag: number,
): Promise<Record<string, string>> {
  const names = new Map(Object.entries(people).map(([name, address]) => [address, name]));
  for (const name of NAMES) names.set(await contracts[name].getAddress(), name);
  const named = (value: unknown): string =>
    Array.isArray(value) ? value.map(named).join(", ") : (names.get(String(value)) ?? String(value));
  const wiring: Record<string, string> = {};
  const events: string[] = [];

  for (const name of NAMES) {
    const contract = contracts[name];
    const address = await contract.getAddress();
    for (const fragment of contract.interface.fragments) {
      if (fragment.type !== "function") continue;
      const signature = fragment.format();
      const { selector, stateMutability, inputs } = contract.interface.getFunction(signature)!;
      if (inputs.length === 0 && ["view", "pure"].includes(stateMutability)) {
        const value: unknown = await contract.getFunction(signature).staticCall({ blockTag });
        if (!CLOCKS.includes(`${name}.${signature}`)) wiring[`${name}.${signature}`] = named(value);
      }
      const role: unknown = await contracts.access.getFunction("getTargetFunctionRole").staticCall(address, selector);
      wiring[`role for ${name}.${signature}`] = String(role);
    }
    for (const log of await ethers.provider.getLogs({ address, fromBlock: firstBlock, toBlock: blockTag })) {
      const event = contract.interface.parseLog(log)!;
      if (!["RoleGranted", "RoleRevoked", "ModuleActivated", "VerifierAdded"].includes(event.name)) continue;
      // RoleGranted also says since when: a time, which differs.
      const values = event.name === "RoleGranted" ? event.args.slice(0, 2) : event.args.slice();
      events.push(`${name}: ${event.name}(${named(values)})`);
    }
  }
  wiring["events"] = events.join("\n");
  for (const role of ROLE_IDS) {
    for (const [name, address] of Object.entries(people)) {
      const membership: unknown = await contracts.access.getFunction("hasRole").staticCall(role, address);
      wiring[`${name} in role ${role}`] = named(membership);
    }
  }
  for (const name of NAMES) {
    const status: unknown = await contracts.vault.getFunction("moduleStatus").staticCall(contracts[name]);
    wiring[`module ${name}`] = named(status);
  }
  return wiring;
}

/** What test/setup/Deploy.sol deploys, by the names it asks for. */
const DEPLOYED = [
  "AccessManager.sol:AccessManager",
  "ERC7913P256Verifier.sol:ERC7913P256Verifier",
  "contracts/staking/StakeVault.sol:StakeVault",
  "contracts/operators/OperatorRegistry.sol:OperatorRegistry",
  "contracts/models/ModelRegistry.sol:ModelRegistry",
  "contracts/attestations/AttestationRegistry.sol:AttestationRegistry",
  "contracts/slashing/SlashingRegistry.sol:SlashingRegistry",
  "contracts/court/ConfigRules.sol:ConfigRules",
  "contracts/court/BlockhashSeedSource.sol:BlockhashSeedSource",
  "contracts/court/Court.sol:Court",
  "contracts/disputes/DisputeManager.sol:DisputeManager",
  "contracts/replay/ReplayGame.sol:ReplayGame",
];

describe("Protocol (Ignition)", function () {
  it("wires the same roles, modules, seals and parameters as test/setup/Deploy.sol", async function () {
    // Deploy.sol creates every contract in one transaction: more code and gas than a chain allows.
    const connection = await network.create({
      override: { allowUnlimitedContractSize: true, blockGasLimit: 200_000_000, hardfork: "prague" },
    });
    const { ethers } = connection;
    const p = await deployProtocol(connection);
    const { owner, guardian, deployer } = p;
    const people = { owner: owner.address, guardian: guardian.address, deployer: deployer.address };
    const lastIgnition = await ethers.provider.getBlockNumber();
    const byIgnition = await describeWiring(connection, p, people, 2, lastIgnition);

    const harness = await ethers.deployContract("ProtocolDeployer", deployer);
    for (const artifact of DEPLOYED) {
      const { bytecode } = await artifacts.readArtifact(artifact.split(":")[1]!);
      await harness.getFunction("setCode")(artifact, bytecode, { gasLimit: 150_000_000 });
    }
    const parameters = scaleParameters(await localhostParameters(), 18);
    const transaction = (await harness.getFunction("deploy")({ ...parameters, owner: owner.address }, p.token, {
      gasLimit: 150_000_000,
    })) as ContractTransactionResponse;
    const { blockNumber } = (await transaction.wait())!;
    const addresses = (await harness.getFunction("protocol").staticCall()) as unknown[];
    const contracts = Object.fromEntries(
      NAMES.map((name, index) => [name, p[name].attach(String(addresses[index]))]),
    ) as Contracts;
    const solidityPeople = { ...people, deployer: await harness.getAddress() };
    const bySolidity = await describeWiring(connection, contracts, solidityPeople, blockNumber, blockNumber);

    expect(Object.keys(byIgnition).length).to.be.greaterThan(150);
    expect(byIgnition).to.deep.equal(bySolidity);
    const somebody = owner.address;
    for (const [name, args] of Object.entries({
      vault: [[], somebody],
      operators: [somebody, somebody],
      attestations: [somebody, somebody],
      court: [somebody],
      disputes: [somebody],
    })) {
      for (const deployed of [p[name as keyof Contracts], contracts[name as keyof Contracts]]) {
        const seal = deployed.connect(owner).getFunction("seal");
        await expect(seal.staticCall(...args), name).to.be.revertedWithCustomError(deployed, "AlreadySealed");
      }
    }
  });

  describe("after the hand-over", function () {
    it("the deployer holds no role, and owner and guardian hold theirs alone", async function () {
      const { networkHelpers } = await network.create();
      const { access, deployer, owner, guardian } = await networkHelpers.loadFixture(deployProtocol);
      const granted = await access.queryFilter(access.filters.RoleGranted());
      const members = new Set<string>();
      for (const { args } of granted) {
        const [isMember, delay] = await access.hasRole(args.roleId, args.account);
        if (isMember) members.add(`${args.roleId} ${args.account} ${delay}`);
      }
      expect([...members]).to.have.members([`0 ${owner.address} 0`, `1 ${owner.address} 0`, `2 ${guardian.address} 0`]);
      for (const role of ROLE_IDS) {
        expect(await access.getRoleAdmin(role)).to.equal(0n);
        expect((await access.hasRole(role, deployer))[0]).to.equal(false);
      }
    });

    it("every restricted call of the deployer is refused, and the owner's is not", async function () {
      const { networkHelpers } = await network.create();
      const p = await networkHelpers.loadFixture(deployProtocol);
      const { access, vault, operators, models, attestations, court, disputes, deployer, owner, guardian } = p;
      const somebody = p.others[0]!.address;
      const { courtConfigs } = scaleParameters(await localhostParameters(), 18);
      const restricted: [BaseContract, string, unknown[]][] = [
        [vault, "seal", [[], somebody]],
        [vault, "announceModule", [somebody]],
        [vault, "removeModule", [somebody]],
        [operators, "seal", [somebody, somebody]],
        [operators, "addVerifier", [somebody]],
        [operators, "setMinOperatorStake", [1]],
        [operators, "pause", []],
        [operators, "resume", []],
        [models, "setProtocolMinCoverage", [1]],
        [models, "pause", []],
        [models, "resume", []],
        [attestations, "seal", [somebody, somebody]],
        [attestations, "pause", []],
        [attestations, "resume", []],
        [court, "seal", [somebody]],
        [court, "addConfigs", [courtConfigs]],
        [disputes, "seal", [somebody]],
        [disputes, "setBondBps", [2_000]],
        [disputes, "setReplayBond", [parseEther("60")]],
      ];
      for (const [contract, name, args] of restricted) {
        await expect(
          contract
            .connect(deployer)
            .getFunction(name)
            .staticCall(...args),
          name,
        )
          .to.be.revertedWithCustomError(vault, "AccessManagedUnauthorized")
          .withArgs(deployer.address);
      }
      const administrative: [string, unknown[]][] = [
        ["grantRole", [0, deployer.address, 0]],
        ["revokeRole", [0, owner.address]],
        ["setTargetFunctionRole", [await vault.getAddress(), [], 0]],
        ["setTargetClosed", [await vault.getAddress(), true]],
        ["updateAuthority", [await vault.getAddress(), deployer.address]],
      ];
      for (const [name, args] of administrative) {
        await expect(
          access
            .connect(deployer)
            .getFunction(name)
            .staticCall(...args),
          name,
        )
          .to.be.revertedWithCustomError(access, "AccessManagerUnauthorizedAccount")
          .withArgs(deployer.address, 0);
      }
      await access.connect(owner).grantRole.staticCall(1, somebody, 0);
      await vault.connect(owner).announceModule.staticCall(somebody);
      expect(await court.connect(owner).addConfigs.staticCall(courtConfigs)).to.equal(courtConfigs.length);
      await disputes.connect(owner).setBondBps.staticCall(2_000);
      await disputes.connect(owner).setReplayBond.staticCall(parseEther("60"));
      await attestations.connect(guardian).pause.staticCall();
    });
  });

  describe("readBack", function () {
    async function setUp(): Promise<DeployedProtocol & { differences: (change?: object) => Promise<string[]> }> {
      const connection = await network.create();
      const p = await deployProtocol(connection);
      const last = await connection.ethers.provider.getBlockNumber();
      const addresses = Object.fromEntries(
        await Promise.all(NAMES.map(async (name) => [name, await p[name].getAddress()] as const)),
      ) as Record<(typeof NAMES)[number], string>;
      const parameters = scaleParameters(await localhostParameters(), 18);
      const base = {
        addresses,
        deployer: p.deployer.address,
        owner: p.owner.address,
        tokenDecimals: 18,
        blocks: { first: 1, last },
      };
      const differences = (change: object = {}): Promise<string[]> =>
        readBack(contractReader(connection.ethers.provider, new HardhatArtifactResolver(artifacts)), {
          ...base,
          parameters: { ...parameters, ...change },
        });
      return { ...p, differences };
    }

    it("finds nothing to say about a deployment that is as asked for", async function () {
      const { differences } = await setUp();
      expect(await differences()).to.deep.equal([]);
    });

    it("finds each parameter that differs", async function () {
      const { differences, guardian, others } = await setUp();
      const somebody = others[0]!.address;
      const [standard, fast] = scaleParameters(await localhostParameters(), 18).courtConfigs as [
        CourtConfig,
        CourtConfig,
      ];
      const fastWith = (first: Partial<CourtConfig["rounds"][number]>): CourtConfig => ({
        ...fast,
        rounds: [{ ...fast.rounds[0]!, ...first }, ...fast.rounds.slice(1)],
      });
      const [dearer, bolder] = [fastWith({ fee: 1n }), fastWith({ seatRiskFees: 9n })];
      const expected: [object, RegExp[]][] = [
        [{ minEnroll: 1n }, [/^vault\.MIN_ENROLL is 500000000000000000000, expected 1$/]],
        [{ moduleDelay: 1n }, [/^vault\.MODULE_DELAY /]],
        [{ unbondingPeriod: 1n }, [/^vault\.UNBONDING_PERIOD /, /^slashing\.EVIDENCE_PERIOD /]],
        [{ reserve: somebody }, [/^vault\.RESERVE /]],
        [{ minOperatorStake: 1n }, [/^operators\.GENESIS_MIN_OPERATOR_STAKE /, /^operators\.minOperatorStake /]],
        [{ protocolMinCoverage: 1n }, [/^models\.GENESIS_MIN_COVERAGE /, /^models\.protocolMinCoverage /]],
        [
          { minWindow: 1n },
          [
            ...[/^configRules\.MIN_WINDOW is 3600, expected 1$/, /^models\.MIN_WINDOW /],
            ...[/^models\.HONOUR_WINDOW /, /^attestations\.HONOUR_WINDOW /],
            /^replay\.MOVE_WINDOW is 46800, expected 43201$/,
          ],
        ],
        [{ maturity: 1n }, [/^configRules\.MATURITY is 604800, expected 1$/, /^court\.MATURITY /]],
        [{ totalFloor: 1n }, [/^court\.TOTAL_FLOOR is 100000000000000000000000, expected 1$/]],
        [{ bondBps: 1n }, [/^disputes\.bondBps is 1000, expected 1$/]],
        [
          { replayBond: 1n },
          [/^disputes\.GENESIS_REPLAY_BOND is 50000000000000000000, expected 1$/, /^disputes\.replayBond /],
        ],
        [{ courtConfigs: [standard] }, [/^court\.configCount is 2, expected 1$/]],
        [{ courtConfigs: [fast, standard] }, [/^court\.configOf\(0\) is /, /^court\.configOf\(1\) is /]],
        [
          { courtConfigs: [standard, bolder] },
          [/^court\.configOf\(1\) is .*"seatRiskFees":"10",.*, expected .*"seatRiskFees":"9",/],
        ],
        [{ courtConfigs: [standard, dearer] }, [/^court\.configOf\(1\) is .*"fee":"2100000000000000000".*"fee":"1"/]],
        [
          { guardian: somebody },
          [new RegExp(`2, ${guardian.address}.* is true, expected false`), /is false, expected true$/],
        ],
      ];
      for (const [change, sentences] of expected) {
        const found = await differences(change);
        expect(found, JSON.stringify(Object.keys(change))).to.have.length(sentences.length);
        for (const [index, sentence] of sentences.entries()) expect(found[index]).to.match(sentence);
      }
    });

    it("finds what was changed on the chain", async function () {
      const { differences, access, vault, operators, owner, deployer } = await setUp();
      const announce = vault.interface.getFunction("announceModule").selector;
      await access.connect(owner).setTargetFunctionRole(vault, [announce], 2);
      await access.connect(owner).setTargetClosed(operators, true);
      await access.connect(owner).grantRole(1, deployer, 0);
      expect(await differences()).to.deep.equal([
        "role that may call vault.announceModule(address) is 2, expected 1",
        "access.isTargetClosed(operators) is true, expected false",
        `access.hasRole(1, ${deployer.address}) is true, expected false`,
      ]);
    });
  });
});

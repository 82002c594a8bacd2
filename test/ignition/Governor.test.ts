import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import { id, keccak256, parseEther, Wallet, ZeroAddress, ZeroHash } from "ethers";
import { network } from "hardhat";
import type { JsonRpcServer } from "hardhat/types/network";

import { scaleParameters } from "../../src/deployment/parameters.ts";
import { runDeployment } from "../../src/deployment/run.ts";
import type { Target } from "../../src/deployment/target.ts";
import { addSigner } from "../../src/actions/addSigner.ts";
import { anchorReceipt } from "../../src/actions/anchorReceipt.ts";
import { hostModel } from "../../src/actions/hostModel.ts";
import { optIn } from "../../src/actions/optIn.ts";
import { publishModel } from "../../src/actions/publishModel.ts";
import { registerOperator } from "../../src/actions/registerOperator.ts";
import { stake } from "../../src/actions/stake.ts";
import { bareLeaf } from "../../src/protocol/answers.ts";
import type { JobId } from "../../src/protocol/ids.ts";
import { Ground, ModelClass, type Policy } from "../../src/protocol/models.ts";
import { type Receipt, signReceipt } from "../../src/protocol/receipts.ts";
import { eoaSigner } from "../../src/protocol/signers.ts";
import { credenceDomain } from "../../src/protocol/typedData.ts";
import { localhostParameters } from "../setup/fixture.ts";
import { createTarget } from "../setup/target.ts";

const HOUR = 3_600;
const DAY = 24 * HOUR;
/** Short enough to begin and end while a case is running, whose first round takes five days at most. */
const GOVERNOR = {
  votingDelay: 6 * HOUR,
  votingPeriod: DAY,
  timelockDelay: 12 * HOUR,
  threshold: "1000",
  quorumPercent: 10,
};
const COVERAGE = parseEther("2000");
const REQUEST = "0x01";
const OUTPUT = "0x02";
/** Of config 0, "standard", in ignition/parameters/localhost.json5. */
const FEES = [parseEther("45"), parseEther("183"), parseEther("600")];
/** A tenth of the lock, which is coverage and as much again; and a fifth. */
const BOND = parseEther("400");
const BOND_AFTERWARDS = parseEther("800");
/** ICourt.Phase. */
const COMMIT = 3n;
/** IGovernor.ProposalState. */
const State = { Pending: 0n, Active: 1n, Canceled: 2n, Defeated: 3n, Succeeded: 4n, Queued: 5n, Executed: 7n };
/** GovernorCountingSimple.VoteType. */
const AGAINST = 0;
const FOR = 1;

const MANIFEST = {
  name: "test-model",
  version: "1",
  uri: "ipfs://model",
  artifactHash: keccak256("0x01"),
  class: ModelClass.OpenWeights,
  specHash: ZeroHash,
  weightsRoot: ZeroHash,
  preprocessHash: ZeroHash,
};
const POLICY: Policy = {
  challengeWindow: DAY,
  minCoverage: COVERAGE,
  penaltyBps: 10_000,
  grounds: Ground.Judgement,
  courtConfig: 0,
  proofVerifier: ZeroAddress,
  proofKey: ZeroHash,
  privateInput: false,
  royaltyBps: 0,
  royaltyTo: ZeroAddress,
};

type Account = HardhatEthersSigner;
type Eight = [Account, Account, Account, Account, Account, Account, Account, Account];
type Proposal = { targets: string[]; calldatas: string[]; description: string };

describe("CredenceGovernor as owner (Ignition)", function () {
  let server: JsonRpcServer;
  let directory: string;
  let target: Target;

  beforeEach(async function () {
    server = await network.createServer({ network: "default" }, "127.0.0.1");
    const { address, port } = await server.listen();
    directory = await mkdtemp(join(tmpdir(), "credence-governor-"));
    target = await createTarget(`http://${address}:${String(port)}`, directory);
  });

  afterEach(async function () {
    await target.connection.close();
    await server.close();
    await rm(directory, { recursive: true });
  });

  /** Two holders with votes, an operator with a model that the court judges under config 0, and an opener with tokens. */
  async function setUp() {
    const parameters = { ...(await localhostParameters()), owner: null, governor: GOVERNOR };
    const { addresses } = await runDeployment(target, parameters);
    const { ethers, networkHelpers } = target.connection;
    const [deployer, , , large, small, operator, opener, stranger] = (await ethers.getSigners()) as Eight;
    const token = await ethers.getContractAt("CredenceToken", addresses.token, deployer);
    const vault = await ethers.getContractAt("StakeVault", addresses.vault, deployer);
    const court = await ethers.getContractAt("Court", addresses.court, stranger);
    const disputes = await ethers.getContractAt("DisputeManager", addresses.disputes, opener);
    const timelock = await ethers.getContractAt("TimelockController", addresses.timelock!, stranger);
    const governor = await ethers.getContractAt("CredenceGovernor", addresses.governor!, stranger);
    for (const [holder, votes] of [
      [large, "60000"],
      [small, "5000"],
    ] as const) {
      await token.transfer(holder, parseEther(votes));
      await token.connect(holder).approve(vault, parseEther(votes));
      await vault.connect(holder).stakeAndEnroll(parseEther(votes));
    }
    await token.transfer(opener, parseEther("2000"));
    await token.connect(opener).approve(disputes, parseEther("2000"));

    const staked = parseEther("20000");
    await token.transfer(operator, staked);
    await stake(operator, addresses, { amount: staked });
    await optIn(operator, addresses);
    await registerOperator(operator, addresses, { metadataURI: "https://operator.example", exposureCap: staked });
    const key = await eoaSigner(new Wallet(id("hot key")));
    await addSigner(operator, addresses, { key });
    const modelId = await publishModel(operator, addresses, { manifest: MANIFEST, policy: POLICY });
    await hostModel(operator, addresses, { modelId });
    const { chainId } = await ethers.provider.getNetwork();
    const domain = credenceDomain(chainId, addresses.attestations);

    /** An answer on chain. */
    const answer = async (job: string): Promise<Receipt> => {
      const issuedAt = await networkHelpers.time.latest();
      const signed = await signReceipt(key, domain, {
        operator: operator.address,
        signerId: key.signerId,
        modelId,
        jobId: id(job) as JobId,
        inputHash: keccak256(REQUEST),
        outputHash: keccak256(OUTPUT),
        traceRoot: ZeroHash,
        beneficiary: opener.address,
        coverage: COVERAGE,
        issuedAt,
        anchorBy: issuedAt + DAY,
      });
      await anchorReceipt(stranger, addresses, { signed, request: REQUEST, output: OUTPUT });
      return signed.receipt;
    };
    const attestations = await ethers.getContractAt("AttestationRegistry", addresses.attestations);
    const contracts = { attestations, vault, court, disputes, timelock, governor };
    const people = { deployer, large, small, operator, opener, stranger };
    return { ...contracts, ...people, answer, parameters, time: networkHelpers.time };
  }

  it("carries proposals within bounds from vote to execution, past running cases, and no others", async function () {
    const s = await setUp();
    const { vault, court, disputes, attestations, timelock, governor, large, small, opener, stranger, time } = s;
    const [standard] = scaleParameters(s.parameters, 18).courtConfigs;
    const slower = {
      evidence: 2n * BigInt(DAY),
      rounds: standard!.rounds.map((round) => (round.seats === 0n ? { ...round, voteRiskBps: 300n } : round)),
    };
    const receipt = await s.answer("contested");
    const caseId = await attestations.receiptIdOf(receipt);
    expect(await disputes.openingCost(receipt)).to.deep.equal([BOND, FEES[0]]);
    await disputes.open(bareLeaf(receipt), "0x", "0x", "ipfs://why");
    /** All that the case is: its config, its money, and what its rounds cost. */
    const terms = async () => ({
      config: await court.configOf(0),
      fees: await court.feesOf(0),
      money: await disputes.caseOf(caseId),
      ...(({ config, openedAt, total, round }) => ({ named: config, openedAt, total, round }))(
        await court.caseOf(caseId),
      ),
      credits: [(await vault.account(court)).credit, (await vault.account(disputes)).credit],
    });
    const before = await terms();
    expect(before.fees).to.deep.equal(FEES);
    expect(before.money).to.deep.equal([opener.address, BOND, 1n]);
    expect(before.named).to.equal(0n);
    expect(before.credits).to.deep.equal([FEES[0], BOND]);

    const proposals = {
      change: {
        targets: [await court.getAddress(), await disputes.getAddress(), await disputes.getAddress()],
        calldatas: [
          court.interface.encodeFunctionData("addConfigs", [[slower]]),
          disputes.interface.encodeFunctionData("setBondBps", [2_000]),
          disputes.interface.encodeFunctionData("setReplayBond", [parseEther("60")]),
        ],
        description: "cases with two days of evidence, and higher bonds",
      },
      loot: {
        targets: [await vault.getAddress()],
        calldatas: [vault.interface.encodeFunctionData("pay", [large.address, 1])],
        description: "the vault pays",
      },
      rule: {
        targets: [await court.getAddress()],
        calldatas: [court.interface.encodeFunctionData("conclude", [caseId, true])],
        description: "the case is over",
      },
      overturn: {
        targets: [await disputes.getAddress()],
        calldatas: [disputes.interface.encodeFunctionData("overturn", [receipt, large.address, 0])],
        description: "the answer is wrong",
      },
      rewire: {
        targets: [await disputes.getAddress()],
        calldatas: [disputes.interface.encodeFunctionData("seal", [large.address])],
        description: "somebody else replays",
      },
      unbounded: {
        targets: [await disputes.getAddress()],
        calldatas: [disputes.interface.encodeFunctionData("setBondBps", [5_001])],
        description: "bonds out of reach",
      },
      unwanted: {
        targets: [await disputes.getAddress()],
        calldatas: [disputes.interface.encodeFunctionData("setBondBps", [5_000])],
        description: "bonds as high as can be, wanted by a few",
      },
    } satisfies Record<string, Proposal>;
    const argumentsOf = ({ targets, calldatas }: Proposal): [string[], number[], string[]] => [
      targets,
      targets.map(() => 0),
      calldatas,
    ];
    const idOf = async (p: Proposal): Promise<bigint> => governor.hashProposal(...argumentsOf(p), id(p.description));

    // Whoever has no votes cannot propose.
    await expect(
      governor.connect(stranger).propose.staticCall(...argumentsOf(proposals.change), proposals.change.description),
    )
      .to.be.revertedWithCustomError(governor, "GovernorInsufficientProposerVotes")
      .withArgs(stranger.address, 0, parseEther("1000"));
    for (const proposal of Object.values(proposals)) {
      await governor.connect(small).propose(...argumentsOf(proposal), proposal.description);
      expect(await governor.state(await idOf(proposal))).to.equal(State.Pending);
    }
    // Whoever proposed can think better of it while nobody votes yet, and nobody else can.
    const regretted = { ...proposals.unwanted, description: "regretted" };
    await governor.connect(small).propose(...argumentsOf(regretted), regretted.description);
    await expect(governor.connect(large).cancel.staticCall(...argumentsOf(regretted), id(regretted.description)))
      .to.be.revertedWithCustomError(governor, "GovernorUnableToCancel")
      .withArgs(await idOf(regretted), large.address);
    await governor.connect(small).cancel(...argumentsOf(regretted), id(regretted.description));
    expect(await governor.state(await idOf(regretted))).to.equal(State.Canceled);
    await time.increase(6 * HOUR + 60);
    for (const proposal of Object.values(proposals)) {
      expect(await governor.state(await idOf(proposal))).to.equal(State.Active);
      await governor.connect(small).castVote(await idOf(proposal), FOR);
      // A thirteenth of the votes is no quorum.
      if (proposal !== proposals.unwanted) await governor.connect(large).castVote(await idOf(proposal), FOR);
    }
    await expect(governor.connect(large).castVote.staticCall(await idOf(proposals.change), AGAINST))
      .to.be.revertedWithCustomError(governor, "GovernorAlreadyCastVote")
      .withArgs(large.address);
    await time.increase(DAY);
    expect(await governor.state(await idOf(proposals.unwanted))).to.equal(State.Defeated);
    const { unwanted: _defeated, ...passed } = proposals;
    for (const proposal of Object.values(passed)) {
      expect(await governor.state(await idOf(proposal))).to.equal(State.Succeeded);
      await governor.connect(stranger).queue(...argumentsOf(proposal), id(proposal.description));
      expect(await governor.state(await idOf(proposal))).to.equal(State.Queued);
    }
    const execute = ({ description, ...proposal }: Proposal) =>
      governor.execute(...argumentsOf({ ...proposal, description }), id(description));
    await expect(execute(proposals.change)).to.be.revertedWithCustomError(timelock, "TimelockUnexpectedOperationState");
    await time.increase(12 * HOUR);

    // What no function does, or not for the owner, no vote does; what has bounds stays within them.
    const owner = await timelock.getAddress();
    await expect(execute(proposals.loot)).to.be.revertedWithCustomError(vault, "CreditTooLow").withArgs(0, 1);
    await expect(execute(proposals.rule))
      .to.be.revertedWithCustomError(court, "NotDisputeManager")
      .withArgs(owner, await disputes.getAddress());
    await expect(execute(proposals.overturn))
      .to.be.revertedWithCustomError(disputes, "NotReplay")
      .withArgs(owner, await disputes.replay());
    await expect(execute(proposals.rewire)).to.be.revertedWithCustomError(disputes, "AlreadySealed").withArgs();
    await expect(execute(proposals.unbounded))
      .to.be.revertedWithCustomError(disputes, "BondOutOfBounds")
      .withArgs(5_001, 100, 5_000);

    await expect(execute(proposals.change))
      .to.emit(court, "ConfigAdded")
      .withArgs(2)
      .and.to.emit(disputes, "BondBpsSet")
      .withArgs(2_000)
      .and.to.emit(disputes, "ReplayBondSet")
      .withArgs(parseEther("60"));
    expect(await governor.state(await idOf(proposals.change))).to.equal(State.Executed);
    expect(await court.configCount()).to.equal(3n);
    expect(await court.configOf(2)).to.deep.equal([
      slower.evidence,
      slower.rounds.map((r) => [
        ...[r.seats, r.seeding, r.commit, r.reveal, r.appeal],
        ...[r.fee, r.seatRiskFees, r.voteRiskBps],
      ]),
    ]);
    expect(await disputes.bondBps()).to.equal(2_000n);
    expect(await disputes.replayBond()).to.equal(parseEther("60"));

    // The case that was running knows nothing of it; the next one does.
    expect((await court.caseOf(caseId)).phase).to.equal(COMMIT);
    expect(await terms()).to.deep.equal(before);
    expect(await disputes.openingCost(await s.answer("next"))).to.deep.equal([BOND_AFTERWARDS, FEES[0]]);

    // Nobody came to judge: the case ends undecided, and its opener gets back what it put down, not a share of a new bond.
    await time.increase(5 * DAY);
    await disputes.settle(receipt);
    expect((await vault.account(opener)).credit).to.equal(BOND + FEES[0]!);
    expect((await vault.account(disputes)).credit).to.equal(0n);
  });
});

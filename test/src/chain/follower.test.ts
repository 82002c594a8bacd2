import { expect } from "chai";
import type { Contract } from "ethers";
import { ContractFactory, toBeHex } from "ethers";

import { connect } from "../../../src/chain/connect.ts";
import { ChainFollower, type FollowedLog, type FollowerOptions } from "../../../src/chain/follower.ts";
import type { Head } from "../../../src/chain/head.ts";
import { CURSOR_TABLE, cursorTable } from "../../../src/daemon/cursorTable.ts";
import { openJournal } from "../../../src/daemon/journal.ts";
import { RetryableError } from "../../../src/errors.ts";
import { CredenceToken__factory, type CredenceToken } from "../../../typechain-types/index.ts";
import { startFaultyRpc, type FaultyRpc } from "../../setup/faultyRpc.ts";
import { mine, reorg, startAnvil, startHardhatNode, type ChainNode } from "../../setup/nodes.ts";
import { temporaryFolder } from "../../setup/sending.ts";

type Followed = { follower: ChainFollower; amounts: () => bigint[]; applied: Head[]; rollbacks: number[] };

describe("ChainFollower", () => {
  const ends: (() => unknown)[] = [];
  let node: ChainNode;
  let rpc: FaultyRpc;
  let token: CredenceToken;

  const prepare = async (start: () => Promise<ChainNode>): Promise<void> => {
    node = await start();
    ends.push(async () => node.stop());
    rpc = await startFaultyRpc(node.url);
    ends.push(async () => rpc.stop());
    const owner = node.wallet(0).connect(node.provider);
    const factory = new ContractFactory(CredenceToken__factory.abi, CredenceToken__factory.bytecode, owner);
    const contract = await factory.deploy(owner.address, 1_000_000n);
    await contract.waitForDeployment();
    token = contract as Contract as unknown as CredenceToken;
  };
  const pay = async (amount: bigint): Promise<void> => {
    await (await token.transfer(node.wallet(1).address, amount)).wait();
  };
  /** The amounts of the token's transfers as a journal has them: rows by block, rolled back as programs do. */
  const follow = async (options: Partial<FollowerOptions> = {}): Promise<Followed> => {
    const { path, remove } = temporaryFolder();
    const migrations = [
      CURSOR_TABLE,
      "CREATE TABLE transfers (block INTEGER NOT NULL, place INTEGER NOT NULL, amount TEXT NOT NULL, PRIMARY KEY (block, place)) STRICT",
    ];
    const journal = openJournal(`${path}/journal.sqlite`, { program: "challenger", identity: {}, migrations });
    const { database } = journal;
    const provider = connect({ url: rpc.url, chainId: node.chainId, timeoutMs: 2000, pollMs: 25 });
    ends.push(remove, journal.close, () => {
      provider.destroy();
    });
    const [applied, rollbacks]: [Head[], number[]] = [[], []];
    const transfer = token.interface.getEvent("Transfer");
    const follower = new ChainFollower({
      provider,
      addresses: [await token.getAddress()],
      fromBlock: 0,
      cursor: cursorTable(journal),
      transaction: journal.transaction,
      apply: (logs: readonly FollowedLog[], head) => {
        applied.push(head);
        for (const { topics, data, blockNumber, index } of logs.filter((log) => log.topics[0] === transfer.topicHash)) {
          const { value } = token.interface.decodeEventLog(transfer, data, topics).toObject() as { value: bigint };
          database.prepare("INSERT INTO transfers VALUES (?, ?, ?)").run(blockNumber, index, value.toString());
        }
      },
      rollback: (toBlock) => {
        rollbacks.push(toBlock);
        database.prepare("DELETE FROM transfers WHERE block > ?").run(toBlock);
      },
      ...options,
    });
    const amounts = (): bigint[] =>
      database
        .prepare("SELECT amount FROM transfers ORDER BY block, place")
        .all()
        .map(({ amount }) => BigInt(amount as string));
    return { follower, amounts, applied, rollbacks };
  };

  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  describe("on anvil", () => {
    beforeEach(async () => prepare(async () => startAnvil()));

    it("hands over every event once, in order, and the newest block", async () => {
      const { follower, amounts, rollbacks } = await follow();
      await pay(1n);
      await pay(2n);
      const head = await follower.poll();
      const newest = (await node.provider.getBlock("latest"))!;
      expect(head).to.deep.equal({ number: newest.number, hash: newest.hash, timestamp: newest.timestamp });
      expect(amounts()).to.deep.equal([1_000_000n, 1n, 2n]);
      expect(await follower.poll()).to.deep.equal(head);
      await pay(3n);
      await follower.poll();
      expect(amounts()).to.deep.equal([1_000_000n, 1n, 2n, 3n]);
      expect(rollbacks).to.deep.equal([]);
    });

    for (const depth of [1, 5, 20]) {
      it(`forgets exactly what a reorg of ${depth} blocks threw out, and follows the other branch`, async () => {
        const { follower, amounts, rollbacks } = await follow();
        await mine(node.provider, 20);
        await pay(1n);
        const { number: before } = await follower.poll();
        await mine(node.provider, depth - 1);
        await pay(2n);
        const { number } = await follower.poll();
        expect(number).to.equal(before + depth);
        await reorg(node, depth);
        await pay(3n);
        const head = await follower.poll();
        expect(amounts()).to.deep.equal([1_000_000n, 1n, 3n]);
        expect(rollbacks).to.deep.equal([before]);
        expect(head.hash).to.equal((await node.provider.getBlock("latest"))?.hash);
      });
    }

    it("starts again where contracts begin when nothing that it keeps is left", async () => {
      const { follower, amounts, rollbacks } = await follow({ fromBlock: 1 });
      const snapshot = (await node.provider.send("evm_snapshot", [])) as string;
      await mine(node.provider, 320);
      await pay(1n);
      await follower.poll();
      await node.provider.send("evm_revert", [snapshot]);
      await node.provider.send("evm_increaseTime", [1000]);
      await mine(node.provider, 330);
      await pay(2n);
      await follower.poll();
      expect(amounts()).to.deep.equal([1_000_000n, 2n]);
      expect(rollbacks).to.have.lengthOf(1);
    });

    it("does not go back when the node does", async () => {
      const { follower, amounts, rollbacks } = await follow();
      await pay(1n);
      await mine(node.provider, 3);
      const head = await follower.poll();
      rpc.freeze(head.number - 2);
      await stale(follower);
      rpc.freeze(0);
      await stale(follower);
      rpc.heal();
      expect(await follower.poll()).to.deep.equal(head);
      expect([amounts(), rollbacks]).to.deep.equal([[1_000_000n, 1n], []]);
    });

    it("goes back on a shorter fork no further than that differs", async () => {
      const { follower, amounts, rollbacks } = await follow();
      await pay(1n);
      const { number } = await follower.poll();
      const snapshot = (await node.provider.send("evm_snapshot", [])) as string;
      await pay(2n);
      await mine(node.provider, 4);
      await follower.poll();
      await node.provider.send("evm_revert", [snapshot]);
      await node.provider.send("evm_increaseTime", [1000]);
      await pay(3n);
      expect((await follower.poll()).number).to.equal(number + 1);
      expect([amounts(), rollbacks]).to.deep.equal([[1_000_000n, 1n, 3n], [number]]);
    });

    it("catches up in ranges, smaller ones where the node refuses, and loses nothing", async () => {
      const { follower, amounts, applied } = await follow();
      for (let i = 1n; i <= 10n; i++) {
        await pay(i);
        await mine(node.provider, 9);
      }
      rpc.inject({
        fault: { code: -32005, message: "query returned more than 3 results" },
        methods: ["eth_getLogs"],
        times: 3,
      });
      await follower.poll();
      expect(amounts()).to.deep.equal([1_000_000n, 1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n, 10n]);
      const numbers = applied.map(({ number }) => number);
      expect(numbers[0]).to.be.lessThan(12);
      expect(numbers).to.deep.equal([...numbers].sort((a, b) => a - b));
    });

    it("loses and repeats nothing when requests fail at any point", async () => {
      const { follower, amounts } = await follow();
      const faults = ["dropBefore", "dropAfter", 500, "garbage"] as const;
      for (let i = 0; i < 12; i++) {
        await pay(BigInt(i));
        const methods = [["eth_getLogs", "eth_getBlockByNumber"][i % 2]!];
        rpc.inject({ fault: faults[i % 4]!, methods, times: 4 });
        for (let tries = 0; tries < 5; tries++) await follower.poll().catch(ignoreRetryable);
        rpc.heal();
        await follower.poll();
      }
      expect(amounts()).to.deep.equal([1_000_000n, ...Array.from({ length: 12 }, (_, i) => BigInt(i))]);
    });

    it("applies events and cursor together or not at all", async () => {
      let isFull = true;
      const { follower, amounts, rollbacks } = await follow();
      await follower.poll();
      const head = follower.head;
      const failing = await follow({
        apply: () => {
          if (isFull) throw new Error("the disk is full");
        },
      });
      await pay(1n);
      const error: unknown = await failing.follower.poll().catch((reason: unknown) => reason);
      expect((error as Error).message).to.equal("the disk is full");
      expect(failing.follower.head).to.equal(undefined);
      isFull = false;
      expect((await failing.follower.poll()).number).to.equal(head!.number + 1);
      await follower.poll();
      expect([amounts(), rollbacks]).to.deep.equal([[1_000_000n, 1n], []]);
    });
  });

  it("follows hardhat's node as well", async function () {
    this.timeout(180_000);
    await prepare(startHardhatNode);
    const { follower, amounts } = await follow();
    await pay(1n);
    const { number } = await follower.poll();
    const snapshot = (await node.provider.send("evm_snapshot", [])) as string;
    await pay(2n);
    await node.provider.send("hardhat_mine", [toBeHex(6)]);
    await follower.poll();
    await node.provider.send("evm_revert", [snapshot]);
    await node.provider.send("evm_increaseTime", [1000]);
    await pay(3n);
    await node.provider.send("hardhat_mine", [toBeHex(8)]);
    expect((await follower.poll()).number).to.equal(number + 9);
    expect(amounts()).to.deep.equal([1_000_000n, 1n, 3n]);
  });
});

async function stale(follower: ChainFollower): Promise<void> {
  const error: unknown = await follower.poll().catch((reason: unknown) => reason);
  expect(error).to.be.instanceOf(RetryableError);
  expect((error as RetryableError).code).to.equal("CHAIN_STALE");
}

function ignoreRetryable(error: unknown): void {
  if (!(error instanceof RetryableError)) throw error;
}

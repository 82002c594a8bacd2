import { expect } from "chai";
import {
  ContractFactory,
  Transaction,
  Wallet,
  parseEther,
  parseUnits,
  type TransactionReceipt,
  type TransactionResponse,
} from "ethers";

import { send } from "../../../src/chain/calls.ts";
import type { Contracts } from "../../../src/chain/contracts.ts";
import type { OrderedSignerOptions } from "../../../src/chain/orderedSigner.ts";
import { FatalError, RetryableError } from "../../../src/errors.ts";
import { CredenceToken__factory } from "../../../typechain-types/index.ts";
import { startFaultyRpc, type Fault, type FaultyRpc } from "../../setup/faultyRpc.ts";
import { mine, reorg, startAnvil, type AnvilOptions, type ChainNode } from "../../setup/nodes.ts";
import { startSender, temporaryFolder, type Sender } from "../../setup/sending.ts";

const ONE = parseEther("1");

describe("OrderedSigner", () => {
  const ends: (() => unknown)[] = [];
  let node: ChainNode;
  let rpc: FaultyRpc;
  let folder: string;
  let to: string;

  const prepare = async (options?: AnvilOptions): Promise<void> => {
    node = await startAnvil(options);
    rpc = await startFaultyRpc(node.url);
    const { path, remove } = temporaryFolder();
    folder = path;
    to = Wallet.createRandom().address;
    ends.push(
      remove,
      async () => node.stop(),
      async () => rpc.stop(),
    );
  };
  const start = (options?: Partial<OrderedSignerOptions>): Sender => {
    const sender = startSender(folder, rpc.url, node.wallet(0), options);
    ends.push(sender.stop);
    return sender;
  };
  const pay = async ({ signer }: Sender, value = ONE): Promise<TransactionReceipt> => {
    const response = await signer.sendTransaction({ to, value });
    return (await response.wait())!;
  };
  const received = async (): Promise<bigint> => node.provider.getBalance(to);
  const sent = async (): Promise<number> => node.provider.getTransactionCount(node.wallet(0).address);

  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end();
  });

  describe("on a chain without faults", () => {
    beforeEach(async () => prepare());

    it("serves actions that call contracts, and their wait() has the contract's events", async () => {
      const { signer, outbox } = start();
      const deployer = node.wallet(1).connect(node.provider);
      const factory = new ContractFactory(CredenceToken__factory.abi, CredenceToken__factory.bytecode, deployer);
      const deployed = await factory.deploy(await signer.getAddress(), 1000n);
      await deployed.waitForDeployment();
      const token = CredenceToken__factory.connect(await deployed.getAddress(), signer);
      const receipt = await send({ token } as unknown as Contracts, token.transfer, to, 7n);
      expect(await token.balanceOf(to)).to.equal(7n);
      expect(receipt.logs.map((log) => ("fragment" in log ? log.fragment.name : "?"))).to.deep.equal(["Transfer"]);
      expect(outbox.landed()[0]).to.deep.include({ nonce: 0, state: "mined", value: 0n, route: "public" });
    });

    it("gives each call a nonce of its own, in the order of the calls, and the same call the same while it is pending", async () => {
      const sender = start();
      await node.provider.send("evm_setAutomine", [false]);
      const values = [1n, 2n, 3n, 2n, 1n, 4n];
      const responses = await Promise.all(values.map(async (value) => sender.signer.sendTransaction({ to, value })));
      expect([...new Set(responses.map(({ nonce }) => nonce))]).to.have.members([0, 1, 2, 3]);
      expect(responses.filter(({ value }) => value === 2n).map(({ nonce }) => nonce)).to.satisfy(
        ([a, b]: number[]) => a === b,
      );
      await mine(node.provider);
      const receipts = await Promise.all(responses.map(async (response) => response.wait()));
      expect(new Set(receipts.map((receipt) => receipt?.hash)).size).to.equal(4);
      expect(await received()).to.equal(10n);
      await node.provider.send("evm_setAutomine", [true]);
      expect((await pay(sender, 2n)).status).to.equal(1);
      expect(await received()).to.equal(12n); // once it has landed, the same is a new one
    });

    it("waits for the confirmations that it was told to", async () => {
      const { signer, outbox } = start({ confirmations: 3 });
      const response = await signer.sendTransaction({ to, value: ONE });
      let isDone = false;
      const done = response.wait().then(() => (isDone = true));
      await mine(node.provider);
      await elapse(150);
      expect([isDone, outbox.pending().length]).to.deep.equal([false, 1]);
      await mine(node.provider);
      await done;
      expect(outbox.landed()[0]?.minedIn?.blockNumber).to.equal(1);
    });

    it("refuses what the account cannot pay, says what it has, and keeps the nonce", async () => {
      const sender = start();
      const tooMuch = sender.signer.sendTransaction({ to, value: parseEther("10000"), gasLimit: 21_000n });
      const error = await fatal(tooMuch, "OUT_OF_GAS_MONEY");
      expect(error.message).to.match(
        /has 10000\.0 ETH, expected at least 10000\.0\d+ for what it sends: send it some$/,
      );
      await fatal(sender.signer.sendTransaction({ to, value: parseEther("20000") }), "OUT_OF_GAS_MONEY");
      expect(sender.outbox.pending()).to.deep.equal([]);
      await pay(sender);
      expect(sender.outbox.landed()[0]?.nonce).to.equal(0);
    });

    it("refuses a nonce of the caller, and a transaction that calls nothing", async () => {
      const { signer } = start();
      await fatal(signer.sendTransaction({ to, nonce: 3 }), "TRANSACTION_REFUSED");
      await fatal(signer.sendTransaction({ data: "0x00" }), "TRANSACTION_REFUSED");
    });

    it("forgets what landed long ago, but not its last nonce", async () => {
      const sender = start();
      const first = await pay(sender, 1n);
      await pay(sender, 2n);
      await mine(node.provider, 70);
      await until(() => sender.outbox.find(first.hash) === undefined);
      expect(sender.outbox.landed().map(({ nonce }) => nonce)).to.deep.equal([1]);
      rpc.freeze(0);
      const response = await sender.signer.sendTransaction({ to, value: 3n });
      rpc.heal();
      expect(response.nonce).to.equal(2);
      await response.wait();
      expect(await received()).to.equal(6n);
    });

    it("tells who waits that the program stops", async () => {
      const { signer, stop } = start({ confirmations: 5 });
      const response = await signer.sendTransaction({ to, value: ONE });
      const waiting = response.wait();
      await elapse(60);
      stop();
      await retryable(waiting, "STOPPING");
    });
  });

  describe("while requests fail", () => {
    beforeEach(async () => prepare());

    const faults: [string, Fault][] = [
      ["the node does not answer in time", "hang"],
      ["the connection drops before the node has it", "dropBefore"],
      ["the connection drops after the node has taken it", "dropAfter"],
      ["the node answers with an internal error", 500],
      ["the node says that it is asked too often", 429],
      ["the answer is no JSON", "garbage"],
      ["the answer never ends", "slow"],
      ["the node says that it has it already", { code: -32000, message: "already known" }],
      ["the node's pool is full", { code: -32000, message: "txpool is full" }],
    ];
    for (const [name, fault] of faults) {
      it(`pays exactly once when ${name}`, async () => {
        const sender = start({ pollMs: 25, limits: { stuckAfterMs: 2000 } });
        rpc.inject({ fault, methods: ["eth_sendRawTransaction"], times: 3 });
        const receipt = await pay(sender);
        expect(receipt.status).to.equal(1);
        expect([await received(), await sent()]).to.deep.equal([ONE, 1]);
      });
    }

    for (const method of ["eth_getTransactionReceipt", "eth_getBlockByNumber", "eth_getTransactionCount"]) {
      it(`pays exactly once when ${method} fails after the transaction was sent`, async () => {
        const sender = start();
        const response = await sender.signer.sendTransaction({ to, value: ONE });
        for (const fault of ["hang", "dropAfter", 500, "garbage"] as const) {
          rpc.inject({ fault, methods: [method], times: fault === "hang" ? 1 : 3 });
        }
        await response.wait();
        expect([await received(), await sent()]).to.deep.equal([ONE, 1]);
      });
    }

    it("signs nothing while it cannot read nonce, fee or gas", async () => {
      const { signer, outbox } = start();
      await signer.provider.getNetwork();
      for (const method of [
        "eth_estimateGas",
        "eth_getTransactionCount",
        "eth_maxPriorityFeePerGas",
        "eth_getBalance",
      ]) {
        rpc.inject({ fault: "dropBefore", methods: [method] });
        if (method === "eth_maxPriorityFeePerGas")
          rpc.inject({ fault: "dropBefore", methods: ["eth_gasPrice", "eth_getBlockByNumber"] });
        await retryable(signer.sendTransaction({ to, value: ONE }), "CHAIN_UNREACHABLE");
        rpc.heal();
      }
      expect(outbox.pending()).to.deep.equal([]);
      expect(await sent()).to.equal(0);
    });

    it("gives the nonce back when the node refuses for good", async () => {
      const sender = start();
      const refusal = { code: -32000, message: "transaction type not supported" };
      rpc.inject({ fault: refusal, methods: ["eth_sendRawTransaction"], times: 1 });
      const error = await fatal(sender.signer.sendTransaction({ to, value: ONE }), "TRANSACTION_REFUSED");
      expect(error.message).to.contain("transaction type not supported");
      await pay(sender, 2n);
      expect([sender.outbox.landed()[0]?.nonce, await received(), await sent()]).to.deep.equal([0, 2n, 1]);
    });

    it("neither reuses nor skips a nonce when the node is behind", async () => {
      const sender = start();
      await pay(sender, 1n);
      await pay(sender, 2n);
      rpc.freeze(0);
      const responses = [await sender.signer.sendTransaction({ to, value: 3n })];
      responses.push(await sender.signer.sendTransaction({ to, value: 4n }));
      expect(responses.map(({ nonce }) => nonce)).to.deep.equal([2, 3]);
      await elapse(200);
      rpc.heal();
      for (const response of responses) await response.wait();
      expect([await received(), await sent()]).to.deep.equal([10n, 4]);
    });
  });

  describe("without blocks", () => {
    beforeEach(async () => prepare({ noMining: true }));

    it("raises both fees of a stuck transaction by an eighth at least, with the same nonce, and pays once", async () => {
      const sender = start({ limits: { stuckAfterMs: 150 } });
      const response = await sender.signer.sendTransaction({ to, value: ONE });
      await until(() => sender.outbox.pending()[0]!.hashes.length >= 3);
      const { hashes } = sender.outbox.pending()[0]!;
      const hash = hashes[2]!;
      let found: TransactionResponse | null = null;
      await until(async () => (found = await node.provider.getTransaction(sender.outbox.pending()[0]!.hash)) !== null);
      const pool = found as unknown as TransactionResponse;
      expect(pool.nonce).to.equal(response.nonce);
      expect(pool.maxFeePerGas! * 64n >= response.maxFeePerGas! * 81n).to.equal(true);
      expect(pool.maxPriorityFeePerGas! * 64n >= response.maxPriorityFeePerGas! * 81n).to.equal(true);
      await mine(node.provider);
      const receipt = await response.wait();
      expect(receipt?.hash).to.be.oneOf(sender.outbox.find(hash)!.hashes);
      expect(receipt?.hash).not.to.equal(hashes[0]);
      expect([await received(), await sent()]).to.deep.equal([ONE, 1]);
    });

    it("does not bid against itself for ever while the chain stands still", async () => {
      const sender = start({ limits: { stuckAfterMs: 30 } });
      const response = await sender.signer.sendTransaction({ to, value: ONE });
      const first = response.maxFeePerGas!;
      const offered = () => Transaction.from(sender.outbox.pending()[0]!.raw).maxFeePerGas!;
      await until(() => (offered() * 9n) / 8n > 4n * first);
      await elapse(300);
      expect(offered() <= 4n * first, `${offered()} for ${first}`).to.equal(true);
    });

    it("does not raise a fee above the limit", async () => {
      const maxFeePerGas = parseUnits("3", "gwei");
      const sender = start({ limits: { stuckAfterMs: 60, maxFeePerGas } });
      const response = await sender.signer.sendTransaction({ to, value: ONE });
      await elapse(600);
      const { raw } = sender.outbox.pending()[0]!;
      expect(Transaction.from(raw).maxFeePerGas! <= maxFeePerGas).to.equal(true);
      await mine(node.provider);
      await response.wait();
      expect(await received()).to.equal(ONE);
    });

    it("goes above what the node holds when that says the replacement is underpriced", async () => {
      const sender = start({ limits: { stuckAfterMs: 200 } });
      const response = await sender.signer.sendTransaction({ to, value: ONE });
      const refusal = { code: -32000, message: "replacement transaction underpriced" };
      rpc.inject({ fault: refusal, methods: ["eth_sendRawTransaction"], times: 2 });
      await until(
        async () =>
          (await node.provider.getTransaction(sender.outbox.pending()[0]!.hash)) !== null &&
          sender.outbox.pending()[0]!.hashes.length >= 4,
      );
      await mine(node.provider);
      await response.wait();
      expect([await received(), await sent()]).to.deep.equal([ONE, 1]);
    });

    it("sends again what the node lost", async () => {
      const sender = start({ limits: { stuckAfterMs: 400 } });
      const response = await sender.signer.sendTransaction({ to, value: ONE });
      await node.provider.send("anvil_dropTransaction", [response.hash]);
      await until(async () => (await node.provider.getTransaction(sender.outbox.pending()[0]!.hash)) !== null);
      await mine(node.provider);
      await response.wait();
      expect(await received()).to.equal(ONE);
    });

    it("fills a nonce that nothing uses", async () => {
      const stranger = node.wallet(0).connect(node.provider);
      const foreign = await stranger.sendTransaction({ to: node.wallet(3).address, value: 1n });
      const sender = start({ limits: { stuckAfterMs: 150 } });
      const response = await sender.signer.sendTransaction({ to, value: ONE });
      expect(response.nonce).to.equal(1);
      await node.provider.send("anvil_dropTransaction", [foreign.hash]);
      await until(() => sender.outbox.pending().length === 2);
      await until(async () => {
        await mine(node.provider); // it is written down before it is broadcast
        return sender.outbox.pending().length === 0;
      });
      await response.wait();
      expect([await received(), await sent()]).to.deep.equal([ONE, 2]);
    });

    it("broadcasts private transactions to the private node only, with the same nonces", async () => {
      const hidden = await startFaultyRpc(node.url);
      ends.push(async () => hidden.stop());
      const wire = startSender(temporaryFolderOf(ends), hidden.url, node.wallet(9));
      ends.push(wire.stop);
      const sender = start({ broadcast: [wire.provider], limits: { stuckAfterMs: 100 } });
      const secret = sender.signer.private();
      const first = await secret.sendTransaction({ to, value: 1n });
      await until(() => sender.outbox.pending()[0]!.hashes.length > 1); // it is replaced in private, too
      expect([rpc.countOf("eth_sendRawTransaction"), hidden.countOf("eth_sendRawTransaction") >= 2]).to.deep.equal([
        0,
        true,
      ]);
      const second = await sender.signer.sendTransaction({ to, value: 2n });
      expect([first.nonce, second.nonce]).to.deep.equal([0, 1]);
      await mine(node.provider);
      await Promise.all([first.wait(), second.wait()]);
      expect(await received()).to.equal(3n);
      expect(sender.outbox.landed().map(({ route }) => route)).to.deep.equal(["public", "private"]);
    });
  });

  describe("at private nodes that include nothing", () => {
    beforeEach(async () => prepare());

    it("sends to everybody in the end, so that what comes after is not held up", async () => {
      const hidden = await startFaultyRpc(node.url);
      ends.push(async () => hidden.stop());
      const wire = startSender(temporaryFolderOf(ends), hidden.url, node.wallet(9));
      ends.push(wire.stop);
      hidden.inject({ fault: "dropBefore", methods: ["eth_sendRawTransaction"] });
      const sender = start({ broadcast: [wire.provider], limits: { stuckAfterMs: 100 } });
      const first = await sender.signer.private().sendTransaction({ to, value: 1n });
      const second = await sender.signer.sendTransaction({ to, value: 2n });
      await until(async () => (await sent()) >= 2);
      await Promise.all([first.wait(), second.wait()]);
      expect(await received()).to.equal(3n);
    });
  });

  describe("after a crash", () => {
    beforeEach(async () => prepare());

    it("sends what was written down and not broadcast", async () => {
      const first = start();
      rpc.inject({ fault: "dropBefore", methods: ["eth_sendRawTransaction"] });
      await first.signer.sendTransaction({ to, value: ONE });
      first.stop();
      expect(await sent()).to.equal(0);
      rpc.heal();
      const second = start();
      await second.signer.recover();
      expect([await received(), await sent(), second.outbox.pending().length]).to.deep.equal([ONE, 1, 0]);
      expect(second.outbox.landed()[0]?.state).to.equal("mined");
    });

    it("waits for a node that does not answer yet, but not for ever", async () => {
      const first = start();
      rpc.inject({ fault: "dropBefore", methods: ["eth_sendRawTransaction"] });
      await first.signer.sendTransaction({ to, value: ONE });
      first.stop();
      rpc.heal();
      const second = start();
      rpc.inject({ fault: 500 });
      await retryable(second.signer.recover(undefined, 100), "CHAIN_UNREACHABLE");
      rpc.heal();
      rpc.inject({ fault: 500, times: 4 });
      await second.signer.recover();
      expect([await received(), await sent()]).to.deep.equal([ONE, 1]);
    });

    it("finds what was broadcast and mined meanwhile, and does not pay twice", async () => {
      const first = start();
      rpc.inject({ fault: "dropAfter", methods: ["eth_sendRawTransaction"], times: 1 });
      await first.signer.sendTransaction({ to, value: ONE });
      first.stop();
      const second = start();
      await second.signer.recover();
      expect([await received(), await sent(), second.outbox.pending().length]).to.deep.equal([ONE, 1, 0]);
    });

    it("takes a call up that was pending when the process ended", async () => {
      await node.provider.send("evm_setAutomine", [false]);
      const first = start();
      const before = await first.signer.sendTransaction({ to, value: ONE });
      first.stop();
      const second = start();
      await second.signer.recover(undefined, 100);
      const again = await second.signer.sendTransaction({ to, value: ONE });
      expect(again.nonce).to.equal(before.nonce);
      await mine(node.provider);
      await again.wait();
      expect([await received(), await sent()]).to.deep.equal([ONE, 1]);
    });

    it("writes down before it broadcasts: a crash between the two leaves the transaction on disk", async () => {
      const crash = new FatalError("CRASH", "the process ends here");
      const wallet = node.wallet(0).connect(node.provider);
      const sender = startSender(folder, rpc.url, wallet);
      sender.provider.broadcastTransaction = async () => {
        throw crash;
      };
      await fatal(sender.signer.sendTransaction({ to, value: ONE }), "CRASH");
      sender.stop();
      const second = start();
      expect(second.outbox.pending().map(({ nonce, value }) => [nonce, value])).to.deep.equal([[0, ONE]]);
      await second.signer.recover();
      expect(await received()).to.equal(ONE);
    });
  });

  describe("when something else sends with the key", () => {
    beforeEach(async () => prepare());

    it("says that a transaction is lost, so that the caller decides anew", async () => {
      const sender = start();
      rpc.inject({ fault: "dropBefore", methods: ["eth_sendRawTransaction"] });
      const response = await sender.signer.sendTransaction({ to, value: ONE });
      const foreign = await node.wallet(0).connect(node.provider).sendTransaction({ to, value: 5n });
      expect(foreign.nonce).to.equal(response.nonce);
      await retryable(response.wait(), "TRANSACTION_LOST");
      rpc.heal();
      await pay(sender);
      expect([await received(), await sent()]).to.deep.equal([ONE + 5n, 2]);
    });

    it("does not take a node that is behind for a lost transaction", async () => {
      const sender = start();
      rpc.inject({ fault: { code: -32000, message: "nonce too low" }, methods: ["eth_sendRawTransaction"] });
      rpc.inject({ fault: { result: null }, methods: ["eth_getTransactionReceipt"] });
      const response = await sender.signer.sendTransaction({ to, value: ONE });
      await node.provider.broadcastTransaction(sender.outbox.pending()[0]!.raw);
      await elapse(300);
      expect(sender.outbox.pending().length).to.equal(1);
      rpc.heal();
      await response.wait();
      expect([await received(), await sent()]).to.deep.equal([ONE, 1]);
    });
  });

  describe("through reorgs", () => {
    beforeEach(async () => prepare());

    for (const depth of [1, 5, 20]) {
      it(`sends again what a reorg of ${depth} blocks threw out, once each`, async () => {
        const sender = start();
        await mine(node.provider, 30);
        for (const value of [1n, 2n, 3n]) await pay(sender, value);
        const lastBlock = await node.provider.getBlockNumber();
        if (depth > 3) await mine(node.provider, depth - 3);
        await reorg(node, depth);
        await mine(node.provider);
        await until(async () => (await received()) === 6n && sender.outbox.pending().length === 0);
        expect(await sent()).to.equal(3);
        const landed = sender.outbox.landed();
        expect(landed.map(({ nonce }) => nonce)).to.have.members([0, 1, 2]);
        for (const { minedIn } of landed) {
          const block = await node.provider.getBlock(minedIn!.blockNumber);
          expect(block?.hash).to.equal(minedIn!.blockHash);
        }
        if (depth > 3) expect(landed.every(({ minedIn }) => minedIn!.blockNumber > lastBlock)).to.equal(true);
        await pay(sender, 4n);
        expect([await received(), await sent()]).to.deep.equal([10n, 4]);
      });
    }

    it("waits on when the reorg comes before the confirmations", async () => {
      const sender = start({ confirmations: 4 });
      const response = await sender.signer.sendTransaction({ to, value: ONE });
      await mine(node.provider, 2);
      await reorg(node, 3);
      await until(async () => (await received()) === ONE);
      await mine(node.provider, 3);
      const receipt = await response.wait();
      const block = await node.provider.getBlock(receipt!.blockNumber);
      expect([block?.hash, await received(), await sent()]).to.deep.equal([receipt?.blockHash, ONE, 1]);
    });

    it("follows a reorg that happened while the program was off", async () => {
      const first = start();
      await pay(first);
      first.stop();
      await mine(node.provider, 4);
      await reorg(node, 5);
      expect(await received()).to.equal(0n);
      const second = start();
      await second.signer.recover();
      expect([await received(), await sent()]).to.deep.equal([ONE, 1]);
    });
  });
});

function temporaryFolderOf(ends: (() => unknown)[]): string {
  const { path, remove } = temporaryFolder();
  ends.push(remove);
  return path;
}

async function elapse(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (await holds()) return;
    await elapse(25);
  }
  throw new Error("it did not come to hold within ten seconds");
}

async function fatal(promise: Promise<unknown>, code: string): Promise<FatalError> {
  return thrown(promise, FatalError, code);
}

async function retryable(promise: Promise<unknown>, code: string): Promise<RetryableError> {
  return thrown(promise, RetryableError, code);
}

async function thrown<E extends FatalError | RetryableError>(
  promise: Promise<unknown>,
  kind: new (code: string, message: string) => E,
  code: string,
): Promise<E> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).to.be.instanceOf(kind);
  expect((error as E).code).to.equal(code);
  return error as E;
}

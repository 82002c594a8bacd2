import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";
import type { JsonRpcProvider } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

import { openGame } from "../../../src/actions/openGame.ts";
import { connect } from "../../../src/chain/connect.ts";
import { OrderedSigner } from "../../../src/chain/orderedSigner.ts";
import type { Journal } from "../../../src/daemon/journal.ts";
import { processClock } from "../../../src/daemon/lifecycle.ts";
import { outboxTable } from "../../../src/daemon/outboxTable.ts";
import { bareLeaf } from "../../../src/protocol/answers.ts";
import type { ReceiptId } from "../../../src/protocol/ids.ts";
import type { SignedReceipt } from "../../../src/protocol/receipts.ts";
import { mine, reorg, startAnvil, type ChainNode } from "../../setup/nodes.ts";
import { LOCK, OUTPUT, REQUEST, operate, type Operation } from "../../setup/operation.ts";
import { OperatorDesk, SETTINGS } from "../../setup/operatorDesk.ts";
import { temporaryFolder } from "../../setup/sending.ts";
import { createTarget } from "../../setup/target.ts";

/** Of the hot account among the node's: after deployer, owner, guardian and operator. */
const HOT_ACCOUNT = 4;
const POLL_MS = 20;
const MAX_STEPS = 100;

describe("src/operator/reorgs", function () {
  this.timeout(60_000);
  let node: ChainNode;
  let operation: Operation;
  let provider: JsonRpcProvider;
  let desk: OperatorDesk;
  let stopSigner: AbortController;
  let snapshot: string;
  let closeTarget: () => Promise<void>;
  const folder = temporaryFolder();
  let job = 0;

  before(async () => {
    node = await startAnvil();
    const { connection } = await createTarget(node.url, folder.path);
    closeTarget = () => connection.close();
    operation = await operate(connection as NetworkConnection);
    provider = connect({ url: node.url, chainId: node.chainId, timeoutMs: 5_000, pollMs: POLL_MS });
  });

  after(async () => {
    provider.destroy();
    await closeTarget();
    await node.stop();
    folder.remove();
  });

  beforeEach(async () => {
    snapshot = (await node.provider.send("evm_snapshot", [])) as string;
    desk = await sit();
  });

  afterEach(async () => {
    stop();
    await desk.remove();
    await node.provider.send("evm_revert", [snapshot]);
  });

  async function sit(kept?: string): Promise<OperatorDesk> {
    const { deployment, domain, operator, key, modelId } = operation;
    const place = { provider, deployment, domain, operator: operator.address, key, modelIds: [modelId] };
    stopSigner = new AbortController();
    let signer: OrderedSigner | undefined;
    const open = (journal: Journal): OrderedSigner => (signer = orderedSigner(journal, stopSigner.signal));
    const settings = { ...SETTINGS, batchSize: 2 };
    const opened = new OperatorDesk(place, { settings, signer: open, ...(kept !== undefined && { folder: kept }) });
    await signer!.recover();
    return opened;
  }

  function orderedSigner(journal: Journal, signal: AbortSignal): OrderedSigner {
    const wallet = node.wallet(HOT_ACCOUNT);
    return new OrderedSigner({
      ...{ signer: wallet, provider, outbox: outboxTable(journal, wallet.address), confirmations: 1, pollMs: POLL_MS },
      ...{ limits: { stuckAfterMs: 60_000 }, clock: processClock, signal },
    });
  }

  /** As a crash would end it. */
  const stop = (): void => {
    stopSigner.abort(new Error("stopped"));
    if (desk.journal.database.isOpen) desk.close();
  };
  const answer = async (wantsFinal = false): Promise<{ id: ReceiptId; signed: SignedReceipt }> =>
    desk.keep(await operation.receipt(job++), { request: REQUEST, output: OUTPUT, wantsFinal });
  const batchesOnChain = async () => {
    const { attestations } = operation.protocol;
    return attestations.queryFilter(attestations.filters.BatchAnchored());
  };
  const anchoredOf = (id: ReceiptId) => desk.answers.batch(desk.answers.answer(id)?.leaf?.root ?? "")?.anchored;
  const locked = async (): Promise<bigint> =>
    operation.protocol.vault.lockedBy(operation.deployment.attestations, operation.operator.address);

  /** Steps, with a new block now and then, until something is so. */
  async function until(what: string, isSo: () => Promise<boolean> | boolean): Promise<void> {
    for (let i = 0; i < MAX_STEPS; i++) {
      if (await isSo()) return;
      await desk.begin().catch(ignoreStale);
      await sleep(POLL_MS);
      await mine(node.provider);
    }
    throw new Error(`${what} did not come: ${JSON.stringify(desk.log.slice(-6))}`);
  }

  for (const depth of [1, 5, 20]) {
    it(`anchors a batch again that a reorg of ${depth} block(s) threw out, once`, async () => {
      const [{ id }] = [await answer(), await answer()];
      await mine(node.provider, depth === 1 ? 1 : 2);
      await until("the batch", () => anchoredOf(id) !== undefined);
      const first = anchoredOf(id)!;
      const { number } = desk.duties.follower.head!;
      await mine(node.provider, first.block + depth - 1 - Math.min(number, first.block + depth - 1));
      const above = (await provider.getBlockNumber()) - first.block + 1;
      const { root } = desk.answers.answer(id)!.leaf!;

      await node.provider.send("evm_setAutomine", [false]); // what is sent again waits
      await reorg(node, Math.max(depth, above));
      expect(await batchesOnChain()).to.have.length(0);
      await desk.duties.follower.poll();
      expect(anchoredOf(id)).to.equal(undefined);
      expect(await locked()).to.equal(0n);
      await node.provider.send("evm_setAutomine", [true]);

      await until("the batch again", () => anchoredOf(id) !== undefined);
      await mine(node.provider, 3);
      await desk.step();
      const events = await batchesOnChain();
      expect(events.map(({ args }) => args.root)).to.deep.equal([root]);
      expect(anchoredOf(id)!.blockHash).to.equal(events[0]!.blockHash).and.not.equal(first.blockHash);
      expect(await locked()).to.equal(2n * LOCK);
      expect(await desk.metric("reorgs_total")).to.equal(1);
      expect(await desk.metric("batches_reorged_total")).to.equal(1);
      expect(await desk.metric("gas_used_total")).to.be.above(90_000);
      expect(desk.answers.batchesToAnchor(0)).to.deep.equal([]);
    });
  }

  it("publishes again what a reorg took back, and forgets the games of blocks that are gone", async () => {
    const [wanted] = [await answer(true), await answer()];
    await mine(node.provider);
    await until("the publication", () => desk.answers.publication(wanted.id) !== undefined);
    const first = desk.answers.publication(wanted.id)!;
    const { stranger, protocol, deployment } = operation;
    await (await protocol.token.transfer(stranger.address, 10n ** 21n)).wait();
    await openGame(stranger, deployment, { leaf: bareLeaf(wanted.signed.receipt) });
    await desk.duties.follower.poll();
    expect(desk.chain.openGames()).to.have.length(1);

    const depth = (await provider.getBlockNumber()) - anchoredOf(wanted.id)!.block + 1;
    await node.provider.send("evm_setAutomine", [false]);
    await reorg(node, depth);
    await desk.duties.follower.poll();
    expect(desk.chain.openGames()).to.deep.equal([]);
    expect(desk.answers.publication(wanted.id)).to.equal(undefined);
    await node.provider.send("evm_setAutomine", [true]);

    await until("the publication again", () => desk.answers.publication(wanted.id) !== undefined);
    expect(desk.answers.publication(wanted.id)!.publishedAt).to.be.at.least(first.publishedAt);
    const { attestations } = protocol;
    expect(await attestations.queryFilter(attestations.filters.AnswerPublished(wanted.id))).to.have.length(1);
    expect(await batchesOnChain()).to.have.length(1);
    expect(await locked()).to.equal(2n * LOCK);
  });

  it("anchors once when it is killed between sending and seeing the block", async () => {
    const [{ id }] = [await answer(), await answer()];
    await mine(node.provider);
    await node.provider.send("evm_setAutomine", [false]);
    await desk.begin();
    await sent(1);
    stop();
    desk = await minedFor(sit(desk.folder));
    await node.provider.send("evm_setAutomine", [true]);
    await until("the batch", () => anchoredOf(id) !== undefined);
    await mine(node.provider, 3);
    await desk.step();
    expect(await batchesOnChain()).to.have.length(1);
    expect(await locked()).to.equal(2n * LOCK);
    expect(await provider.getTransactionCount(node.wallet(HOT_ACCOUNT).address)).to.equal(
      Number(await node.provider.send("eth_getTransactionCount", [node.wallet(HOT_ACCOUNT).address, "pending"])),
    );
  });

  it("anchors once when it is killed before anything was sent, and when a reorg came while it was down", async () => {
    const [{ id }] = [await answer(), await answer()];
    await mine(node.provider);
    await until("the batch", () => anchoredOf(id) !== undefined);
    const first = anchoredOf(id)!;
    stop();
    await reorg(node, (await provider.getBlockNumber()) - first.block + 1);
    await mine(node.provider, 2);
    desk = await minedFor(sit(desk.folder));
    await until("the batch again", () => anchoredOf(id) !== undefined && anchoredOf(id)!.blockHash !== first.blockHash);
    await mine(node.provider, 3);
    await desk.step();
    expect(await batchesOnChain()).to.have.length(1);
    expect(await locked()).to.equal(2n * LOCK);
  });

  /** Until so many transactions of the hot account wait for a block. */
  async function sent(count: number): Promise<void> {
    const { address } = node.wallet(HOT_ACCOUNT);
    for (let i = 0; i < MAX_STEPS; i++) {
      const [mined, all] = await Promise.all([
        node.provider.getTransactionCount(address),
        node.provider.getTransactionCount(address, "pending"),
      ]);
      if (all - mined === count) return;
      await sleep(POLL_MS);
    }
    throw new Error("nothing was sent");
  }

  /** Blocks for whoever waits for one. */
  async function minedFor<T>(work: Promise<T>): Promise<T> {
    const end = new AbortController();
    const finished = work.finally(() => {
      end.abort();
    });
    for (let i = 0; i < MAX_STEPS && !end.signal.aborted; i++) {
      await sleep(POLL_MS);
      await mine(node.provider);
    }
    return finished;
  }
});

function ignoreStale(error: unknown): void {
  if ((error as { code?: string }).code !== "CHAIN_STALE") throw error;
}

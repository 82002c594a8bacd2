import { expect } from "chai";

import { connect } from "../../../src/chain/connect.ts";
import { findNonceUse } from "../../../src/chain/nonceUse.ts";
import { RetryableError } from "../../../src/errors.ts";
import { startFaultyRpc, type FaultyRpc } from "../../setup/faultyRpc.ts";
import { mine, startAnvil, type ChainNode } from "../../setup/nodes.ts";

describe("findNonceUse", () => {
  let node: ChainNode;
  let rpc: FaultyRpc;
  const sent: { hash: string; blockNumber: number }[] = [];
  const find = async (nonce: number): Promise<unknown> => {
    const provider = connect({ url: rpc.url, chainId: node.chainId, timeoutMs: 2000, pollMs: 25 });
    return findNonceUse(provider, node.wallet(0).address, nonce, await node.provider.getBlockNumber()).finally(() => {
      provider.destroy();
    });
  };

  before(async () => {
    node = await startAnvil();
    rpc = await startFaultyRpc(node.url);
    const wallet = node.wallet(0).connect(node.provider);
    for (const gap of [1, 7, 0, 12]) {
      if (gap > 0) await mine(node.provider, gap);
      const receipt = (await (await wallet.sendTransaction({ to: wallet.address })).wait())!;
      sent.push({ hash: receipt.hash, blockNumber: receipt.blockNumber });
    }
    await mine(node.provider, 3);
  });
  after(async () => {
    await rpc.stop();
    await node.stop();
  });
  afterEach(() => {
    rpc.heal();
  });

  it("finds the transaction of each nonce", async () => {
    for (const [nonce, use] of sent.entries()) expect(await find(nonce)).to.deep.equal(use);
  });

  it("cannot tell where the node forgot the state", async () => {
    const fault = { code: -32000, message: "missing trie node 1234 (path ) state is not available" };
    rpc.inject({ fault, methods: ["eth_getTransactionCount"] });
    expect(await find(1)).to.equal(undefined);
  });

  it("does not take a node that fails for one that forgot", async () => {
    for (const fault of ["dropAfter", 500, { code: -32005, message: "limit exceeded" }] as const) {
      rpc.inject({ fault, methods: ["eth_getTransactionCount"] });
      const error: unknown = await find(1).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(RetryableError);
      rpc.heal();
    }
  });
});

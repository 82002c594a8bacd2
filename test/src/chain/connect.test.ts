import { expect } from "chai";

import { connect } from "../../../src/chain/connect.ts";
import { FatalError, RetryableError } from "../../../src/errors.ts";
import { startFaultyRpc, type Fault, type FaultyRpc } from "../../setup/faultyRpc.ts";
import { startAnvil, type ChainNode } from "../../setup/nodes.ts";

describe("connect", () => {
  let node: ChainNode;
  let rpc: FaultyRpc;
  const ask = async (chainId = node.chainId, url = rpc.url): Promise<unknown> => {
    const provider = connect({ url, chainId, timeoutMs: 400, pollMs: 25 });
    return provider
      .getBlockNumber()
      .catch((error: unknown) => error)
      .finally(() => {
        provider.destroy();
      });
  };

  before(async () => {
    node = await startAnvil();
    rpc = await startFaultyRpc(node.url);
  });
  after(async () => {
    await rpc.stop();
    await node.stop();
  });
  afterEach(() => {
    rpc.heal();
  });

  it("refuses a node of another chain", async () => {
    const error = await ask(1n);
    expect(error).to.be.instanceOf(FatalError);
    expect(error).to.include({ code: "CHAIN_OTHER" });
    expect((error as FatalError).message).to.match(/serves chain 31337, expected 1: correct/);
  });

  it("tries again when a connection breaks or the node is busy, and then gives up", async () => {
    for (const fault of ["dropBefore", "dropAfter", 429, 500] as const) {
      rpc.inject({ fault, methods: ["eth_blockNumber"], times: 2 });
      expect(await ask()).to.equal(0);
      rpc.inject({ fault, methods: ["eth_blockNumber"], times: 3 });
      const error = await ask();
      expect(error).to.be.instanceOf(RetryableError);
      expect(error).to.include({ code: "CHAIN_UNREACHABLE" });
      rpc.heal();
    }
  });

  it("gives up in time on a node that does not answer, or not to the end, or in no JSON", async () => {
    const faults: Fault[] = ["hang", "slow", "garbage"];
    for (const fault of faults) {
      rpc.inject({ fault, methods: ["eth_blockNumber"], times: 1 });
      const start = performance.now();
      const error = await ask();
      expect(performance.now() - start).to.be.lessThan(3000);
      expect(error).to.be.instanceOf(RetryableError);
      expect(error).to.include({ code: "CHAIN_UNREACHABLE" });
    }
  });

  it("keeps what a node says that it cannot tell now apart", async () => {
    rpc.inject({ fault: { code: -32000, message: "header not found" }, methods: ["eth_blockNumber"], times: 1 });
    expect(await ask()).to.include({ code: "CHAIN_REFUSED" });
    expect(await ask()).to.equal(0);
  });

  it("does not tell the path of the address, which may be a secret", async () => {
    const error = await ask(node.chainId, "http://127.0.0.1:1/v2/my-secret-key");
    expect(error).to.be.instanceOf(RetryableError);
    expect((error as RetryableError).message).to.match(/127\.0\.0\.1:1 did not answer/);
    expect((error as RetryableError).message).not.to.contain("secret");
  });
});

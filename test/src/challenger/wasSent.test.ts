import { expect } from "chai";
import { JsonRpcProvider, ZeroAddress, ZeroHash, id } from "ethers";

import { contractsOf } from "../../../src/chain/contracts.ts";
import type { OutboxEntry } from "../../../src/chain/outbox.ts";
import { wasSent } from "../../../src/challenger/wasSent.ts";
import { bareLeaf } from "../../../src/protocol/answers.ts";
import { receiptId, type Receipt } from "../../../src/protocol/receipts.ts";
import { credenceDomain } from "../../../src/protocol/typedData.ts";

const address = (n: number): string => `0x${n.toString(16).padStart(40, "0")}`;
const DEPLOYMENT = {
  ...{ token: address(1), vault: address(2), operators: address(3), models: address(4), attestations: address(5) },
  ...{ slashing: address(6), court: address(7), disputes: address(8), replay: address(9) },
};
const RECEIPT: Receipt = {
  ...{ operator: address(100), beneficiary: ZeroAddress, coverage: 10n, issuedAt: 1_000, anchorBy: 2_000 },
  ...{ inputHash: id("input"), outputHash: id("output"), traceRoot: id("trace") },
  ...({ signerId: id("signer"), modelId: id("model"), jobId: id("job") } as Pick<
    Receipt,
    "signerId" | "modelId" | "jobId"
  >),
};

describe("src/challenger/wasSent", () => {
  const provider = new JsonRpcProvider("http://127.0.0.1:1", 1, { staticNetwork: true });
  const contracts = contractsOf(DEPLOYMENT, provider);
  const domain = credenceDomain(1n, DEPLOYMENT.attestations);
  const call = contracts.disputes.interface.encodeFunctionData("openGame", [bareLeaf(RECEIPT), "0x", "0x"]);

  after(() => {
    provider.destroy();
  });

  const entry = (changes: Partial<OutboxEntry>): OutboxEntry => ({
    ...{ id: 1, nonce: 0, to: DEPLOYMENT.disputes, data: call, value: 0n, route: "public", raw: "0x" },
    ...{ hash: ZeroHash, hashes: [ZeroHash], state: "pending" },
    ...changes,
  });
  const minedIn = (blockNumber: number) => ({ blockNumber, blockHash: ZeroHash, status: 1 as const, hash: ZeroHash });
  const asked = (entries: OutboxEntry[], kind: "game" | "case" = "game", of = RECEIPT): boolean => {
    return wasSent({ sent: () => entries, contracts, deployment: DEPLOYMENT, domain }, kind, receiptId(domain, of));
  };

  it("one that is pending or in a block, which may not be followed yet or be gone again in a reorganisation", () => {
    expect(asked([entry({})])).to.equal(true);
    expect(asked([entry({ state: "mined", minedIn: minedIn(11) })])).to.equal(true);
  });

  it("none that failed or was lost", () => {
    expect(asked([])).to.equal(false);
    expect(asked([entry({ state: "failed", minedIn: minedIn(11) }), entry({ state: "lost" })])).to.equal(false);
  });

  it("none on another answer, of another kind, or to another contract", () => {
    expect(asked([entry({})], "game", { ...RECEIPT, outputHash: id("other") })).to.equal(false);
    expect(asked([entry({})], "case")).to.equal(false);
    expect(asked([entry({ to: DEPLOYMENT.token })])).to.equal(false);
    expect(asked([entry({ data: "0x12345678" })])).to.equal(false);
  });
});

import { expect } from "chai";
import { TypedDataEncoder, Wallet, id } from "ethers";
import fc from "fast-check";

import { FatalError } from "../../../src/errors.ts";
import { BatchTree } from "../../../src/protocol/batchTree.ts";
import type { ReceiptId } from "../../../src/protocol/ids.ts";
import { RECEIPT, receiptId, signReceipt, type Receipt } from "../../../src/protocol/receipts.ts";
import { eoaSigner, verifySignature } from "../../../src/protocol/signers.ts";
import { credenceDomain } from "../../../src/protocol/typedData.ts";
import { address, receipt } from "../../setup/arbitraries.ts";

/** Copied from the design, so that a field moved or renamed in the source is noticed. */
const RECEIPT_TYPE =
  "Receipt(address operator,bytes32 signerId,bytes32 modelId,bytes32 jobId,bytes32 inputHash,bytes32 outputHash," +
  "bytes32 traceRoot,address beneficiary,uint96 coverage,uint48 issuedAt,uint48 anchorBy)";

const registry = `0x${"22".repeat(20)}`;
const domain = credenceDomain(31_337n, registry);

describe("receipts", () => {
  it("has the type of the contract", () => {
    expect(TypedDataEncoder.from(RECEIPT.types).encodeType("Receipt")).to.equal(RECEIPT_TYPE);
  });

  it("has the EIP-712 digest as its id", () => {
    fc.assert(
      fc.property(receipt, address, fc.bigInt({ min: 1n, max: 2n ** 64n }), (value, verifyingContract, chainId) => {
        const fields = { name: "Credence", version: "1", chainId, verifyingContract };
        expect(receiptId(credenceDomain(chainId, verifyingContract), value)).to.equal(
          TypedDataEncoder.hash(fields, RECEIPT.types, value),
        );
      }),
    );
  });

  it("has another id with any field, chain or registry changed", () => {
    fc.assert(
      fc.property(receipt, receipt, (one, other) => {
        const ids = new Set<ReceiptId>([receiptId(domain, one)]);
        for (const field of Object.keys(one) as (keyof Receipt)[]) {
          fc.pre(one[field] !== other[field]);
          ids.add(receiptId(domain, { ...one, [field]: other[field] }));
        }
        ids.add(receiptId(credenceDomain(1n, registry), one));
        ids.add(receiptId(credenceDomain(31_337n, `0x${"23".repeat(20)}`), one));
        expect(ids.size).to.equal(Object.keys(one).length + 3);
      }),
    );
  });

  it("refuses a field that is missing, out of range or of the wrong length", () => {
    const [valid] = fc.sample(receipt, { numRuns: 1, seed: 1 }) as [Receipt];
    const wrong: [keyof Receipt, unknown[]][] = [
      ["operator", [undefined, "0x", id("word"), "operator.eth", 1]],
      ["jobId", [undefined, "0x", registry, `${id("word")}00`, 1]],
      ["coverage", [undefined, -1n, 2n ** 96n, 0.5, NaN, "1000", "0x10"]],
      ["issuedAt", [undefined, -1, 2 ** 48, 1.5, Infinity, "1000"]],
    ];
    for (const [field, values] of wrong) {
      for (const value of values) {
        expect(() => receiptId(domain, { ...valid, [field]: value }), `${field} of ${String(value)}`)
          .to.throw(FatalError, `as ${field} of a receipt, got ${String(value)}`)
          .with.property("code", "RECEIPT_FIELD");
      }
    }
  });

  describe("signing", () => {
    const wallet = new Wallet(id("receipts.test"));
    const [unsigned] = fc.sample(receipt, { numRuns: 1, seed: 1 }) as [Receipt];

    it("hands out a receipt whose signature verifies", async () => {
      const signer = await eoaSigner(wallet);
      const signed = await signReceipt(signer, domain, { ...unsigned, signerId: signer.signerId });
      expect(signed.receipt).to.deep.equal({ ...unsigned, signerId: signer.signerId });
      const digest = receiptId(domain, signed.receipt);
      const { signerId, signature } = { ...signed, signerId: signer.signerId };
      expect(verifySignature({ signerId, digest, signature, p256Verifier: registry })).to.equal(true);
    });

    it("refuses a receipt that names another signer", async () => {
      const signer = await eoaSigner(wallet);
      const error: unknown = await signReceipt(signer, domain, unsigned).catch((reason: unknown) => reason);
      expect(error).to.be.instanceOf(FatalError).with.property("code", "SIGNER_MISMATCH");
      expect((error as FatalError).message)
        .to.include(unsigned.signerId)
        .and.include(signer.signerId);
    });
  });

  it("hashes 10,000 receipts and their tree in about two seconds", () => {
    const receipts = fc.sample(receipt, { numRuns: 100, seed: 1 });
    const start = performance.now();
    const ids = Array.from({ length: 10_000 }, (_, i) => receiptId(domain, { ...receipts[i % 100]!, issuedAt: i }));
    const { root } = new BatchTree(ids);
    const milliseconds = performance.now() - start;
    console.log(`      10,000 receipts and their tree: ${milliseconds.toFixed(0)} ms (root ${root.slice(0, 10)}...)`);
    expect(new Set(ids).size).to.equal(10_000);
    expect(milliseconds).to.be.lessThan(8_000); // lenient: other work may share the machine
  });
});

import { expect } from "chai";
import { TypedDataEncoder, Wallet, id } from "ethers";
import fc from "fast-check";

import { FatalError } from "../../../src/errors.ts";
import { BATCH, batchId, signBatch, type Batch } from "../../../src/protocol/batches.ts";
import { eoaSigner, verifySignature } from "../../../src/protocol/signers.ts";
import { credenceDomain } from "../../../src/protocol/typedData.ts";
import { batch } from "../../setup/arbitraries.ts";

/** Copied from the design, so that a field moved or renamed in the source is noticed. */
const BATCH_TYPE =
  "Batch(address operator,bytes32 signerId,bytes32 modelId,bytes32 root,uint32 count,uint96 coverage,uint48 anchorBy,string dataURI)";

const registry = `0x${"22".repeat(20)}`;
const domain = credenceDomain(31_337n, registry);

describe("batches", () => {
  it("has the type of the contract", () => {
    expect(TypedDataEncoder.from(BATCH.types).encodeType("Batch")).to.equal(BATCH_TYPE);
  });

  it("has the EIP-712 digest as its id", () => {
    fc.assert(
      fc.property(batch, (value) => {
        expect(batchId(domain, value)).to.equal(TypedDataEncoder.hash(domain.fields, BATCH.types, value));
      }),
    );
  });

  it("signs a header that anybody can relay", async () => {
    const signer = await eoaSigner(new Wallet(id("batches.test")));
    const [sample] = fc.sample(batch, { numRuns: 1, seed: 1 }) as [Batch];
    const header = { ...sample, signerId: signer.signerId };
    const signature = await signBatch(signer, domain, header);
    const { signerId } = signer;
    const digest = batchId(domain, header);
    const other = batchId(domain, { ...header, count: header.count + 1 });
    expect(verifySignature({ signerId, digest, signature, p256Verifier: registry })).to.equal(true);
    expect(verifySignature({ signerId, digest: other, signature, p256Verifier: registry })).to.equal(false);
  });

  it("refuses a header that names another signer", async () => {
    const signer = await eoaSigner(new Wallet(id("batches.test")));
    const [sample] = fc.sample(batch, { numRuns: 1, seed: 1 }) as [Batch];
    const error: unknown = await signBatch(signer, domain, sample).catch((reason: unknown) => reason);
    expect(error).to.be.instanceOf(FatalError).with.property("code", "SIGNER_MISMATCH");
  });
});

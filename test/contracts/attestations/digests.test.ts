import { expect } from "chai";
import { ZeroAddress, hexlify, id, keccak256, randomBytes } from "ethers";
import { network } from "hardhat";

import { batchId, type Batch } from "../../../src/protocol/batches.ts";
import { BatchTree, verifyLeaf } from "../../../src/protocol/batchTree.ts";
import type { ReceiptId } from "../../../src/protocol/ids.ts";
import { receiptId, type Receipt } from "../../../src/protocol/receipts.ts";
import { credenceDomain } from "../../../src/protocol/typedData.ts";

const word = <T extends string>() => hexlify(randomBytes(32)) as T;
const address = () => hexlify(randomBytes(20));

const randomReceipt = (): Receipt => ({
  operator: address(),
  signerId: word(),
  modelId: word(),
  jobId: word(),
  inputHash: word(),
  outputHash: word(),
  traceRoot: word(),
  beneficiary: address(),
  coverage: BigInt(hexlify(randomBytes(12))),
  issuedAt: Number(BigInt(hexlify(randomBytes(6)))),
  anchorBy: Number(BigInt(hexlify(randomBytes(6)))),
});

const randomBatch = (dataURI: string): Batch => ({
  operator: address(),
  signerId: word(),
  modelId: word(),
  root: word(),
  count: Number(BigInt(hexlify(randomBytes(4)))),
  coverage: BigInt(hexlify(randomBytes(12))),
  anchorBy: Number(BigInt(hexlify(randomBytes(6)))),
  dataURI,
});

/** The registry with nothing behind it: the constructor asks two contracts for one number each. */
async function deploy() {
  const { ethers } = await network.create();
  const [deployer] = await ethers.getSigners();
  const access = await ethers.deployContract("AccessManager", [deployer!.address]);
  const token = await ethers.deployContract("CredenceToken", [deployer!.address, 1n]);
  const vault = await ethers.deployContract("StakeVault", [access, token, address(), 21 * 86_400, 35 * 86_400, 0]);
  const operators = await ethers.deployContract("OperatorRegistry", [access, vault, 1n, []]);
  const models = await ethers.deployContract("ModelRegistry", [access, 3_600, 1n, ZeroAddress]);
  const attestations = await ethers.deployContract("AttestationRegistry", [access, vault, operators, models]);
  const hashes = await ethers.deployContract("ExposedReceiptHash");
  const { chainId } = await ethers.provider.getNetwork();
  return { attestations, hashes, domain: credenceDomain(chainId, await attestations.getAddress()) };
}

describe("Digests in Solidity and TypeScript", function () {
  it("gives a receipt the same id", async function () {
    const { attestations, domain } = await deploy();
    for (let i = 0; i < 20; i++) {
      const receipt = randomReceipt();
      expect(await attestations.receiptIdOf(receipt)).to.equal(receiptId(domain, receipt));
    }
  });

  it("gives a batch the same id, whatever its URI", async function () {
    const { attestations, domain } = await deploy();
    for (const dataURI of ["", "ipfs://batch", "ä".repeat(40)]) {
      const batch = randomBatch(dataURI);
      expect(await attestations.batchIdOf(batch)).to.equal(batchId(domain, batch));
    }
  });

  it("leads every leaf of 1 to 20 and of 1,000 to the same root, and no other", async function () {
    const { hashes } = await deploy();
    const ids = Array.from({ length: 1_000 }, (_, i) => id(`receipt ${i}`) as ReceiptId);
    for (const count of [...Array.from({ length: 20 }, (_, i) => i + 1), 1_000]) {
      const tree = new BatchTree(ids.slice(0, count));
      const step = Math.ceil(count / 20);
      for (let index = 0; index < count; index += step) {
        const proof = tree.proof(index);
        const leaf = ids[index]!;
        expect(await hashes.getFunction("rootOf")(leaf, index, proof)).to.equal(tree.root);
        expect(verifyLeaf({ root: tree.root, count, leaf, index, proof })).to.equal(true);
        expect(await hashes.getFunction("rootOf")(keccak256(leaf), index, proof)).not.to.equal(tree.root);
      }
    }
  });
});

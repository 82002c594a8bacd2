import { expect } from "chai";
import {
  ZeroAddress,
  ZeroHash,
  concat,
  hexlify,
  id,
  keccak256,
  toBeHex,
  toUtf8Bytes,
  zeroPadBytes,
  zeroPadValue,
} from "ethers";
import { network } from "hardhat";

import { Ground, ModelClass, modelId, type Manifest, type Policy } from "../../../src/protocol/models.ts";

const manifest: Manifest = {
  name: "lande",
  version: "1.0.10",
  uri: "npm:lande@1.0.10",
  artifactHash: id("artifact"),
  class: ModelClass.OpenWeights,
  specHash: id("spec"),
  weightsRoot: id("weights"),
  preprocessHash: id("preprocess"),
};

const policy: Policy = {
  challengeWindow: 86_400,
  minCoverage: 10n ** 18n,
  penaltyBps: 10_000,
  grounds: Ground.Replay | Ground.Judgement,
  courtConfig: 1,
  proofVerifier: `0x${"33".repeat(20)}`,
  proofKey: id("key"),
  privateInput: true,
  royaltyBps: 500,
  royaltyTo: `0x${"44".repeat(20)}`,
};

const published = {
  chainId: 31_337n,
  modelRegistry: `0x${"55".repeat(20)}`,
  publisher: `0x${"66".repeat(20)}`,
  manifest,
  policy,
};

const word = (value: bigint | number) => toBeHex(value, 32);

/** A short string in ABI encoding: its length, then its bytes in one word. */
function shortString(text: string): string {
  const encoded = toUtf8Bytes(text);
  return concat([word(encoded.length), zeroPadBytes(hexlify(encoded), 32)]);
}

describe("models", () => {
  it("numbers classes and grounds as the contract does", () => {
    expect(ModelClass).to.deep.equal({ ProxiedApi: 0, SealedWeights: 1, OpenWeights: 2 });
    expect(Ground).to.deep.equal({ Replay: 1, Judgement: 2 });
  });

  it("hashes the ABI encoding of kind, chain, registry, publisher, manifest and policy", () => {
    // Written out word by word: 5 words and the static policy of 10 stand before the manifest's tail.
    const encoded = concat([
      id("Credence.Model"),
      word(31_337),
      zeroPadValue(published.modelRegistry, 32),
      zeroPadValue(published.publisher, 32),
      word(15 * 32),
      word(policy.challengeWindow),
      word(policy.minCoverage),
      word(policy.penaltyBps),
      word(3),
      word(policy.courtConfig),
      zeroPadValue(policy.proofVerifier, 32),
      policy.proofKey,
      word(1),
      word(policy.royaltyBps),
      zeroPadValue(policy.royaltyTo, 32),
      word(8 * 32),
      word(10 * 32),
      word(12 * 32),
      manifest.artifactHash,
      word(2),
      manifest.specHash,
      manifest.weightsRoot,
      manifest.preprocessHash,
      shortString(manifest.name),
      shortString(manifest.version),
      shortString(manifest.uri),
    ]);
    expect(modelId(published)).to.equal(keccak256(encoded));
  });

  it("has the id that the registry gives it", async () => {
    const { ethers } = await network.getOrCreate();
    const registry = await ethers.deployContract("ModelRegistry", [published.publisher, 86_400, 1n, ZeroAddress]);
    const { chainId } = await ethers.provider.getNetwork();
    const modelRegistry = await registry.getAddress();
    expect(await registry.getFunction("modelIdOf")(published.publisher, manifest, policy)).to.equal(
      modelId({ ...published, chainId, modelRegistry }),
    );
  });

  it("is another model with anything changed", () => {
    const changedManifest: Manifest = {
      name: "lande2",
      version: "1.0.11",
      uri: "",
      artifactHash: ZeroHash,
      class: ModelClass.SealedWeights,
      specHash: ZeroHash,
      weightsRoot: ZeroHash,
      preprocessHash: ZeroHash,
    };
    const changedPolicy: Policy = {
      challengeWindow: 3_600,
      minCoverage: 1n,
      penaltyBps: 5_000,
      grounds: Ground.Replay,
      courtConfig: 0,
      proofVerifier: ZeroAddress,
      proofKey: ZeroHash,
      privateInput: false,
      royaltyBps: 0,
      royaltyTo: ZeroAddress,
    };
    const ids = new Set([
      modelId(published),
      modelId({ ...published, chainId: 1n }),
      modelId({ ...published, modelRegistry: published.publisher }),
      modelId({ ...published, publisher: published.modelRegistry }),
    ]);
    for (const [field, value] of Object.entries(changedManifest)) {
      ids.add(modelId({ ...published, manifest: { ...manifest, [field]: value } }));
    }
    for (const [field, value] of Object.entries(changedPolicy)) {
      ids.add(modelId({ ...published, policy: { ...policy, [field]: value } }));
    }
    expect(ids.size).to.equal(4 + 8 + 10);
  });
});

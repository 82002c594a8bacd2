import { parseEther, keccak256, toUtf8Bytes, type Signer } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

import { addSigner } from "../../src/actions/addSigner.ts";
import { hostModel } from "../../src/actions/hostModel.ts";
import { optIn } from "../../src/actions/optIn.ts";
import { publishModel } from "../../src/actions/publishModel.ts";
import { registerOperator } from "../../src/actions/registerOperator.ts";
import { stake } from "../../src/actions/stake.ts";
import { Dtype, OpCode, Rounding, hashSpec, type GraphSpec } from "../../src/inference/spec.ts";
import type { Leaf } from "../../src/protocol/answers.ts";
import { BatchTree } from "../../src/protocol/batchTree.ts";
import type { Batch } from "../../src/protocol/batches.ts";
import type { Deployment } from "../../src/protocol/deployment.ts";
import type { JobId, ModelId } from "../../src/protocol/ids.ts";
import { Ground, ModelClass, type Manifest, type Policy } from "../../src/protocol/models.ts";
import { receiptId, signReceipt, type Receipt, type SignedReceipt } from "../../src/protocol/receipts.ts";
import { eoaSigner, type ReceiptSigner } from "../../src/protocol/signers.ts";
import { credenceDomain, type Domain } from "../../src/protocol/typedData.ts";
import { deployProtocol, type DeployedProtocol } from "./fixture.ts";

export const HOUR = 3_600;
export const DAY = 24 * HOUR;
export const COVERAGE = parseEther("10");
/** Coverage and a penalty as high. */
export const LOCK = parseEther("20");
export const WINDOW = 2 * HOUR;
export const STAKE = parseEther("5000");
export const BOND = parseEther("1000");
export const REQUEST = toUtf8Bytes("what is the language of this sentence?");
export const OUTPUT = toUtf8Bytes("eng");

/** A graph small enough to read: i8[4] -> DENSE i8[2] -> ARGMAX i8[1]. */
export const SPEC: GraphSpec = {
  tensors: [4, 2, 1].map((length) => ({ dtype: Dtype.I8, length })),
  ops: [
    { code: OpCode.DENSE, rounding: Rounding.FLOOR, input: 0, rows: 2, k: 4, zero: 0, lo: -128n, hi: 127n },
    { code: OpCode.ARGMAX, rounding: Rounding.FLOOR, input: 1, rows: 1, k: 2, zero: 0, lo: 0n, hi: 0n },
  ],
};
export const MANIFEST: Manifest = {
  name: "test-model",
  version: "1",
  uri: "ipfs://model",
  artifactHash: keccak256("0x01"),
  class: ModelClass.OpenWeights,
  specHash: hashSpec(SPEC),
  weightsRoot: keccak256("0x02"),
  preprocessHash: `0x${"00".repeat(32)}`,
};
export const POLICY: Policy = {
  challengeWindow: WINDOW,
  minCoverage: COVERAGE,
  penaltyBps: 10_000,
  grounds: Ground.Replay,
  courtConfig: 0,
  proofVerifier: `0x${"00".repeat(20)}`,
  proofKey: `0x${"00".repeat(32)}`,
  privateInput: false,
  royaltyBps: 0,
  royaltyTo: `0x${"00".repeat(20)}`,
};

/** A deployed protocol in which one operator, with an EOA key, has staked 5,000 and answers for one model. */
export type Operation = {
  protocol: DeployedProtocol;
  deployment: Deployment;
  domain: Domain;
  operator: Signer & { address: string };
  key: ReceiptSigner;
  hotAccount: Signer & { address: string };
  publisher: Signer & { address: string };
  beneficiary: Signer & { address: string };
  stranger: Signer & { address: string };
  modelId: ModelId;
  now: () => Promise<number>;
  /** A receipt of the operator for a job of this number, dated now. */
  receipt: (job: number, changes?: Partial<Receipt>) => Promise<Receipt>;
  sign: (receipt: Receipt) => Promise<SignedReceipt>;
  batch: (receipts: readonly Receipt[]) => Batch;
  leaf: (receipts: readonly Receipt[], index: number) => Leaf;
};

/** For `networkHelpers.loadFixture(operate)`. */
export async function operate(connection: NetworkConnection): Promise<Operation> {
  const { provider } = connection.ethers;
  const protocol = await deployProtocol(connection);
  const { token, vault, operators, models, attestations, slashing, court, disputes, replay, others } = protocol;
  const deployment: Deployment = {
    token: await token.getAddress(),
    vault: await vault.getAddress(),
    operators: await operators.getAddress(),
    models: await models.getAddress(),
    attestations: await attestations.getAddress(),
    slashing: await slashing.getAddress(),
    court: await court.getAddress(),
    disputes: await disputes.getAddress(),
    replay: await replay.getAddress(),
  };
  const [operator, hotAccount, publisher, beneficiary, stranger] = others as [never, never, never, never, never];
  const domain = credenceDomain((await provider.getNetwork()).chainId, deployment.attestations);
  const key = await eoaSigner(hotAccount);
  const { address } = operator as Signer & { address: string };
  await (await token.transfer(address, STAKE)).wait();
  await stake(operator, deployment, { amount: STAKE });
  await optIn(operator, deployment);
  await registerOperator(operator, deployment, { metadataURI: "https://operator.example", exposureCap: STAKE });
  await addSigner(operator, deployment, { key });
  const modelId = await publishModel(publisher, deployment, { manifest: MANIFEST, policy: POLICY, spec: SPEC });
  await hostModel(operator, deployment, { modelId });

  const now = async (): Promise<number> => (await provider.getBlock("latest"))!.timestamp;
  const receipt = async (job: number, changes: Partial<Receipt> = {}): Promise<Receipt> => {
    const issuedAt = await now();
    return {
      operator: address,
      signerId: key.signerId,
      modelId,
      jobId: keccak256(toUtf8Bytes(`job ${job}`)) as JobId,
      inputHash: keccak256(REQUEST),
      outputHash: keccak256(OUTPUT),
      traceRoot: keccak256("0x03"),
      beneficiary: (beneficiary as { address: string }).address,
      coverage: COVERAGE,
      issuedAt,
      anchorBy: issuedAt + DAY,
      ...changes,
    };
  };
  const treeOf = (receipts: readonly Receipt[]): BatchTree => new BatchTree(receipts.map((r) => receiptId(domain, r)));
  const batch = (receipts: readonly Receipt[]): Batch => {
    const { signerId, coverage, anchorBy } = receipts[0]!;
    const { root, count } = treeOf(receipts);
    return { operator: address, signerId, modelId, root, count, coverage, anchorBy, dataURI: "ipfs://batch" };
  };
  const leaf = (receipts: readonly Receipt[], index: number): Leaf => ({
    batch: batch(receipts),
    receipt: receipts[index]!,
    index,
    proof: treeOf(receipts).proof(index),
  });
  const sign = (unsigned: Receipt): Promise<SignedReceipt> => signReceipt(key, domain, unsigned);
  return {
    protocol,
    deployment,
    domain,
    operator,
    key,
    hotAccount,
    publisher,
    beneficiary,
    stranger,
    modelId,
    now,
    receipt,
    sign,
    batch,
    leaf,
  };
}

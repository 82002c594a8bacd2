/**
 * Measures the gas of every operation that has a budget, on transaction receipts of the in-process chain (Osaka rules,
 * the one build profile that ships), writes bench/gas/report.json and fails above budget: `npm run bench:gas`.
 * docs/gas.md says where the budgets come from and what "steady" means.
 */
import { writeFile } from "node:fs/promises";

import Table from "cli-table3";
import { ZeroAddress, ZeroHash, hexlify, id, keccak256, parseEther, type TransactionResponse } from "ethers";
import { network } from "hardhat";

import { Dtype, OpCode, Rounding, hashSpec } from "../../src/inference/spec.ts";
import { signBatch, type Batch } from "../../src/protocol/batches.ts";
import { FilledBatch } from "../../src/protocol/filledBatch.ts";
import { jobId } from "../../src/protocol/jobs.ts";
import type { ModelId } from "../../src/protocol/ids.ts";
import { signReceipt, type Receipt } from "../../src/protocol/receipts.ts";
import { SIGNER_POSSESSION, eoaSigner, p256Key, p256Signer, type ReceiptSigner } from "../../src/protocol/signers.ts";
import { credenceDomain } from "../../src/protocol/typedData.ts";
import { deployProtocol } from "../../test/setup/fixture.ts";
import { measureCourt } from "./measureCourt.ts";
import { measureReplay } from "./measureReplay.ts";

const REPORT = new URL("report.json", import.meta.url);
const HOUR = 3_600;
const DAY = 24 * HOUR;
const WINDOW = 2 * HOUR;
/** Buckets in an operator's ring, contracts/attestations/LockRing.sol. */
const RING_HOURS = 208;
const COVERAGE = parseEther("10");
const DATA_URI = "https://op.example/b/1";

/** Gas for each byte of request and output that a publication shows; 40 is the calldata floor of EIP-7623. */
const PER_BYTE = 45;
/** What a signature by a P-256 key may cost beyond one by an EOA. */
const P256_EXTRA = 10_000;
/** What relaying with a signature may cost beyond sending oneself; docs/gas.md argues it. */
const RELAYED_EXTRA = 8_000;

const report: Record<string, { gas: number; budget: number }> = {};
function record(operation: string, gas: number, budget: number): void {
  report[operation] = { gas, budget };
}

// A fixed beginning: dates are in calldata and under signatures, and the report is to change with the code alone.
const connection = await network.create({ override: { initialDate: "2027-01-15T10:00:30Z" } });
const { ethers, networkHelpers: time } = connection;
const protocol = await deployProtocol(connection);
const { token, vault, p256Verifier, operators, models, attestations, slashing, deployer: treasury } = protocol;
const [hot, relayer, beneficiary, ...accounts] = protocol.others;
const { chainId } = await ethers.provider.getNetwork();
const domain = credenceDomain(chainId, await attestations.getAddress());
const operatorDomain = credenceDomain(chainId, await operators.getAddress());

async function gasOf(sent: Promise<TransactionResponse>): Promise<number> {
  const receipt = await (await sent).wait();
  return Number(receipt!.gasUsed);
}

/** To the first seconds of the hour that is `hours` ahead. */
async function toHour(hours: number): Promise<void> {
  const now = await time.time.latest();
  await time.time.increaseTo((Math.floor(now / HOUR) + hours) * HOUR + 60);
}

/* Actors: everybody has tokens and an open allowance, the usual way to use a vault. */
type Account = (typeof accounts)[number];
for (const account of accounts) {
  await token.connect(treasury).transfer(account, parseEther("1000000"));
  await token.connect(account).approve(vault, ethers.MaxUint256);
}
const [operator, other, third, holder, late] = accounts as [Account, Account, Account, Account, Account];

async function stakeAndOptIn(account: Account): Promise<void> {
  await vault.connect(account).stake(parseEther("500000"));
  await vault.connect(account).optIn(operators);
  await vault.connect(account).optIn(attestations);
}

const register = (account: Account): Promise<TransactionResponse> =>
  operators.connect(account).register("https://operator.example", parseEther("400000"));

async function addSigner(account: Account, signer: ReceiptSigner): Promise<TransactionResponse> {
  const { nonce } = await operators.operator(account);
  const deadline = (await time.time.latest()) + HOUR;
  const message = { operator: account.address, signer: signer.signer, nonce, deadline };
  const proof = await signer.sign(operatorDomain, SIGNER_POSSESSION, message);
  return operators.connect(account).addSigner(signer.signer, 0, deadline, proof);
}

/* Stake. The first enrolment of all writes the total's first checkpoint; everybody after it is in the steady state. */
await vault.connect(late).stakeAndEnroll(parseEther("1000"));
record("stake, enrolled: new", await gasOf(vault.connect(holder).stakeAndEnroll(parseEther("1000"))), 120_000);
await time.time.increase(60);
record("stake, enrolled: top-up", await gasOf(vault.connect(holder).stake(parseEther("10"))), 105_000);
record("stake, not enrolled: new", await gasOf(vault.connect(accounts[5]).stake(parseEther("10"))), 75_000);
record("stake, not enrolled: top-up", await gasOf(vault.connect(accounts[5]).stake(parseEther("10"))), 60_000);

/* Operators: one with an EOA, one with a P-256 key, one to be slashed. */
const signer = await eoaSigner(hot!);
const p256 = p256Signer(await p256Verifier.getAddress(), p256Key(Uint8Array.from({ length: 32 }, (_, i) => i + 1)));
const thirdSigner = await eoaSigner(accounts[6]!);
await stakeAndOptIn(operator);
const registering = await gasOf(register(operator));
record("register with standing bond + first signer", registering + (await gasOf(addSigner(operator, signer))), 150_000);
for (const [account, key] of [
  [other, p256],
  [third, thirdSigner],
] as const) {
  await stakeAndOptIn(account);
  await register(account);
  await addSigner(account, key);
}

/* A model without replay's graph would need a court, so this one has a graph: i8[4] -> DENSE i8[2] -> ARGMAX i8[1]. */
const tensors = [4, 2, 1].map((length) => ({ dtype: Dtype.I8, length }));
const ops = [
  { code: OpCode.DENSE, rounding: Rounding.FLOOR, input: 0, rows: 2, k: 4, zero: 0, lo: -128n, hi: 127n },
  { code: OpCode.ARGMAX, rounding: Rounding.FLOOR, input: 1, rows: 1, k: 2, zero: 0, lo: 0n, hi: 0n },
];
const manifest = {
  name: "bench",
  version: "1",
  uri: "ipfs://bench",
  artifactHash: id("artifact"),
  class: 2,
  specHash: hashSpec({ tensors, ops }),
  weightsRoot: id("weights"),
  preprocessHash: ZeroHash,
};
const policy = {
  challengeWindow: WINDOW,
  minCoverage: COVERAGE,
  penaltyBps: 10_000,
  grounds: 1,
  courtConfig: 0,
  proofVerifier: ZeroAddress,
  proofKey: ZeroHash,
  privateInput: false,
  royaltyBps: 0,
  royaltyTo: ZeroAddress,
};
await models.connect(treasury).publishModel(manifest, policy, tensors, ops);
const modelId = (await models.modelIdOf(treasury, manifest, policy)) as ModelId;

/* Receipts and batches. No byte of request and output is zero: the dearest bytes there are, and the same in every run. */
const request = hexlify(Uint8Array.from({ length: 100 }, (_, i) => i + 1));
const output = "0x01020304";
const shown = 104;
let nonce = 0n;

type Actor = { account: Account; key: ReceiptSigner };
const byOperator: Actor = { account: operator, key: signer };

async function receiptOf({ account, key }: Actor, change: Partial<Receipt> = {}): Promise<Receipt> {
  const now = await time.time.latest();
  const inputHash = keccak256(request);
  return {
    operator: account.address,
    signerId: key.signerId,
    modelId,
    jobId: jobId({ requester: beneficiary!.address, nonce: nonce++, modelId, inputHash }),
    inputHash,
    outputHash: keccak256(output),
    traceRoot: id("trace"),
    beneficiary: beneficiary!.address,
    coverage: COVERAGE,
    issuedAt: now,
    anchorBy: now + DAY,
    ...change,
  };
}

const batchOf = (receipts: readonly Receipt[]): FilledBatch =>
  new FilledBatch(domain, receipts, { anchorBy: receipts[0]!.anchorBy, dataURI: DATA_URI });
async function fill(actor: Actor, count: number, change: Partial<Receipt> = {}): Promise<FilledBatch> {
  const receipts: Receipt[] = [];
  for (let i = 0; i < count; i++) receipts.push(await receiptOf(actor, change));
  return batchOf(receipts);
}
const NO_BATCH: Batch = {
  operator: ZeroAddress,
  signerId: ZeroHash as Receipt["signerId"],
  modelId: ZeroHash as ModelId,
  root: ZeroHash,
  count: 0,
  coverage: 0n,
  anchorBy: 0,
  dataURI: "",
};
const bare = (receipt: Receipt) => ({ batch: NO_BATCH, receipt, index: 0, proof: [] });
const anchor = ({ account }: Actor, { batch }: FilledBatch): Promise<TransactionResponse> =>
  attestations.connect(account).anchor(batch, "0x");

/* Anchoring. Four hours in a row, and the same slots again one turn of the ring later. */
await toHour(1);
await anchor(byOperator, await fill(byOperator, 1));
for (let hour = 0; hour < 4; hour++) {
  await toHour(1);
  const gas = await gasOf(anchor(byOperator, await fill(byOperator, 1)));
  record("anchor, new ring slot", gas, 125_000);
}
await toHour(RING_HOURS - 4);
for (let hour = 0; hour < 4; hour++) {
  await toHour(1);
  const gas = await gasOf(anchor(byOperator, await fill(byOperator, 1)));
  record("anchor, first of the hour", gas, 107_000);
}
record("anchor, steady", await gasOf(anchor(byOperator, await fill(byOperator, 1))), 97_000);
for (const [count, budget] of [
  [1_000, 97],
  [10_000, 9.7],
] as const) {
  const gas = await gasOf(anchor(byOperator, await fill(byOperator, count)));
  record(`anchor, per answer at ${count.toLocaleString("en")} in a batch`, gas / count, budget);
}
// The clock runs with the wall's meanwhile; an hour's beginning puts the dates that are signed where they always are.
await toHour(1);
await anchor(byOperator, await fill(byOperator, 1));
const relayed = await fill(byOperator, 1);
const relayedSignature = await signBatch(signer, domain, relayed.batch);
record(
  "anchor relayed with a signature, steady",
  await gasOf(attestations.connect(relayer).anchor(relayed.batch, relayedSignature)),
  97_000 + RELAYED_EXTRA,
);

/* Publishing: the first of an hour may need a new slot of the ring, and may sweep what has run out; the next one does not. */
const publishBudget = (gas: number): number => gas + PER_BYTE * shown;
const publish = (filled: FilledBatch, index: number): Promise<TransactionResponse> =>
  attestations.connect(relayer).publish(filled.leaf(index), request, output);
await toHour(2);
const published = await fill(byOperator, 1_024);
await anchor(byOperator, published);
await toHour(1);
const sweeping = await gasOf(publish(published, 3));
record(`publish, batch of 1,024, new ring slot, sweeping (${shown} bytes shown)`, sweeping, publishBudget(138_000));
await toHour(3);
const next = await fill(byOperator, 1_024);
await anchor(byOperator, next);
await toHour(1);
const newSlot = await gasOf(publish(next, 4));
record(`publish, batch of 1,024, new ring slot (${shown} bytes shown)`, newSlot, publishBudget(120_000));
record(`publish, batch of 1,024, steady (${shown} bytes shown)`, await gasOf(publish(next, 5)), publishBudget(97_000));

async function anchorReceiptGas(actor: Actor): Promise<number> {
  const { receipt, signature } = await signReceipt(actor.key, domain, await receiptOf(actor));
  return gasOf(attestations.connect(relayer).anchorReceipt(receipt, signature, request, output));
}
const receiptBudget = 130_000 + PER_BYTE * shown;
record(
  `anchorReceipt, relayed, published at once (${shown} bytes shown)`,
  await anchorReceiptGas(byOperator),
  receiptBudget,
);

/* The same with a P-256 key: once to fill its slots, then steady. */
const byOther: Actor = { account: other, key: p256 };
for (const _ of [0, 1]) {
  const batch = await fill(byOther, 1);
  const signature = await signBatch(p256, domain, batch.batch);
  const gas = await gasOf(attestations.connect(relayer).anchor(batch.batch, signature));
  record("anchor relayed with a P-256 signature, steady", gas, 97_000 + RELAYED_EXTRA + P256_EXTRA);
}
for (const _ of [0, 1]) {
  const gas = await anchorReceiptGas(byOther);
  record(`anchorReceipt with a P-256 signature (${shown} bytes shown)`, gas, receiptBudget + P256_EXTRA);
}

/* Reading. */
const meter = await ethers.deployContract("CheckMeter");
const [checkGas] = (await meter.getFunction("measure").staticCall(attestations, next.leaf(7))) as [bigint];
record("check by a contract, unpublished leaf of 1,024", Number(checkGas), 28_000);
const [finalGas] = (await meter.getFunction("measure").staticCall(attestations, next.leaf(5))) as [bigint];
record("check by a contract, published leaf of 1,024", Number(finalGas), 28_000);

/* Slashing: reserve and reporter have been credited before by another operator's bond. */
const byThird: Actor = { account: third, key: thirdSigner };
async function contradiction(actor: Actor): Promise<[Receipt, Receipt]> {
  const first = await receiptOf(actor);
  return [first, { ...first, outputHash: id("another answer") }];
}
async function slashSigned(actor: Actor): Promise<number> {
  const [first, second] = await contradiction(actor);
  const evidence = [await signReceipt(actor.key, domain, first), await signReceipt(actor.key, domain, second)] as const;
  return gasOf(
    slashing
      .connect(relayer)
      .slashEquivocation(bare(first), evidence[0].signature, bare(second), evidence[1].signature),
  );
}
await slashSigned(byOther);
const beforeSlash = await time.takeSnapshot();
record("equivocation slash, not anchored", await slashSigned(byThird), 180_000);
await beforeSlash.restore();
const truthful = await fill(byThird, 1_024);
const [, lie] = [truthful.receipts[3]!, { ...truthful.receipts[3]!, outputHash: id("another answer") }];
const lying = batchOf(truthful.receipts.map((receipt, index) => (index === 3 ? lie : receipt)));
await anchor(byThird, truthful);
await anchor(byThird, lying);
record(
  "equivocation slash, two anchored leaves of 1,024",
  await gasOf(slashing.connect(relayer).slashEquivocation(truthful.leaf(3), "0x", lying.leaf(3), "0x")),
  320_000,
);

/* The court and arithmetic, each on a chain of its own. */
await measureCourt(record);
await measureReplay(record);

/* The report. */
await writeFile(REPORT, `${JSON.stringify(report, null, 2)}\n`);
const table = new Table({ head: ["operation", "gas", "budget", ""], style: { head: [], border: [] } });
let exceeded = 0;
for (const [operation, { gas, budget }] of Object.entries(report)) {
  const over = gas > budget;
  if (over) exceeded += 1;
  table.push([
    operation,
    { content: gas.toLocaleString("en", { maximumFractionDigits: 2 }), hAlign: "right" },
    { content: budget.toLocaleString("en"), hAlign: "right" },
    over ? "ABOVE BUDGET" : "",
  ]);
}
console.log(table.toString());
if (exceeded > 0) {
  console.error(`${exceeded} of ${Object.keys(report).length} operations are above budget`);
  process.exitCode = 1;
}

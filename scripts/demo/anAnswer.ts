/**
 * The first act: operators run a real model on real sentences, a contract relies on an answer, two operators are caught
 * without anybody's vote, and every token is accounted for.
 */
import Table from "cli-table3";
import { hexlify, keccak256, parseEther, toUtf8Bytes } from "ethers";

import { anchorBatch } from "../../src/actions/anchorBatch.ts";
import { anchorReceipt } from "../../src/actions/anchorReceipt.ts";
import { checkAnswer } from "../../src/actions/checkAnswer.ts";
import { checkReceipt } from "../../src/actions/checkReceipt.ts";
import { claim } from "../../src/actions/claim.ts";
import { hostModel } from "../../src/actions/hostModel.ts";
import { publishAnswer } from "../../src/actions/publishAnswer.ts";
import { publishModel } from "../../src/actions/publishModel.ts";
import { readAccount } from "../../src/actions/readAccount.ts";
import { readOperator } from "../../src/actions/readOperator.ts";
import { slashDishonoured } from "../../src/actions/slashDishonoured.ts";
import { slashEquivocation } from "../../src/actions/slashEquivocation.ts";
import { verifyReceipt, type VerifyReceiptParameters } from "../../src/actions/verifyReceipt.ts";
import { importLande } from "../../src/inference/lande.ts";
import { hashSpec } from "../../src/inference/spec.ts";
import { decodeTensor, encodeTensor } from "../../src/inference/tensor.ts";
import { weightsRoot } from "../../src/inference/commitments.ts";
import { Answerer, type Answer } from "../../src/operator/answerer.ts";
import { AnswerStatus, type Leaf } from "../../src/protocol/answers.ts";
import { FilledBatch } from "../../src/protocol/filledBatch.ts";
import { ModelClass, Ground } from "../../src/protocol/models.ts";
import { OperatorStatus } from "../../src/protocol/operators.ts";
import { signReceipt } from "../../src/protocol/receipts.ts";
import { eoaSigner, p256Key, p256Signer } from "../../src/protocol/signers.ts";
import { question } from "./question.ts";
import { sentences } from "./sentences.ts";
import { BOND, DAY, enlist, HOUR, RESERVE, stage, type Operator } from "./stage.ts";
import { tokens } from "./tokens.ts";

const WINDOW = 2 * HOUR;
const COVERAGE = parseEther("10");
const PENALTY_BPS = 10_000;
/** Coverage + penalty of one answer, reckoned here and not by the contracts. */
const LOCK = parseEther("20");
const LANGUAGES = ["eng", "fra", "deu", "spa", "jpn", "ara", "rus", "hin", "tur", "vie"];
const ANSWERS = 240;

const { chapter, state, progress, refused, connection, deployment, domain, provider, stakeToken } = stage;
const { ethers, networkHelpers } = connection;
const { time } = networkHelpers;
const [alder, alderHot, birch, cedar, cedarHot, publisher, customer, outsider] = stage.people;

/* 1. Operators. */
chapter("Three operators stake, register and name the keys they sign with");
const p256Secret = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
const p256 = p256Signer(stage.p256Verifier, p256Key(p256Secret));
const Alder = await enlist("alder", alder!, await eoaSigner(alderHot!), parseEther("20000"));
const Birch = await enlist("birch", birch!, p256, parseEther("5000"));
const Cedar = await enlist("cedar", cedar!, await eoaSigner(cedarHot!), parseEther("1200"));

/* 2. The model. */
chapter("The language identifier of the npm package `lande` is published as exact integers");
const lande = await importLande();
const modelId = await publishModel(publisher!, deployment, {
  manifest: { ...lande.manifest, class: ModelClass.OpenWeights },
  policy: {
    challengeWindow: WINDOW,
    minCoverage: COVERAGE,
    penaltyBps: PENALTY_BPS,
    grounds: Ground.Replay,
    courtConfig: 0,
    proofVerifier: ethers.ZeroAddress,
    proofKey: ethers.ZeroHash,
    privateInput: false,
    royaltyBps: 0,
    royaltyTo: ethers.ZeroAddress,
  },
  spec: lande.spec,
});
for (const { name, account } of [Alder, Birch, Cedar]) {
  const recomputed = hashSpec(lande.spec) === lande.manifest.specHash;
  const weights = weightsRoot(lande.spec, lande.weights) === lande.manifest.weightsRoot;
  await hostModel(account, deployment, { modelId });
  state(`${name} recomputed its spec and weights root from the package, and hosts it`, recomputed && weights);
}

/* 3. Answers. */

const gate = await ethers.deployContract("LanguageGate", [
  deployment.attestations,
  modelId,
  languageOutput("eng"),
  COVERAGE,
]);
const gateAddress = await gate.getAddress();
const customerAddress = await customer!.getAddress();
const answererOf = ({ address, key }: Operator): Answerer =>
  new Answerer({
    operator: address,
    signer: key,
    domain,
    modelId,
    model: lande,
    now: () => time.latest(),
    anchorWithin: DAY,
  });
const texts = (question === "" ? [] : [question]).concat(
  Array.from({ length: ANSWERS }, (_, i) => {
    const language = sentences(LANGUAGES[i % LANGUAGES.length]!);
    return language[Math.floor(i / LANGUAGES.length) % language.length]!;
  }),
);
chapter(`alder answers ${texts.length} questions and anchors them in one transaction`);
let nonce = 0n;
async function ask(operator: Operator, text: string, coverage = COVERAGE, beneficiary = gateAddress): Promise<Answer> {
  const request = encodeTensor(lande.spec.tensors[0]!, lande.features(text));
  nonce += 1n;
  return answererOf(operator).answer({ request, requester: customerAddress, nonce, beneficiary, coverage });
}
const answers: Answer[] = [];
for (const [index, text] of texts.entries()) {
  answers.push(await ask(Alder, text));
  progress(`${index + 1} of ${texts.length} answered`);
}
for (const index of question === "" ? [0, 1, 4] : [0, 1, 2, 5]) {
  console.log(`    ${languageOf(answers[index]!).padEnd(3)}  ${texts[index]!.slice(0, 90)}`);
}
const verdict = await verifyReceipt(provider, deployment, promiseOf(answers[0]!));
state("before anything is anchored, verifyReceipt finds alder's promise good", verdict.ok);
const batch = new FilledBatch(
  domain,
  answers.map(({ receipt }) => receipt),
  { anchorBy: (await time.latest()) + DAY, dataURI: "https://alder.example/batches/1" },
);
await anchorBatch(Alder.account, deployment, { batch: batch.batch });
const anchorGas = await latestGas();
const locked = (await readAccount(provider, deployment, { account: Alder.address })).locked;
state(
  `${answers.length} answers anchored for ${anchorGas.toLocaleString("en")} gas, ${(Number(anchorGas) / answers.length).toFixed(0)} each; ` +
    `${tokens(locked - BOND)} are locked behind them`,
  answers.length >= 200 && locked - BOND === LOCK * BigInt(answers.length),
);

/* 4. A contract that relies on an answer. */
chapter("A contract relies on an answer, and refuses what does not suffice");
const english = texts.findIndex((_, index) => languageOf(answers[index]!) === "eng");
const french = texts.findIndex((_, index) => languageOf(answers[index]!) === "fra");
const unpublished = texts.findLastIndex((_, index) => languageOf(answers[index]!) === "eng");
const publish = async (index: number): Promise<void> => {
  const { request, output } = answers[index]!;
  await publishAnswer(outsider!, deployment, { leaf: batch.leaf(index), request, output });
};
await publish(english);
await publish(french);
const { publishedAt, finalAt } = await checkReceipt(provider, deployment, {
  receipt: answers[english]!.receipt,
});
state("two answers were published by an outsider, with request and output", publishedAt > 0 && finalAt > publishedAt);
const list = (leaf: Leaf, index: number): Promise<unknown> =>
  gate.list.staticCall(answers[index]!.request, leaf, answers[index]!.output);
await refused("an answer that is not final yet", () => list(batch.leaf(english), english), "NotFinal");
await refused("the receipt of another question", () => list(batch.leaf(french), english), "InputMismatch");
await refused("an answer that was never published", () => list(batch.leaf(unpublished), unpublished), "NotPublished");
await time.increaseTo(finalAt);
await (await gate.list(answers[english]!.request, batch.leaf(english), answers[english]!.output)).wait();
const confidence = await checkAnswer(provider, deployment, { leaf: batch.leaf(english) });
state(
  `two hours later it is final, ${tokens(confidence.backed)} stood behind it, and the contract acted on it`,
  confidence.status === AnswerStatus.Final &&
    confidence.backed === COVERAGE &&
    (await gate.isListed(keccak256(answers[english]!.request))),
);

/* 5. Signing twice. */
chapter("birch tells two customers two different things about one job");
const honest = await ask(Birch, texts[0]!);
const lie = { ...honest.receipt, outputHash: keccak256(toUtf8Bytes("another answer")) };
const signedLie = await signReceipt(Birch.key, domain, lie);
await anchorReceipt(customer!, deployment, { signed: honest, request: honest.request, output: honest.output });
const outsiderAddress = await outsider!.getAddress();
const taken = await slashEquivocation(outsider!, deployment, { first: honest, second: signedLie });
const birchAfter = await readOperator(provider, deployment, { operator: Birch.address });
const reporterCredit = (await readAccount(provider, deployment, { account: outsiderAddress })).credit;
const reserveAfterBirch = (await readAccount(provider, deployment, { account: RESERVE })).credit;
state(
  `one transaction slashed birch's bond of ${tokens(taken)} and tombstoned it`,
  taken === BOND && birchAfter.status === OperatorStatus.Tombstoned && birchAfter.bond === 0n,
);
state(
  `half of it, ${tokens(reporterCredit)}, is the reporter's, the other half the reserve's`,
  reporterCredit === BOND / 2n && reserveAfterBirch === BOND / 2n,
);
const recalled = await checkReceipt(provider, deployment, { receipt: honest.receipt });
state("what birch answered and is not final reads Recalled", recalled.status === AnswerStatus.Recalled);

/* 6. Promising more than there is. */
chapter("cedar promises more than it has");
const PROMISE = parseEther("300");
const promise = await ask(Cedar, texts[1]!, PROMISE, customerAddress);
const warning = await verifyReceipt(provider, deployment, promiseOf(promise));
state(`verifyReceipt warned the customer: ${warning.problems[0]?.message ?? ""}`, !warning.ok);
const before = await readOperator(provider, deployment, { operator: Cedar.address });
const short = await anchorReceipt(customer!, deployment, {
  signed: promise,
  request: promise.request,
  output: promise.output,
});
state(
  `the customer anchored the receipt itself: ${tokens(short.locked)} of the ${tokens(2n * PROMISE)} promised could be locked`,
  short.locked === before.lockable && short.locked < 2n * PROMISE,
);
await refused(
  "slashing it before the time to honour is over",
  () => slashDishonoured(outsider!, deployment, { receipt: promise.receipt }),
  "HonourTime",
);
await time.increase(13 * HOUR);
const missing = PROMISE - short.locked / 2n;
const expectedTaken = 2n * missing < BOND ? 2n * missing : BOND;
const paid = await slashDishonoured(outsider!, deployment, { receipt: promise.receipt });
const cedarAfter = await readOperator(provider, deployment, { operator: Cedar.address });
const customerCredit = (await readAccount(provider, deployment, { account: customerAddress })).credit;
state(
  `13 hours later nobody had honoured it: ${tokens(paid)} of its bond are gone, ${tokens(customerCredit)} of that to the customer`,
  paid === expectedTaken && customerCredit === expectedTaken / 2n,
);
state(
  "cedar is in jail until it restores its bond",
  cedarAfter.status === OperatorStatus.Jailed && cedarAfter.bond === BOND - paid,
);

/* 7. Where each token went. */
chapter("Where each token went");
for (const account of [outsiderAddress, customerAddress, RESERVE]) {
  await claim(outsider!, deployment, { account });
}
const parties = [
  { name: "alder, honest", address: Alder.address, start: Alder.staked, expected: Alder.staked },
  { name: "birch, signed twice", address: Birch.address, start: Birch.staked, expected: Birch.staked - BOND },
  {
    name: "cedar, promised too much",
    address: Cedar.address,
    start: Cedar.staked,
    expected: Cedar.staked - expectedTaken,
  },
  { name: "reporter", address: outsiderAddress, start: 0n, expected: BOND / 2n },
  { name: "customer", address: customerAddress, start: 0n, expected: expectedTaken / 2n },
  {
    name: "reserve (burned)",
    address: RESERVE,
    start: 0n,
    expected: BOND / 2n + (expectedTaken - expectedTaken / 2n),
  },
];
const table = new Table({
  head: ["", "before", "stake", "paid out", "change"],
  colAligns: ["left", "right", "right", "right", "right"],
  style: { head: [], border: [] },
});
let [startSum, endSum] = [0n, 0n];
for (const { name, address, start, expected } of parties) {
  const { active, unbonding, credit } = await readAccount(provider, deployment, { account: address });
  const wallet = await stakeToken.balanceOf(address);
  const end = active + unbonding + credit + wallet;
  table.push([name, tokens(start), tokens(active + unbonding), tokens(wallet + credit), tokens(end - start)]);
  state(`${name}: ${tokens(end)}`, end === expected, { quiet: true });
  startSum += start;
  endSum += end;
}
console.log(table.toString());
const inVault = await stakeToken.balanceOf(deployment.vault);
const bonded = await Promise.all(
  [Alder, Birch, Cedar].map(async ({ address }) => readAccount(provider, deployment, { account: address })),
);
state("no token was made or lost", startSum === endSum);
state(
  "and the vault holds exactly what it owes",
  inVault === bonded.reduce((sum, { active, unbonding, credit }) => sum + active + unbonding + credit, 0n),
);
/* What the story needs. */

/** What the model answers with for a language. */
function languageOutput(code: string): string {
  const output = Int32Array.of(lande.languages.indexOf(code));
  return hexlify(encodeTensor(lande.spec.tensors.at(-1)!, output));
}

function languageOf({ output }: Answer): string {
  const [index] = decodeTensor(lande.spec.tensors.at(-1)!, ethers.getBytes(output));
  return lande.languages[Number(index)]!;
}

/** What `verifyReceipt` asks for. */
function promiseOf(answer: Answer): VerifyReceiptParameters {
  return { signed: answer, request: answer.request, output: answer.output };
}

/** Gas of the latest block, which on this chain is the latest transaction's. */
async function latestGas(): Promise<bigint> {
  const block = await ethers.provider.getBlock("latest");
  return block!.gasUsed;
}

/**
 * The first act with programs: one answers and anchors, a contract relies on an answer, one signs twice and one promises
 * more than it has, and a challenger's program catches both without anybody's vote.
 */
import { readFile } from "node:fs/promises";

import { type Contract, ContractFactory, getBytes, hexlify, keccak256, parseEther, type Wallet } from "ethers";

import { anchorReceipt } from "../../../src/actions/anchorReceipt.ts";
import { checkAnswer } from "../../../src/actions/checkAnswer.ts";
import { checkReceipt } from "../../../src/actions/checkReceipt.ts";
import { readAccount } from "../../../src/actions/readAccount.ts";
import { readOperator } from "../../../src/actions/readOperator.ts";
import { verifyReceipt } from "../../../src/actions/verifyReceipt.ts";
import { OperatorClient, type Question } from "../../../src/api/operatorClient.ts";
import type { AnswerResponse } from "../../../src/api/schemas.ts";
import { decodeTensor, encodeTensor } from "../../../src/inference/tensor.ts";
import { AnswerStatus, type Leaf } from "../../../src/protocol/answers.ts";
import { OperatorStatus } from "../../../src/protocol/operators.ts";
import { sentences } from "../../demo/sentences.ts";
import { tokens } from "../../demo/tokens.ts";
import { type DevnetProgram, equipChallenger } from "../challengers.ts";
import { COVERAGE, HOUR, LOCK } from "../devnet.ts";
import { startDishonestOperator } from "../dishonestOperator.ts";
import { type DevnetOperator, enlist } from "../operators.ts";
import type { Running } from "../processes.ts";
import { startOperatorProgram, untilReady } from "../programs.ts";
import { found, RESERVE, type StoryStage } from "./stage.ts";

const LANGUAGES = ["eng", "fra", "deu", "spa", "jpn", "ara", "rus", "hin", "tur", "vie"];
const ANSWERS = 60;
const BOND = parseEther("1000");
/** Half of an answer's penalty. */
const BOUNTY = (LOCK - COVERAGE) / 2n;
/** More than cedar has. */
const PROMISE = parseEther("300");
const ARTIFACT = new URL("../../../artifacts/examples/consumers/LanguageGate.sol/LanguageGate.json", import.meta.url);

type Asking = Pick<Question, "nonce" | "beneficiary" | "request"> & Partial<Question>;

/** The act, as far as it has come. */
type Act = {
  readonly stage: StoryStage;
  readonly operators: Started["operators"];
  readonly clients: readonly OperatorClient[];
  readonly finch: DevnetProgram;
  readonly customer: Wallet;
  /** A contract that lists English texts. */
  readonly gate: Contract;
  readonly askings: Asking[];
  readonly answers: AnswerResponse[];
};

/** Plays it, and ends its programs. */
export async function anAnswer(stage: StoryStage): Promise<void> {
  const { chapter, state, wealthOf } = stage;
  const { provider, deployment } = stage.devnet;
  chapter("Act 1. Three operators and a challenger start their programs");
  const { operators, finch, programs } = await startPrograms(stage);
  const clients = operators.map(({ url }) => new OperatorClient({ url, allowPrivateAddresses: true }));
  const customer = await stage.person();
  const gate = await deployGate(stage, customer);
  const act: Act = { stage, operators, clients, finch, customer, gate, askings: [], answers: [] };
  const [alder, birch, cedar] = operators.map(({ address }) => address) as [string, string, string];
  const before = new Map<string, bigint>();
  for (const account of [alder, birch, cedar, finch.account.address, customer.address, RESERVE])
    before.set(account, await wealthOf(account));
  state("alder, birch and cedar say that they are ready; finch watches the chain", true);

  await answerMany(act);
  await rely(act);
  const second = await signTwice(act);
  const taken = await promiseTooMuch(act);
  await stage.eventually("finch overturns birch's second answer too", async () => {
    await stage.scoreboard.update();
    const isOver = (await checkReceipt(provider, deployment, { receipt: second.receipt })).status;
    return found(isOver === AnswerStatus.Overturned);
  });
  state("and birch was silent in the game on its second answer, which is as wrong as it looks: its lock is gone", true);

  chapter("Where each token went");
  for (const [name, account, expected] of [
    ["alder, honest", alder, 0n],
    ["birch, signed twice", birch, -BOND - LOCK],
    ["cedar, promised too much", cedar, -taken],
    ["finch, whose program reported both", finch.account.address, BOND / 2n + BOUNTY],
    ["customer", customer.address, taken / 2n + COVERAGE],
    ["reserve (burned)", RESERVE, BOND / 2n + (taken - taken / 2n) + (LOCK - COVERAGE - BOUNTY)],
  ] as const) {
    await stage.eventually(`${name} has what the rules say`, async () =>
      found((await wealthOf(account)) - before.get(account)! === expected),
    );
    const change = (await wealthOf(account)) - before.get(account)!;
    state(`${name}: ${tokens(change)}`, change === expected);
  }
  await stage.scoreboard.update();
  const { gamesLost, won } = await stage.scoreboard.challenger(finch.account.address);
  state("finch contested no right answer", gamesLost === 0 && won === 1);
  state("all programs end when they are told to", await stage.dismiss(...programs));
  await Promise.all(clients.map((client) => client.close()));
}

async function ask({ stage, customer }: Act, client: OperatorClient, asking: Asking): Promise<AnswerResponse> {
  return client.answer({ modelId: stage.devnet.lande.modelId, requester: customer.address, ...asking });
}

function languageOf({ stage }: Act, { output }: AnswerResponse): string {
  const { lande } = stage.devnet;
  return lande.languages[Number(decodeTensor(lande.spec.tensors.at(-1)!, getBytes(output))[0])]!;
}

/** alder answers and anchors. */
async function answerMany(act: Act): Promise<void> {
  const { stage, clients, operators, gate, askings, answers } = act;
  const { chapter, state, eventually, progress, devnet, scoreboard } = stage;
  const { provider, deployment, lande, clock } = devnet;
  chapter(`alder's program answers ${ANSWERS} questions and anchors them by itself`);
  const beneficiary = await gate.getAddress();
  for (let index = 0; index < ANSWERS; index++) {
    const language = sentences(LANGUAGES[index % LANGUAGES.length]!);
    const text = language[Math.floor(index / LANGUAGES.length) % language.length]!;
    const request = encodeTensor(lande.spec.tensors[0]!, lande.features(text));
    askings.push({ request, nonce: BigInt(index), beneficiary });
    answers.push(await ask(act, clients[0]!, askings[index]!));
    progress(`${index + 1} of ${ANSWERS} answered`);
    if ([0, 1, 4].includes(index)) {
      console.log(`    ${languageOf(act, answers[index]!).padEnd(3)}  ${text.slice(0, 90)}`);
    }
  }
  const verdict = await verifyReceipt(provider, deployment, { ...answers[0]!, signed: answers[0]! });
  state("verifyReceipt finds the promise of the first receipt good", verdict.ok);
  const again = await ask(act, clients[0]!, askings[0]!);
  state("the same question again gets the same receipt, byte for byte", isSame(again, answers[0]!));
  await clock.increase(120);
  const { address } = operators[0];
  const { anchored, batches } = await eventually("alder anchors its answers", async () => {
    await scoreboard.update();
    const score = await scoreboard.operator(address);
    return score.anchored === ANSWERS ? score : undefined;
  });
  const locked = (await readAccount(provider, deployment, { account: address })).locked - BOND;
  state(
    `${anchored} answers anchored in ${batches} transaction; ${tokens(locked)} are locked behind them`,
    batches === 1 && locked === LOCK * BigInt(ANSWERS),
  );
}

/** A contract acts on an answer, when it is final. */
async function rely(act: Act): Promise<void> {
  const { stage, clients, gate, askings, answers } = act;
  const { chapter, state, refused, eventually, devnet } = stage;
  const { provider, deployment, clock } = devnet;
  const [client] = clients;
  chapter("A contract relies on an answer, and refuses what does not suffice");
  const english = answers.findIndex((answer) => languageOf(act, answer) === "eng");
  const french = answers.findIndex((answer) => languageOf(act, answer) === "fra");
  const hidden = answers.findLastIndex((answer) => languageOf(act, answer) === "eng");
  for (const index of [english, french]) await ask(act, client!, { ...askings[index]!, publish: true });
  const leafOf = async (index: number): Promise<Leaf> => {
    const { batch } = await client!.answerOf(answers[index]!.receipt.jobId);
    const page = await client!.batchPage(batch!.root, batch!.index);
    return { batch: page.batch, receipt: page.leaves[0]!.receipt, index: batch!.index, proof: page.leaves[0]!.proof };
  };
  const finalAt = await eventually("alder publishes what its customer wants final", async () => {
    const [first, second] = await Promise.all(
      [english, french].map((index) => checkReceipt(provider, deployment, { receipt: answers[index]!.receipt })),
    );
    return first!.publishedAt > 0 && second!.publishedAt > 0 ? first!.finalAt : undefined;
  });
  state("asked to, alder's program published two answers, with request and output", finalAt > 0);
  const list = async (question: number, index = question): Promise<unknown> =>
    gate.getFunction("list").staticCall(answers[question]!.request, await leafOf(index), answers[index]!.output);
  await refused("an answer that is not final yet", () => list(english), "NotFinal");
  await refused("the receipt of another question", () => list(english, french), "InputMismatch");
  await refused("an answer that was never published", () => list(hidden), "NotPublished");
  await clock.increaseTo(finalAt);
  const { request, output } = answers[english]!;
  const leaf = await leafOf(english);
  await (await gate.getFunction("list").send(request, leaf, output)).wait();
  const { backed, status } = await checkAnswer(provider, deployment, { leaf });
  const isListed: unknown = await gate.getFunction("isListed").staticCall(keccak256(request));
  state(
    `two hours later it is final, ${tokens(backed)} stood behind it, and the contract acted on it`,
    status === AnswerStatus.Final && backed === COVERAGE && isListed === true,
  );
}

/** birch gives two answers to one job. @returns the second. */
async function signTwice(act: Act): Promise<AnswerResponse> {
  const { stage, operators, clients, finch, customer, askings } = act;
  const { chapter, state, eventually, devnet, scoreboard } = stage;
  const { provider, deployment, clock } = devnet;
  chapter("birch tells a customer two different things about one job");
  const question = { ...askings[0]!, nonce: 1_000n, beneficiary: customer.address };
  const first = await ask(act, clients[1]!, { ...question, publish: true });
  const second = await ask(act, clients[1]!, question);
  state(
    "both are signed, and about the same job",
    first.receipt.jobId === second.receipt.jobId && first.receiptId !== second.receiptId,
  );
  await anchorReceipt(customer, deployment, { signed: second, request: second.request, output: second.output });
  await clock.increase(120);
  const { bond } = await eventually("finch reports birch", async () => {
    const operator = await readOperator(provider, deployment, { operator: operators[1].address });
    return operator.status === OperatorStatus.Tombstoned ? operator : undefined;
  });
  await scoreboard.update();
  const { reported } = await scoreboard.challenger(finch.account.address);
  state("the customer published the second one; finch saw both, and birch can never operate again", reported === 1);
  state(`its bond of ${tokens(BOND)} is gone`, bond === 0n);
  await eventually("finch contests the second answer", async () => {
    await scoreboard.update();
    const { gamesOpened, won } = await scoreboard.challenger(finch.account.address);
    return found(gamesOpened + won > 0);
  });
  return second;
}

/** cedar hands out a promise that it cannot keep. @returns what is taken from it. */
async function promiseTooMuch(act: Act): Promise<bigint> {
  const { stage, operators, clients, customer, askings } = act;
  const { chapter, state, eventually, devnet } = stage;
  const { provider, deployment, clock } = devnet;
  const operator = operators[2].address;
  chapter("cedar promises more than it has");
  const asking = { ...askings[0]!, nonce: 1_001n, beneficiary: customer.address, coverage: PROMISE };
  const promise = await ask(act, clients[2]!, asking);
  const { request, output } = promise;
  const warning = await verifyReceipt(provider, deployment, { signed: promise, request, output });
  state(`verifyReceipt warned the customer: ${warning.problems[0]?.message ?? ""}`, !warning.ok);
  const { lockable } = await readOperator(provider, deployment, { operator });
  const { locked } = await anchorReceipt(customer, deployment, { signed: promise, request, output });
  state(
    `the customer anchored the receipt itself: ${tokens(locked)} of the ${tokens(2n * PROMISE)} promised could be locked`,
    locked === lockable && locked < 2n * PROMISE,
  );
  const missing = PROMISE - locked / 2n;
  const taken = 2n * missing < BOND ? 2n * missing : BOND;
  await clock.increase(13 * HOUR);
  const { bond } = await eventually("finch reports cedar", async () => {
    const view = await readOperator(provider, deployment, { operator });
    return view.status === OperatorStatus.Jailed ? view : undefined;
  });
  state(`13 hours later it was not made whole: ${tokens(taken)} of cedar's bond are gone`, bond === BOND - taken);
  return taken;
}

type Started = {
  operators: readonly [DevnetOperator, DevnetOperator, DevnetOperator];
  finch: DevnetProgram;
  programs: Running[];
};

async function startPrograms({ devnet, watch, run, quickly }: StoryStage): Promise<Started> {
  const { processes, lande } = devnet;
  const models = [lande];
  const anchoring = { size: ANSWERS, ageSeconds: 60, anchorWithinSeconds: 21_600 };
  const thin = { maxCoverage: PROMISE, anchoring: { ...anchoring, ageSeconds: 14_000 } };
  const { alder, birch, cedar, finch } = await quickly(async () => ({
    alder: await enlist(devnet, { name: "alder", staked: parseEther("20000"), models, anchoring }),
    birch: await enlist(devnet, { name: "birch", staked: parseEther("5000"), models, anchoring }),
    cedar: await enlist(devnet, { name: "cedar", staked: parseEther("1200"), models, ...thin }),
    finch: await equipChallenger(devnet, { name: "finch" }),
  }));
  const programs = await Promise.all([
    startOperatorProgram(processes, alder),
    startDishonestOperator(processes, birch, "double-sign"),
    startDishonestOperator(processes, cedar, "overpromise"),
    run("challenger", finch),
  ]);
  programs.forEach(watch);
  await Promise.all([alder, birch, cedar].map(({ url }, index) => untilReady(programs[index]!, url)));
  return { operators: [alder, birch, cedar], finch, programs };
}

async function deployGate({ devnet }: StoryStage, customer: Wallet): Promise<Contract> {
  const { lande, deployment } = devnet;
  const { abi, bytecode } = JSON.parse(await readFile(ARTIFACT, "utf8")) as { abi: []; bytecode: string };
  const english = Int32Array.of(lande.languages.indexOf("eng"));
  const output = hexlify(encodeTensor(lande.spec.tensors.at(-1)!, english));
  const factory = new ContractFactory(abi, bytecode, customer);
  const gate = await factory.deploy(deployment.attestations, lande.modelId, output, COVERAGE);
  return (await gate.waitForDeployment()) as Contract;
}

function isSame(one: AnswerResponse, other: AnswerResponse): boolean {
  const text = (answer: AnswerResponse): string =>
    JSON.stringify(answer, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value));
  return text(one) === text(other);
}

/**
 * The third act: answers of a network that anybody can run again. One operator alters a number of the hidden layer and is
 * overturned by one transaction, one withholds what it computed and loses by the clock, one is honest, is challenged all
 * the same, and wins.
 */
import Table from "cli-table3";
import { hexlify, keccak256, parseEther } from "ethers";

import { anchorReceipt } from "../../src/actions/anchorReceipt.ts";
import { checkReceipt } from "../../src/actions/checkReceipt.ts";
import { claimTimeout } from "../../src/actions/claimTimeout.ts";
import { openGame } from "../../src/actions/openGame.ts";
import { playMove } from "../../src/actions/playMove.ts";
import { proveFault } from "../../src/actions/proveFault.ts";
import { publishModel } from "../../src/actions/publishModel.ts";
import { readGame } from "../../src/actions/readGame.ts";
import { readOperator } from "../../src/actions/readOperator.ts";
import { commitTrace } from "../../src/inference/commitments.ts";
import { importDenseNetwork } from "../../src/inference/denseNetwork.ts";
import { evaluate, evaluateOp } from "../../src/inference/evaluate.ts";
import { findFault, replayClaim, type Claim, type ReplayModel } from "../../src/inference/faults.ts";
import { WeightsTree, traceOf, unitOf } from "../../src/inference/proofs.ts";
import { encodeTensor, type TensorData } from "../../src/inference/tensor.ts";
import { AnswerStatus, bareLeaf } from "../../src/protocol/answers.ts";
import { challengerMove, operatorMove } from "../../src/protocol/gamePlayer.ts";
import { GamePhase } from "../../src/protocol/games.ts";
import { jobId } from "../../src/protocol/jobs.ts";
import { Ground, ModelClass } from "../../src/protocol/models.ts";
import { OperatorStatus } from "../../src/protocol/operators.ts";
import { signReceipt, type SignedReceipt } from "../../src/protocol/receipts.ts";
import { eoaSigner } from "../../src/protocol/signers.ts";
import { encodeTraceRecord, parseTraceRecord, recordTrace } from "../../src/protocol/traceRecord.ts";
import { answersOf, countRight } from "../digits/accuracy.ts";
import { readDigits, tensorOf } from "../digits/images.ts";
import { drawDigit } from "./drawDigit.ts";
import { DAY, enlist, HOUR, RESERVE, stage, wealthOf, type Operator } from "./stage.ts";
import { tokens } from "./tokens.ts";

const { chapter, state, refused, connection, deployment, domain, provider, stakeToken } = stage;
const { time } = connection.networkHelpers;
const [elm, elmHot, fir, firHot, hazel, hazelHot, publisher, customer, challenger, rival] = stage.people.slice(25);

/* What the rules say, reckoned here and not by the contracts. */
const COVERAGE = parseEther("100");
const PENALTY = COVERAGE;
const STAKE = parseEther("2000");
const BOUNTY = PENALTY / 2n;
const GAME_BOND = parseEther("50");
const MOVE = 13 * HOUR;
const IMAGE = 0;

/* 1. The network. */
chapter("A network that reads digits is imported from a JSON file and published");
const network = await importDenseNetwork(new URL("../../models/digits.dense.json", import.meta.url));
const { spec, weights } = network;
const digits = readDigits("t10k");
const right = countRight(answersOf(network, digits), digits);
state(
  `in exact integers it reads ${right.toLocaleString("en")} of ${digits.count.toLocaleString("en")} images of the test set right`,
  right / digits.count >= 0.97,
);
const modelId = await publishModel(publisher!, deployment, {
  manifest: { ...network.manifest, name: "digits", version: "1", uri: "", class: ModelClass.OpenWeights },
  policy: {
    challengeWindow: 2 * DAY,
    minCoverage: COVERAGE,
    penaltyBps: 10_000,
    grounds: Ground.Replay,
    courtConfig: 0,
    proofVerifier: "0x0000000000000000000000000000000000000000",
    proofKey: `0x${"00".repeat(32)}`,
    privateInput: false,
    royaltyBps: 0,
    royaltyTo: "0x0000000000000000000000000000000000000000",
  },
  spec,
});
const model: ReplayModel = {
  spec,
  weights,
  preprocessHash: network.manifest.preprocessHash,
  weightsTree: new WeightsTree(spec, weights),
};
const Elm = await enlist("elm", elm!, await eoaSigner(elmHot!), STAKE);
const Fir = await enlist("fir", fir!, await eoaSigner(firHot!), STAKE);
const Hazel = await enlist("hazel", hazel!, await eoaSigner(hazelHot!), STAKE);
const [customerAddress, challengerAddress, rivalAddress] = (await Promise.all(
  [customer!, challenger!, rival!].map((signer) => signer.getAddress()),
)) as [string, string, string];
for (const address of [challengerAddress, rivalAddress]) await stakeToken.transfer(address, GAME_BOND);
const before = new Map<string, bigint>();
for (const address of [
  Elm.address,
  Fir.address,
  Hazel.address,
  customerAddress,
  challengerAddress,
  rivalAddress,
  RESERVE,
]) {
  before.set(address, await wealthOf(address));
}
const image = tensorOf(digits, IMAGE);
const truth = evaluate(spec, weights, image);
console.log(drawDigit(image));
const shown = digits.labels[IMAGE]!;
state(
  `every operator is asked what this is; it is a ${shown}, and the network says so`,
  Number(truth.at(-1)![0]) === shown,
);

/* 2. A number of the hidden layer. */
chapter(
  `elm alters one number of the hidden layer; ${tokens(COVERAGE)} of coverage and as much of a penalty are locked`,
);
const lie = falsified();
const elms = await answer(Elm, lie.tensors);
state(
  `number ${lie.row} of the hidden layer reads ${lie.value} and not ${lie.honest}, and all that follows makes a ${lie.says} of it`,
  lie.says !== shown && Number(lie.tensors.at(-1)![0]) === lie.says,
);
// What an operator keeps it serves.
const fault = findFault(model, elms.claim, elms.record);
state(
  "elm shows its tensors to who asks; whoever runs the network again finds the one element that contradicts the others",
  fault?.kind === "unit" && fault.unit.op === 0 && fault.unit.row === lie.row && fault.computed === BigInt(lie.honest),
);
if (fault?.kind !== "unit") throw new Error("no unit to prove");
const overturned = await proveFault(challenger!, deployment, { receipt: elms.signed.receipt, fault });
const gas = (await provider.getBlock("latest"))!.gasUsed;
state(
  `one transaction of ${gas.toLocaleString("en")} gas overturns it: of the ${tokens(overturned.taken)} locked ${tokens(COVERAGE)} are the customer's, ${tokens(overturned.bounty)} the challenger's, the rest is burned`,
  overturned.taken === COVERAGE + PENALTY &&
    overturned.bounty === BOUNTY &&
    (await statusOf(elms)) === AnswerStatus.Overturned,
);
await refused(
  "the same proof, copied",
  () => proveFault(rival!, deployment, { receipt: elms.signed.receipt, fault }),
  "LockInState",
);

/* 3. A trace withheld. */
chapter("fir gives the same wrong answer and shows nobody what it computed");
const firs = await answer(Fir, lie.tensors);
const withheld = findFault(model, firs.claim);
state("the answer is wrong, and what would prove it is not shown", withheld?.kind === "withheld");
const game = await openGame(challenger!, deployment, { leaf: bareLeaf(firs.signed.receipt) });
const { sentence } = await readGame(provider, deployment, game);
state(
  `the challenger puts down ${tokens(game.bond)}: "${sentence}"`,
  game.bond === GAME_BOND && game.phase === GamePhase.Roots,
);
const claimFir = { gameId: game.gameId, receipt: firs.signed.receipt };
await time.increaseTo(game.deadline - 60);
await refused("ending it a minute too early", () => claimTimeout(rival!, deployment, claimFir), "ClockRunning");
await time.increaseTo(game.deadline);
const silent = await claimTimeout(rival!, deployment, claimFir);
const firAfter = await readOperator(provider, deployment, { operator: Fir.address });
state(
  "fir is silent for 13 hours, and anybody ends the game: the lock is gone, fir is in jail, bond and bounty are the challenger's",
  silent.operatorLost &&
    silent.taken === COVERAGE + PENALTY &&
    silent.challenger === challengerAddress &&
    firAfter.status === OperatorStatus.Jailed,
);

/* 4. An honest operator. */
chapter("hazel answers rightly, and a rival challenges it all the same");
const hazels = await answer(Hazel, truth);
const journal = encodeTraceRecord(hazels.record); // all that hazel has kept
const { gameId } = await openGame(rival!, deployment, { leaf: bareLeaf(hazels.signed.receipt) });
await hazelMoves();
const advised = challengerMove(
  await readGame(provider, deployment, { gameId }),
  { model, claim: hazels.claim },
  await time.latest(),
);
state("the rival's own replay says that nothing differs", advised.kind === "none");
const trace = traceOf(spec, hazels.record.roots);
await playMove(rival!, deployment, {
  gameId,
  receipt: hazels.signed.receipt,
  move: { kind: "choose", tensor: 1, trace },
});
await hazelMoves();
const trees = replayClaim(model, hazels.claim)!.trees;
const unit = unitOf(spec, model.weightsTree!, { op: 0, row: lie.row, input: trees[0]!, output: trees[1]! });
const wrong = { kind: "unit", trace, unit, claimed: 0n, computed: 0n } as const;
await refused(
  "a proof against a right answer",
  () => proveFault(rival!, deployment, { receipt: hazels.signed.receipt, fault: wrong }),
  "UnitHolds",
);
await time.increase(MOVE);
const won = await claimTimeout(hazel!, deployment, { gameId, receipt: hazels.signed.receipt });
state(
  "the rival can prove nothing before its time is over, and half of its bond is hazel's",
  !won.operatorLost && won.toOperator === GAME_BOND / 2n && won.toReserve === GAME_BOND / 2n,
);
await time.increaseTo((await checkReceipt(provider, deployment, { receipt: hazels.signed.receipt })).finalAt);
state("its answer is final", (await statusOf(hazels)) === AnswerStatus.Final);

/* 5. The money. */
chapter("Who paid for the wrong answers");
const table = new Table({ head: ["", "change"], colAligns: ["left", "right"], style: { head: [], border: [] } });
let sum = 0n;
for (const [name, address, expected] of [
  ["elm, altered a number", Elm.address, -(COVERAGE + PENALTY)],
  ["fir, withheld its trace", Fir.address, -(COVERAGE + PENALTY)],
  ["hazel, honest", Hazel.address, GAME_BOND / 2n],
  ["customer, lied to twice", customerAddress, 2n * COVERAGE],
  ["challenger", challengerAddress, 2n * BOUNTY],
  ["rival, challenged a right answer", rivalAddress, -GAME_BOND],
  ["reserve (burned)", RESERVE, 2n * (PENALTY - BOUNTY) + GAME_BOND / 2n],
] as const) {
  const change = (await wealthOf(address)) - before.get(address)!;
  state(`${name} changes by ${tokens(change)}`, change === expected, { quiet: true });
  table.push([name, tokens(change)]);
  sum += change;
}
console.log(table.toString());
state("no token was made or lost, and nobody voted", sum === 0n);

/* What the story needs. */

type Answered = { signed: SignedReceipt; claim: Claim; record: ReturnType<typeof recordTrace> };

/** Signs an answer about the image with a trace, and publishes it. */
async function answer(operator: Operator, tensors: readonly TensorData[]): Promise<Answered> {
  const request = encodeTensor(spec.tensors[0]!, image);
  const output = encodeTensor(spec.tensors.at(-1)!, tensors.at(-1)!);
  const { traceRoot } = commitTrace(spec, tensors);
  const inputHash = keccak256(request);
  const issuedAt = await time.latest();
  const signed = await signReceipt(operator.key, domain, {
    operator: operator.address,
    signerId: operator.key.signerId,
    modelId,
    jobId: jobId({ requester: customerAddress, nonce: 1n, modelId, inputHash }),
    inputHash,
    outputHash: keccak256(output),
    traceRoot,
    beneficiary: customerAddress,
    coverage: COVERAGE,
    issuedAt,
    anchorBy: issuedAt + HOUR,
  });
  await anchorReceipt(customer!, deployment, { signed, request, output });
  const claim = { request: hexlify(request), output: hexlify(output), traceRoot };
  return { signed, claim, record: recordTrace(spec, signed.receipt, tensors) };
}

/** The first number of the hidden layer that makes another digit of the image if it is as large as can be. */
function falsified(): { tensors: TensorData[]; row: number; value: number; honest: number; says: number } {
  const value = 127;
  for (let row = 0; row < truth[1]!.length; row++) {
    const hidden = Int8Array.from(truth[1] as Int8Array);
    hidden[row] = value;
    const tensors: TensorData[] = [image, hidden];
    for (let op = 1; op < spec.ops.length; op++)
      tensors.push(evaluateOp(spec, weights, op, tensors[spec.ops[op]!.input]!));
    const says = Number(tensors.at(-1)![0]);
    if (says !== shown) return { tensors, row, value, honest: Number(truth[1]![row]), says };
  }
  throw new Error("no single number of the hidden layer changes the answer");
}

/** Hazel's next move, out of its journal alone. */
async function hazelMoves(): Promise<void> {
  const record = parseTraceRecord(journal);
  const move = operatorMove(await readGame(provider, deployment, { gameId }), record, await time.latest());
  const sent = await playMove(hazel!, deployment, { gameId, receipt: record.receipt, move });
  state(`hazel answers out of its journal: ${move.kind}`, sent);
}

async function statusOf({ signed }: Answered): Promise<AnswerStatus> {
  return (await checkReceipt(provider, deployment, { receipt: signed.receipt })).status;
}

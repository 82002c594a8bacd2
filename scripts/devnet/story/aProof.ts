/**
 * The third act with programs: one operator alters a number of the hidden layer, one withholds what it computed, one is
 * honest and challenged all the same. A challenger's program proves and plays; the honest operator's defends itself.
 */
import { getBytes, hexlify, parseEther, type Wallet } from "ethers";

import { checkReceipt } from "../../../src/actions/checkReceipt.ts";
import { openGame } from "../../../src/actions/openGame.ts";
import { playMove } from "../../../src/actions/playMove.ts";
import { proveFault } from "../../../src/actions/proveFault.ts";
import { readGame } from "../../../src/actions/readGame.ts";
import { readOperator } from "../../../src/actions/readOperator.ts";
import { OperatorClient } from "../../../src/api/operatorClient.ts";
import type { AnswerResponse } from "../../../src/api/schemas.ts";
import { eventsOf } from "../../../src/chain/logs.ts";
import { evaluate } from "../../../src/inference/evaluate.ts";
import { replayClaim } from "../../../src/inference/faults.ts";
import { traceOf, unitOf } from "../../../src/inference/proofs.ts";
import { decodeTensor, encodeTensor, type TensorData } from "../../../src/inference/tensor.ts";
import { AnswerStatus, bareLeaf } from "../../../src/protocol/answers.ts";
import { challengerMove } from "../../../src/protocol/gamePlayer.ts";
import { GamePhase } from "../../../src/protocol/games.ts";
import { OperatorStatus } from "../../../src/protocol/operators.ts";
import { drawDigit } from "../../demo/drawDigit.ts";
import { tokens } from "../../demo/tokens.ts";
import { readDigits, tensorOf } from "../../digits/images.ts";
import { type DevnetProgram, equipChallenger } from "../challengers.ts";
import { COVERAGE, HOUR } from "../devnet.ts";
import { startDishonestOperator } from "../dishonestOperator.ts";
import { type DevnetOperator, enlist } from "../operators.ts";
import type { Running } from "../processes.ts";
import { startOperatorProgram, untilReady } from "../programs.ts";
import { found, RESERVE, type StoryStage } from "./stage.ts";

const PENALTY = COVERAGE;
const BOUNTY = PENALTY / 2n;
const GAME_BOND = parseEther("50");
const MOVE = 13 * HOUR;
const IMAGE = 0;

type Overturned = {
  readonly receiptId: string;
  readonly challenger: string;
  readonly taken: bigint;
  readonly bounty: bigint;
};

/** The act, as far as it has come. */
type Act = Started & {
  readonly stage: StoryStage;
  readonly customer: Wallet;
  readonly rival: Wallet;
  /** Tensor 0. */
  readonly image: TensorData;
  /** What the image shows. */
  readonly truth: number;
};

/** Plays it, and ends its programs. */
export async function aProof(stage: StoryStage): Promise<void> {
  const { chapter, state, eventually, devnet, wealthOf } = stage;
  chapter("Act 3. Three operators read digits; a challenger's program reads what they answer");
  const started = await startPrograms(stage);
  const customer = await stage.person();
  const rival = await stage.person(GAME_BOND);
  const image = tensorOf(readDigits("t10k"), IMAGE);
  console.log(drawDigit(image));
  const { spec, weights } = devnet.digits.replay;
  const truth = Number(evaluate(spec, weights, image).at(-1)![0]);
  const act: Act = { ...started, stage, customer, rival, image, truth };
  const wren = started.wren.account.address;
  const [elm, fir, hazel] = started.operators.map(({ address }) => address) as [string, string, string];
  const before = new Map<string, bigint>();
  for (const account of [elm, fir, hazel, customer.address, rival.address, wren, RESERVE])
    before.set(account, await wealthOf(account));
  const changeOf = async (account: string): Promise<bigint> => (await wealthOf(account)) - before.get(account)!;

  await alter(act);
  await withhold(act);
  await defend(act);

  chapter("Who paid for the wrong answers");
  await eventually("wren's program takes its bond back", async () => found((await changeOf(wren)) === 2n * BOUNTY));
  let sum = 0n;
  for (const [name, account, expected] of [
    ["elm, altered a number", elm, -(COVERAGE + PENALTY)],
    ["fir, withheld its trace", fir, -(COVERAGE + PENALTY)],
    ["hazel, honest", hazel, GAME_BOND / 2n],
    ["customer, lied to twice", customer.address, 2n * COVERAGE],
    ["wren, whose program contested both", wren, 2n * BOUNTY],
    ["rival, challenged a right answer", rival.address, -GAME_BOND],
    ["reserve (burned)", RESERVE, 2n * (PENALTY - BOUNTY) + GAME_BOND / 2n],
  ] as const) {
    const change = await changeOf(account);
    state(`${name}: ${tokens(change)}`, change === expected);
    sum += change;
  }
  state("no token was made or lost, and nobody voted", sum === 0n);
  state("all programs end when they are told to", await stage.dismiss(...started.programs));
}

/** Asks an operator what the image shows. */
async function ask(
  { stage, customer, image }: Act,
  { url }: DevnetOperator,
  publish: boolean,
): Promise<AnswerResponse> {
  const { modelId, replay } = stage.devnet.digits;
  const client = new OperatorClient({ url, allowPrivateAddresses: true });
  const request = encodeTensor(replay.spec.tensors[0]!, image);
  const asked = { requester: customer.address, nonce: 1n, beneficiary: customer.address, publish };
  const answer = await client.answer({ modelId, request, ...asked });
  await client.close();
  return answer;
}

/** The digit that an answer names. */
function digitOf({ stage }: Act, { output }: AnswerResponse): number {
  return Number(decodeTensor(stage.devnet.digits.replay.spec.tensors.at(-1)!, getBytes(output))[0]);
}

/** How arithmetic or a clock overturned an answer; undefined if neither did yet. */
async function overturned({ devnet, contracts }: StoryStage, receiptId: string): Promise<Overturned | undefined> {
  const range = [devnet.book.blocks.first, await devnet.provider.getBlockNumber()] as const;
  const filter = contracts.disputes.filters.AnswerOverturned(receiptId);
  return (await eventsOf<Overturned>(contracts.disputes, filter, ...range))[0];
}

/** elm lies, and shows what it computed. */
async function alter(act: Act): Promise<void> {
  const { stage, operators, wren, truth } = act;
  const { chapter, state, eventually } = stage;
  chapter("elm alters a number of the hidden layer");
  const answer = await ask(act, operators[0], false);
  const digit = digitOf(act, answer);
  state(`elm says that this is a ${digit}; it is a ${truth}`, digit !== truth);
  const end = await eventually("wren proves elm wrong", () => overturned(stage, answer.receiptId));
  state(
    `wren's program fetched the answer, ran the network again, found the element and proved it: of the ${tokens(end.taken)} locked ${tokens(COVERAGE)} are the customer's, ${tokens(end.bounty)} wren's, the rest is burned`,
    end.taken === COVERAGE + PENALTY && end.bounty === BOUNTY && end.challenger === wren.account.address,
  );
}

/** fir lies, and shows nothing. */
async function withhold(act: Act): Promise<void> {
  const { stage, operators, wren, truth } = act;
  const { chapter, state, eventually, devnet } = stage;
  const { provider, deployment, clock } = devnet;
  chapter("fir answers as wrongly and shows nobody what it computed");
  const answer = await ask(act, operators[1], false);
  const digit = digitOf(act, answer);
  state(`fir says that this is a ${digit}`, digit !== truth);
  const gameId = await eventually("wren opens a game", () => gameOf(stage, answer));
  const game = await readGame(provider, deployment, { gameId });
  state(`wren's program puts down ${tokens(game.bond)}: "${game.sentence}"`, game.bond === GAME_BOND);
  await clock.increaseTo(game.deadline);
  const end = await eventually("wren ends the game by the clock", () => overturned(stage, answer.receiptId));
  const { status } = await readOperator(provider, deployment, { operator: operators[1].address });
  const isWrens = end.taken === COVERAGE + PENALTY && end.challenger === wren.account.address;
  state(
    "fir is silent for 13 hours, and wren's program ends the game: the lock is gone, fir is in jail",
    isWrens && status === OperatorStatus.Jailed,
  );
}

/** hazel is honest, and harassed. */
async function defend(act: Act): Promise<void> {
  const { stage, operators, rival, truth } = act;
  const { chapter, state, refused, eventually, devnet, contracts } = stage;
  const { provider, deployment, clock } = devnet;
  const [, , hazel] = operators;
  chapter("hazel answers rightly, and a rival challenges it all the same");
  const answer = await ask(act, hazel, true);
  const { receipt } = answer;
  const digit = digitOf(act, answer);
  state(`hazel says that this is a ${digit}`, digit === truth);
  await harass(stage, rival, answer);
  const fault = rightUnit(stage, answer);
  await refused("a proof against a right answer", () => proveFault(rival, deployment, { receipt, fault }), "UnitHolds");
  await clock.increase(MOVE);
  const toOperator = await eventually("hazel's program ends the game", async () => {
    const range = [devnet.book.blocks.first, await provider.getBlockNumber()] as const;
    const filter = contracts.disputes.filters.GameBondForfeited(undefined, hazel.address);
    return (await eventsOf<{ toOperator: bigint }>(contracts.disputes, filter, ...range))[0]?.toOperator;
  });
  state("the rival can prove nothing in time, and half of its bond is hazel's", toOperator === GAME_BOND / 2n);
  const { finalAt } = await checkReceipt(provider, deployment, { receipt });
  await clock.increaseTo(finalAt);
  const { status } = await checkReceipt(provider, deployment, { receipt });
  state("its answer is final", status === AnswerStatus.Final);
}

type Started = {
  operators: readonly [DevnetOperator, DevnetOperator, DevnetOperator];
  wren: DevnetProgram;
  programs: readonly Running[];
};

async function startPrograms({ devnet, watch, run, quickly }: StoryStage): Promise<Started> {
  const { processes, digits } = devnet;
  const anchoring = { size: 1, ageSeconds: 1, anchorWithinSeconds: 21_600 };
  const terms = { staked: parseEther("2000"), models: [digits], anchoring };
  const { elm, fir, hazel, wren } = await quickly(async () => ({
    elm: await enlist(devnet, { name: "elm", ...terms }),
    fir: await enlist(devnet, { name: "fir", ...terms }),
    hazel: await enlist(devnet, { name: "hazel", ...terms }),
    wren: await equipChallenger(devnet, { name: "wren", tokens: parseEther("200") }),
  }));
  const operators = [elm, fir, hazel] as const;
  const programs = await Promise.all([
    startDishonestOperator(processes, elm, "wrong-trace"),
    startDishonestOperator(processes, fir, "withheld-trace"),
    startOperatorProgram(processes, hazel),
    run("challenger", wren),
  ]);
  programs.forEach(watch);
  await Promise.all(operators.map(({ url }, index) => untilReady(programs[index]!, url)));
  return { operators, wren, programs };
}

async function gameOf({ devnet, contracts }: StoryStage, { receiptId }: AnswerResponse): Promise<bigint | undefined> {
  const { provider, book } = devnet;
  const filter = contracts.disputes.filters.GameOpened(undefined, receiptId);
  const range = [book.blocks.first, await provider.getBlockNumber()] as const;
  return (await eventsOf<{ gameId: bigint }>(contracts.disputes, filter, ...range))[0]?.gameId;
}

/** A rival opens a game against a right answer; the operator's program answers each move by itself. */
async function harass(
  { devnet, eventually, state }: StoryStage,
  rival: Wallet,
  { receipt, request, output }: AnswerResponse,
): Promise<void> {
  const { provider, deployment, digits, clock } = devnet;
  await eventually("hazel publishes its answer", async () =>
    found((await checkReceipt(provider, deployment, { receipt })).publishedAt > 0),
  );
  const { gameId } = await openGame(rival, deployment, { leaf: bareLeaf(receipt) });
  const phaseIs = async (phase: GamePhase): Promise<true | undefined> =>
    found((await readGame(provider, deployment, { gameId })).phase === phase);
  await eventually("hazel's program shows its roots", () => phaseIs(GamePhase.Choose));
  const claim = { request, output, traceRoot: receipt.traceRoot };
  const game = await readGame(provider, deployment, { gameId });
  const advised = challengerMove(game, { model: digits.replay, claim }, await clock.now());
  state("hazel's program shows its roots; the rival's own replay says that nothing differs", advised.kind === "none");
  const trace = traceOf(digits.replay.spec, game.roots!.map(hexlify));
  await playMove(rival, deployment, { gameId, receipt, move: { kind: "choose", tensor: 1, trace } });
  await eventually("hazel's program opens what was asked for", async () => {
    const { phase } = await readGame(provider, deployment, { gameId });
    return found(phase === GamePhase.Pick || phase === GamePhase.Prove);
  });
  state("the rival asks for the hidden layer, and hazel's program shows it out of its journal", true);
}

/** A unit of the honest trace that is not wrong. */
function rightUnit(
  { devnet }: StoryStage,
  { receipt, request, output }: AnswerResponse,
): Parameters<typeof proveFault>[2]["fault"] {
  const { replay } = devnet.digits;
  const { trees } = replayClaim(replay, { request, output, traceRoot: receipt.traceRoot })!;
  const unit = unitOf(replay.spec, replay.weightsTree!, { op: 0, row: 0, input: trees[0]!, output: trees[1]! });
  const trace = traceOf(
    replay.spec,
    trees.map(({ root }) => root),
  );
  return { kind: "unit", trace, unit, claimed: 0n, computed: 0n };
}

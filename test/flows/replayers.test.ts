import { expect } from "chai";
import { keccak256, parseEther } from "ethers";

import { sentences } from "../../scripts/demo/sentences.ts";
import { checkReceipt } from "../../src/actions/checkReceipt.ts";
import { tensorBytes } from "../../src/inference/spec.ts";
import type { TensorData } from "../../src/inference/tensor.ts";
import type { Answer } from "../../src/operator/answerer.ts";
import { AnswerStatus } from "../../src/protocol/answers.ts";
import { receiptId } from "../../src/protocol/receipts.ts";
import { AlteringAgent, OperatorAgent, Watcher, hotKey, isTrue, traceOf } from "../setup/agents.ts";
import { Challenger, claimOf, defend, type OwnGame } from "../setup/challenger.ts";
import { commit, corrupt, type Commitment } from "../setup/corruption.ts";
import {
  COVERAGE,
  DAY,
  GAME_BOND,
  LOCK,
  MOVE_WINDOW,
  PENALTY,
  RESERVE,
  enter,
  openStage,
  pass,
  requestOf,
  wealth,
  type Stage,
} from "../setup/stage.ts";

/** Another number, another story; CREDENCE_SEED sets it. */
const SEED = Number(process.env.CREDENCE_SEED ?? 7);
const ROUNDS = 5;
/** Answers of an operator in a round. */
const ASKED = 3;
/** Out of the first jail, and mostly of the second. */
const ROUND = 12 * DAY;
const STAKE = parseEther("5000");
const PURSE = parseEther("5000");
const LANGUAGES = ["eng", "fra", "deu", "spa", "ita"];

/** Numbers below a bound, the same in every run with that seed. */
function dice(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = Number(BigInt(keccak256(`0x${state.toString(16).padStart(12, "0")}`)) % 2n ** 48n);
    return state % below;
  };
}

/** What a liar does about one answer. */
const CONDUCTS = ["honest", "lazy", "alters", "answers otherwise"] as const;

describe("flows/replayers", () => {
  let stage: Stage;
  let honest: OperatorAgent[];
  let liars: AlteringAgent[];
  let watcher: Watcher;
  /** Bets against whoever is right. */
  let troll: Challenger;
  let customer: string;
  let nonce = 0n;
  const roll = dice(SEED);
  const truths: Answer[] = [];
  const lies: Answer[] = [];
  const pick = <T>(from: readonly T[]): T => from[roll(from.length)]!;

  before(async () => {
    stage = await openStage();
    const { others } = stage.protocol;
    const names = ["alder", "birch", "cedar"];
    honest = [];
    for (const [i, name] of names.entries()) {
      honest.push(await new OperatorAgent(stage, name, others[i]!, await hotKey(name)).enlist(STAKE));
    }
    liars = [];
    for (const [i, name] of ["nettle", "thistle", "bramble", "thorn"].entries()) {
      liars.push(await new AlteringAgent(stage, name, others[3 + i]!, await hotKey(name)).enlist(STAKE));
    }
    customer = (await enter(stage, "customer", others[7]!)).address;
    watcher = new Watcher(stage, await enter(stage, "watcher", others[8]!, PURSE));
    troll = new Challenger(stage, await enter(stage, "troll", others[9]!, PURSE));
  });

  const text = (): string => pick(sentences(pick(LANGUAGES)));

  /** One question, and how a liar answers it: any byte of any tensor, another question, another output. */
  function conduct(liar: AlteringAgent): void {
    const { model } = stage;
    const { tensors } = model.spec;
    const kind = pick(CONDUCTS);
    liar.traces = pick(["served", "withheld", "lost"] as const);
    const [tensor, other] = [roll(tensors.length), text()];
    const byte = roll(tensorBytes(tensors[tensor]!));
    const corruption = { tensor, byte, flip: 1 + roll(255), isCarried: roll(2) === 0 };
    liar.lie = (trace: readonly TensorData[]): Commitment => {
      if (kind === "honest") return commit(model, trace);
      if (kind === "lazy") return commit(model, traceOf(stage, requestOf(stage, other)));
      const altered = corrupt(model, trace, corruption);
      if (kind === "alters") return altered;
      const last = corrupt(model, trace, { ...corruption, tensor: tensors.length - 1 });
      return { ...commit(model, trace), output: last.output };
    };
  }

  /** All that an operator is asked in a round; nothing if it is in jail. */
  async function work(agent: OperatorAgent): Promise<void> {
    if (!(await agent.isActive())) return;
    const answers: Answer[] = [];
    for (let i = 0; i < ASKED; i++) {
      nonce += 1n;
      if (agent instanceof AlteringAgent) conduct(agent);
      answers.push(await agent.answer({ text: text(), requester: customer, nonce, beneficiary: customer }));
    }
    await agent.publish(await agent.anchor(answers), answers);
    for (const answer of answers) (isTrue(stage, answer) ? truths : lies).push(answer);
  }

  const operatorOf = ({ receipt }: OwnGame): OperatorAgent =>
    [...honest, ...liars].find(({ address }) => address === receipt.operator)!;

  /** All games to their ends: moves as long as there are any, then the clocks. */
  async function playAll(): Promise<void> {
    const { games } = watcher.challenger;
    for (const game of games) await watcher.challenger.play(game, operatorOf(game));
    for (const game of troll.games) await defend(stage, operatorOf(game), game);
    await pass(stage, MOVE_WINDOW);
    for (const game of games) await watcher.challenger.play(game, operatorOf(game));
    for (const game of troll.games) expect(await defend(stage, operatorOf(game), game)).to.equal("claimTimeout");
    games.length = 0;
    troll.games.length = 0;
  }

  it(`seed ${SEED}: every lie is overturned, no honest operator loses anything`, async () => {
    const { ledger, domain, provider, deployment } = stage;
    const overturned = new Set<string>();
    let [played, trolled] = [0, 0];
    for (let round = 0; round < ROUNDS; round++) {
      const before = truths.length;
      for (const agent of [...honest, ...liars]) await work(agent);
      for (const receipt of await watcher.check()) overturned.add(receiptId(domain, receipt));
      for (const { receipt } of watcher.challenger.games) overturned.add(receiptId(domain, receipt));
      played += watcher.challenger.games.length;

      // Somebody bets against answers of the honest, without a reason.
      const targets = truths.slice(before).filter(({ receipt }) => honest.some((o) => o.address === receipt.operator));
      for (const answer of [pick(targets), pick(targets)]) {
        await troll.open(answer.receipt, claimOf(stage, answer));
        trolled += 1;
      }
      await playAll();
      expect(ledger.creditOf(deployment.disputes), "no bond is left behind").to.equal(0n);
      await ledger.assertSettled();
      await pass(stage, ROUND);
    }

    expect([...overturned].sort()).to.deep.equal(lies.map(({ receipt }) => receiptId(domain, receipt)).sort());
    const statusOf = async ({ receipt }: Answer) => (await checkReceipt(provider, deployment, { receipt })).status;
    for (const lie of lies) expect(await statusOf(lie)).to.equal(AnswerStatus.Overturned);
    for (const truth of truths) expect(await statusOf(truth)).to.equal(AnswerStatus.Final);
    expect(watcher.checked).to.equal(truths.length + lies.length);
    expect(truths.length).to.be.greaterThanOrEqual(honest.length * ROUNDS * ASKED);
    expect([played > 0, lies.length > played], "by games, and without").to.deep.equal([true, true]);

    const gainOf = async (address: string, had: bigint): Promise<bigint> => (await wealth(stage, address)) - had;
    const count = BigInt(lies.length);
    let earned = 0n;
    for (const { address, name } of honest) {
      const gain = await gainOf(address, STAKE);
      expect(gain >= 0n, name).to.equal(true);
      earned += gain;
    }
    expect(earned, "half of the bonds of whoever bet against them").to.equal((BigInt(trolled) * GAME_BOND) / 2n);
    for (const { address } of liars) {
      const own = BigInt(lies.filter(({ receipt }) => receipt.operator === address).length);
      expect(await gainOf(address, STAKE)).to.equal(-own * LOCK);
    }
    expect(await gainOf(customer, 0n)).to.equal(count * COVERAGE);
    expect(await gainOf(stage.protocol.others[8]!.address, PURSE)).to.equal((count * PENALTY) / 2n);
    expect(await gainOf(stage.protocol.others[9]!.address, PURSE)).to.equal(-BigInt(trolled) * GAME_BOND);
    expect(await gainOf(RESERVE, 0n)).to.equal((count * PENALTY + BigInt(trolled) * GAME_BOND) / 2n);
  });
});

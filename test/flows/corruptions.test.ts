import { mkdir, writeFile } from "node:fs/promises";

import { expect } from "chai";
import fc from "fast-check";
import { Wallet, hexlify, keccak256, parseEther } from "ethers";

import { anchorReceipt } from "../../src/actions/anchorReceipt.ts";
import { checkReceipt } from "../../src/actions/checkReceipt.ts";
import { hostModel } from "../../src/actions/hostModel.ts";
import { proveFault } from "../../src/actions/proveFault.ts";
import { TENSOR_LEAF_BYTES } from "../../src/inference/commitments.ts";
import { findFault, replayClaim, type Fault, type Replay } from "../../src/inference/faults.ts";
import { tensorBytes } from "../../src/inference/spec.ts";
import { encodeTensor, type TensorData } from "../../src/inference/tensor.ts";
import type { Answer } from "../../src/operator/answerer.ts";
import { AnswerStatus } from "../../src/protocol/answers.ts";
import { OperatorAgent, hotKey, resign, traceOf } from "../setup/agents.ts";
import { Challenger, claimOf } from "../setup/challenger.ts";
import { commit, corrupt, fillMissing, fillPadding, replaceRoot, shownOf } from "../setup/corruption.ts";
import type { Commitment } from "../setup/corruption.ts";
import { Courthouse } from "../setup/courthouse.ts";
import { SMALL, WIDE } from "../setup/graphs.ts";
import {
  COVERAGE,
  LOCK,
  MOVE_WINDOW,
  enter,
  openStage,
  pass,
  publishAnother,
  requestOf,
  type Stage,
} from "../setup/stage.ts";

/** How many altered bytes; a long run raises it. From FULL on the result is written to bench/replay/corruptions.json. */
const CORRUPTIONS = Number(process.env.CREDENCE_CORRUPTIONS ?? 40);
const FULL = 10_000;
const SEED = Number(process.env.CREDENCE_SEED ?? 5);
const RESULT = new URL("../../bench/replay/corruptions.json", import.meta.url);

const STAKE = parseEther("5000");
const PURSE = parseEther("200");
/** More than any transaction here takes. */
const GAS = 10_000_000n;

const NETWORKS = ["lande", "small", "wide"] as const;
/** What the byte is part of. */
const PARTS = ["element", "padding", "missing leaf", "root"] as const;

type Corrupted = {
  readonly network: (typeof NETWORKS)[number];
  readonly part: (typeof PARTS)[number];
  /** Which one of all there are, modulo their number. */
  readonly tensor: number;
  readonly byte: number;
  readonly flip: number;
  readonly isCarried: boolean;
  /** Or withheld, so that there may have to be a game. */
  readonly isServed: boolean;
};

/** A model, and an honest answer of it to be altered. */
type Subject = { stage: Stage; trace: TensorData[]; honest: Commitment; answer: Answer; replay: Replay };

const corruptions: fc.Arbitrary<Corrupted> = fc.record({
  network: fc.constantFrom(...NETWORKS),
  part: fc.oneof(
    { weight: 17, arbitrary: fc.constant(PARTS[0]) },
    ...PARTS.slice(1).map((part) => ({ weight: 1, arbitrary: fc.constant(part) })),
  ),
  tensor: fc.nat(),
  byte: fc.nat(),
  flip: fc.integer({ min: 1, max: 255 }),
  isCarried: fc.boolean(),
  isServed: fc.oneof({ weight: 9, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
});

/** Does not search for the gas of each transaction: most of the time would go there. */
class SteadyWallet extends Wallet {
  override async estimateGas(): Promise<bigint> {
    return Promise.resolve(GAS);
  }
}

describe("flows/corruptions", () => {
  const subjects = new Map<Corrupted["network"], Subject>();
  let operator: OperatorAgent;
  /** The operator's transactions are this account's: anybody may send them. */
  let anybody: Wallet;
  let challenger: Wallet;

  before(async () => {
    const lande = await openStage();
    const [account, customer] = lande.protocol.others;
    operator = await new OperatorAgent(lande, "operator", account!, await hotKey("operator")).enlist(STAKE);
    const { address } = await enter(lande, "customer", customer!);
    const court = await Courthouse.build(lande);
    const steady = async (name: string, tokens: bigint): Promise<Wallet> =>
      new SteadyWallet((await court.party(name, tokens)).privateKey, lande.provider);
    [anybody, challenger] = [await steady("anybody", 0n), await steady("challenger", PURSE)];
    const stages = {
      lande,
      small: await publishAnother(lande, "small", SMALL),
      wide: await publishAnother(lande, "wide", WIDE),
    };
    for (const network of NETWORKS) {
      const stage = stages[network];
      const { modelId, model, deployment } = stage;
      const input = network === "small" ? SMALL.input : WIDE.input;
      const request =
        network === "lande"
          ? requestOf(stage, "Jeder hat das Recht auf Leben, Freiheit und Sicherheit der Person.")
          : encodeTensor(model.spec.tensors[0]!, input);
      if (network !== "lande") await hostModel(operator.account, deployment, { modelId });
      const agent = new OperatorAgent(stage, "operator", operator.account, operator.key);
      const job = { request, requester: address, nonce: 1n, beneficiary: address, coverage: COVERAGE };
      const answer = await agent.fulfil(job);
      const trace = traceOf(stage, request);
      const replay = replayClaim(model, claimOf(stage, answer))!;
      subjects.set(network, { stage, trace, honest: commit(model, trace), answer, replay });
    }
  });

  /** What the operator commits to whose trace has one other byte. Only `wide` has places without leaves. */
  function lieOf({ network, part, ...place }: Corrupted): { subject: Subject; lie: Commitment } {
    const subject = subjects.get(part === "missing leaf" ? "wide" : network)!;
    const { model } = subject.stage;
    const { tensors } = model.spec;
    const { honest } = subject;
    const tensor = place.tensor % tensors.length;
    const { byte, flip, isCarried } = place;
    const size = tensorBytes(tensors[tensor]!);
    switch (part) {
      case "element":
        return { subject, lie: corrupt(model, subject.trace, { tensor, byte, flip, isCarried }) };
      case "padding": {
        const bytes = new Uint8Array(TENSOR_LEAF_BYTES * Math.ceil(size / TENSOR_LEAF_BYTES) - size);
        bytes[byte % bytes.length] = flip;
        return { subject, lie: fillPadding(model, honest, tensor, bytes) };
      }
      case "missing leaf": {
        const words = new Uint8Array(32 * 12); // 20 leaves in a tree of 32
        words[byte % words.length] = flip;
        const all = Array.from({ length: 12 }, (_, i) => hexlify(words.subarray(32 * i, 32 * (i + 1))));
        return { subject, lie: fillMissing(model, honest, 1, all) };
      }
      case "root": {
        const root = Buffer.from(honest.roots[tensor]!.slice(2), "hex");
        root[byte % root.length]! ^= flip;
        return { subject, lie: replaceRoot(honest, tensor, hexlify(root)) };
      }
    }
  }

  /** Publishes the lie, finds the fault, has it confirmed. @returns what was found, and how it ended. */
  async function run(corrupted: Corrupted): Promise<{ fault: Fault["kind"]; ending: string }> {
    const { subject, lie } = lieOf(corrupted);
    const { stage, answer, replay } = subject;
    const { deployment, provider, model } = stage;
    const { traceRoot, output, roots, tensors } = lie;
    const signed = await resign(stage, operator.key, answer, { traceRoot, outputHash: keccak256(output) });
    const { receipt } = signed;
    const { request } = answer;
    expect((await anchorReceipt(anybody, deployment, { signed, request, output })).locked).to.equal(LOCK);

    const claim = claimOf(stage, { receipt, request, output });
    const fault = findFault(model, claim, corrupted.isServed ? shownOf(lie) : {}, replay);
    if (fault === undefined || fault.kind === "preprocessing") throw new Error(`found ${fault?.kind}`);
    // Whoever is shown a tensor needs no game; of an altered root nobody has the tensor.
    if (corrupted.isServed && corrupted.part !== "root") expect(fault.kind).not.to.equal("withheld");
    if (fault.kind !== "withheld") {
      expect((await proveFault(challenger, deployment, { receipt, fault })).taken).to.equal(LOCK);
      return { fault: fault.kind, ending: "proven at once" };
    }
    const player = new Challenger(stage, challenger);
    const game = await player.open(receipt, claim);
    const defender = { account: anybody, recordOf: () => ({ receipt, roots, tensors }) };
    const moves = await player.play(game, defender);
    let ending = "proven in a game";
    if (moves.at(-1) !== "withdrawBond") {
      await pass(stage, MOVE_WINDOW);
      expect(await player.move(game)).to.equal("claimTimeout");
      ending = "lost by the clock of a game";
    }
    expect((await checkReceipt(provider, deployment, { receipt })).status).to.equal(AnswerStatus.Overturned);
    return { fault: fault.kind, ending };
  }

  it(`every one of ${CORRUPTIONS} altered bytes is found by the package and confirmed by the contract`, async function () {
    this.timeout(0);
    const { connection } = subjects.get("lande")!.stage;
    const snapshot = await connection.networkHelpers.takeSnapshot();
    const result = {
      seed: SEED,
      corruptions: CORRUPTIONS,
      confirmed: 0,
      networks: {} as Record<string, number>,
      parts: {} as Record<string, number>,
      faults: {} as Record<string, number>,
      endings: {} as Record<string, number>,
    };
    const count = (counts: Record<string, number>, key: string): void => {
      counts[key] = (counts[key] ?? 0) + 1;
    };
    const property = fc.asyncProperty(corruptions, async (corrupted) => {
      const { fault, ending } = await run(corrupted);
      await snapshot.restore();
      result.confirmed += 1;
      count(result.networks, corrupted.part === "missing leaf" ? "wide" : corrupted.network);
      count(result.parts, corrupted.part);
      count(result.faults, fault);
      count(result.endings, ending);
    });
    await fc.assert(property, { numRuns: CORRUPTIONS, seed: SEED });
    expect(result.confirmed).to.equal(CORRUPTIONS);
    if (CORRUPTIONS < FULL) return;
    await mkdir(new URL(".", RESULT), { recursive: true });
    await writeFile(RESULT, `${JSON.stringify(result, null, 2)}\n`);
  });
});

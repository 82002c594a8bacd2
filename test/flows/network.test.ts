import { expect } from "chai";
import { parseEther } from "ethers";

import { sentences } from "../../scripts/demo/sentences.ts";
import { addSigner } from "../../src/actions/addSigner.ts";
import { checkReceipt } from "../../src/actions/checkReceipt.ts";
import { claim } from "../../src/actions/claim.ts";
import { readAccount } from "../../src/actions/readAccount.ts";
import { setExposureCap } from "../../src/actions/setExposureCap.ts";
import { slashDishonoured } from "../../src/actions/slashDishonoured.ts";
import { unstake } from "../../src/actions/unstake.ts";
import { withdraw } from "../../src/actions/withdraw.ts";
import type { Answer } from "../../src/operator/answerer.ts";
import { AnswerStatus, bareLeaf } from "../../src/protocol/answers.ts";
import { OperatorStatus } from "../../src/protocol/operators.ts";
import { receiptId } from "../../src/protocol/receipts.ts";
import { p256Key, p256Signer } from "../../src/protocol/signers.ts";
import type { LanguageGate } from "../../typechain-types/index.ts";
import * as agents from "../setup/agents.ts";
import { refused } from "../setup/refused.ts";
import { BOND, COVERAGE, DAY, HONOUR_WINDOW, HOUR, LOCK, PENALTY, RESERVE, UNBONDING, WINDOW } from "../setup/stage.ts";
import { enter, languageOutput, now, openStage, pass, sweep, wealth, type Stage } from "../setup/stage.ts";

const { OperatorAgent, Reporter, Thief, Watcher, anchorAlone, hotKey, isTrue } = agents;

const STAKE = parseEther("5000");
const ROUNDS = 6;
/** A first jail lasts eight days, a second fifteen, a third twenty-nine. */
const ROUND = 9 * DAY;
const LIAR_ROUNDS = [0, 1, 3];
const LANGUAGES = ["eng", "fra", "deu"];
const ASKED = LANGUAGES.length;
/** Of the operator whose key is stolen: four answers. */
const CAP = 4n * LOCK;
/** Each of three promises of the operator that has 125 to lock; with its penalty it needs 250. */
const PROMISED = parseEther("100");
const POOR_STAKE = parseEther("1250");
/** Twice what is missing: 50, 100 and 100. */
const DISHONOURED = [parseEther("100"), parseEther("200"), parseEther("200")];

type Gate = { contract: LanguageGate; address: string; language: string };

describe("flows/network", () => {
  let stage: Stage;
  let gates: Gate[];
  let honest: agents.OperatorAgent[];
  let victim: agents.OperatorAgent;
  let liar: agents.LyingAgent;
  let equivocator: agents.EquivocatingAgent;
  let promiser: agents.SilentAgent;
  let hider: agents.HidingAgent;
  let late: agents.LateAgent;
  let leaver: agents.LyingAgent;
  let customer: string;
  let purse: string;
  let reporter: agents.Reporter;
  let watchers: agents.Watcher[];
  /** By the story: what was published and is true, and what is a lie and must be overturned. */
  const truths: Answer[] = [];
  const lies: Answer[] = [];
  const overturned = new Set<string>();
  const worked = new Map<string, number[]>();
  let nonce = 0n;

  const account = (index: number) => stage.protocol.others[index]!;

  before(async () => {
    stage = await openStage();
    const { protocol } = stage;
    gates = [];
    for (const language of LANGUAGES) gates.push(await openGate(language));
    const secret = Uint8Array.from({ length: 32 }, (_, i) => i + 1);
    const p256 = p256Signer(await protocol.p256Verifier.getAddress(), p256Key(secret));
    honest = [
      await new OperatorAgent(stage, "alder", account(0), await hotKey("alder")).enlist(STAKE),
      await new OperatorAgent(stage, "birch", account(1), p256).enlist(STAKE),
    ];
    victim = await new OperatorAgent(stage, "victim", account(2), await hotKey("victim")).enlist(STAKE, CAP);
    liar = await new agents.LyingAgent(stage, "liar", account(3), await hotKey("liar")).enlist(STAKE);
    const twice = new agents.EquivocatingAgent(stage, "equivocator", account(4), await hotKey("equivocator"));
    equivocator = await twice.enlist(STAKE);
    promiser = await new agents.SilentAgent(stage, "promiser", account(5), await hotKey("poor")).enlist(POOR_STAKE);
    hider = await new agents.HidingAgent(stage, "hider", account(6), await hotKey("hider")).enlist(STAKE);
    late = await new agents.LateAgent(stage, "late", account(7), await hotKey("late")).enlist(STAKE);
    leaver = await new agents.LyingAgent(stage, "leaver", account(8), await hotKey("leaver")).enlist(STAKE);
    customer = (await enter(stage, "customer", account(9))).address;
    purse = (await enter(stage, "thief", account(10))).address;
    reporter = new Reporter(stage, await enter(stage, "reporter", account(11)));
    const [first, second] = [
      await enter(stage, "watcher", account(12)),
      await enter(stage, "other watcher", account(13)),
    ];
    watchers = [new Watcher(stage, first), new Watcher(stage, second)];
  });

  async function openGate(language: string): Promise<Gate> {
    const { connection, deployment, ledger, modelId } = stage;
    const output = languageOutput(stage, language);
    const parameters = [deployment.attestations, modelId, output, COVERAGE] as const;
    const contract = await connection.ethers.deployContract("LanguageGate", [...parameters]);
    const address = await contract.getAddress();
    ledger.open(`gate ${language}`, address);
    return { contract, address, language };
  }

  /** One new question of each gate; each of all questions is about a text of its own. */
  function ask(changes: Partial<agents.Question> = {}): agents.Question[] {
    return gates.map(({ language, address }) => {
      nonce += 1n;
      const text = `${sentences(language)[Number(nonce) % 40]!} (${"x".repeat(Number(nonce) % 7)})`;
      return { text, requester: customer, nonce, beneficiary: address, ...changes };
    });
  }

  async function work(agent: agents.OperatorAgent, round: number): Promise<Answer[]> {
    if (!(await agent.isActive())) return [];
    worked.set(agent.name, [...(worked.get(agent.name) ?? []), round]);
    return agent.work(ask());
  }

  /** Two watchers, who take turns to be first. */
  async function watch(round: number): Promise<void> {
    for (const index of [round, round + 1]) {
      for (const receipt of await watchers[index % 2]!.check()) overturned.add(receiptId(stage.domain, receipt));
    }
  }

  /** Each gate tries to act on each answer, and is refused all but what is final and names its language. */
  async function act(answers: readonly Answer[]): Promise<void> {
    for (const { receipt, request, output } of answers) {
      const gate = gates.find(({ address }) => address === receipt.beneficiary);
      if (gate === undefined) continue;
      const listing = gate.contract.list(request, bareLeaf(receipt), output);
      const { status, publishedAt } = await checkReceipt(stage.provider, stage.deployment, { receipt });
      const fits = output === languageOutput(stage, gate.language);
      if (status === AnswerStatus.Final && fits) {
        await listing;
        expect(isTrue(stage, { receipt, request, output }), "a gate acts on the truth").to.equal(true);
      } else {
        const error =
          publishedAt === 0 ? "NotPublished" : status === AnswerStatus.Final ? "LanguageMismatch" : "NotFinal";
        await expect(listing).to.be.revertedWithCustomError(gate.contract, error);
      }
    }
  }

  /** Promises three answers and anchors none; the customer does, and finds that half of the first was all there is. */
  async function promiseTooMuch(): Promise<void> {
    const promises = await promiser.work(ask({ beneficiary: customer, coverage: PROMISED }));
    const locks: bigint[] = [];
    for (const promise of promises) locks.push(await anchorAlone(stage, account(9), promise));
    expect(locks).to.deep.equal([parseEther("125"), 0n, 0n]);
    await watch(0);
    await pass(stage, HONOUR_WINDOW);
    for (const [index, { receipt }] of promises.entries()) {
      const taken = await slashDishonoured(account(11), stage.deployment, { receipt });
      expect(taken).to.equal(DISHONOURED[index]);
      stage.ledger.slash(promiser.address, taken, customer, taken / 2n);
    }
  }

  /** Hands out lies and leaves at once; the customers anchor them. */
  async function leave(): Promise<Answer[]> {
    const promises = await leaver.answerAll(ask());
    await pass(stage, 60);
    await unstake(leaver.account, stage.deployment, { amount: STAKE });
    await stage.protocol.operators.connect(leaver.account).retire();
    await pass(stage, 12 * HOUR);
    for (const promise of promises) expect(await anchorAlone(stage, account(9), promise)).to.equal(LOCK);
    return promises;
  }

  /** Cashes the victim's cap with four lies for the thief itself. */
  async function steal(): Promise<Answer[]> {
    const thief = new Thief(victim, purse);
    const stolen = [...(await thief.answerAll(ask())), ...(await thief.answerAll(ask())).slice(0, 1)];
    for (const lie of stolen) expect(await anchorAlone(stage, account(10), lie)).to.equal(LOCK);
    expect(await stage.protocol.attestations.lockable(victim.address)).to.equal(0n);
    return stolen;
  }

  /** The victim finds out, reports the key, and goes on with another and a whole cap. */
  async function recover(): Promise<void> {
    const { deployment, protocol } = stage;
    await protocol.operators.connect(victim.account).reportCompromise(victim.key.signerId, await now(stage));
    await setExposureCap(victim.account, deployment, { exposureCap: CAP });
    const key = await hotKey("victim's second key");
    await addSigner(victim.account, deployment, { key });
    victim = new OperatorAgent(stage, victim.name, victim.account, key);
  }

  /** @returns all answers that customers have in hand. */
  async function playRound(round: number): Promise<Answer[]> {
    const lied = round === 1 ? await leave() : [];
    const hand: Answer[] = [];
    for (const agent of honest) hand.push(...(await work(agent, round)));
    if (round === 3) await recover();
    if (round !== 2) hand.push(...(await work(victim, round)));
    truths.push(...hand);
    lied.push(...(await work(liar, round)));
    if (round === 2) lied.push(...(await steal()));
    lies.push(...lied);
    const twice = await work(equivocator, round);
    await work(hider, round);
    const dated = await work(late, round);
    for (const answer of dated) await refused(anchorAlone(stage, account(9), answer), "ReceiptVoid");
    return [...hand, ...lied, ...twice, ...dated];
  }

  async function playAllRounds(): Promise<void> {
    for (let round = 0; round < ROUNDS; round++) {
      const start = await now(stage);
      const hand = await playRound(round);
      for (const answer of hand) await reporter.hear(answer);
      await watch(round);
      await pass(stage, WINDOW);
      await act(hand);
      if (round === 0) await promiseTooMuch();
      await stage.connection.networkHelpers.time.increaseTo(start + ROUND);
    }
  }

  /** Everybody leaves with what it has; nothing is left in the vault but the reserve's credit. */
  async function cashOut(operators: readonly agents.OperatorAgent[]): Promise<void> {
    const { deployment, ledger, protocol, provider } = stage;
    for (const { account: own, address } of operators) {
      const { active } = await readAccount(provider, deployment, { account: address });
      if (active > 0n) await unstake(own, deployment, { amount: active });
      const status = Number(await protocol.operators.status(address));
      const left = status === OperatorStatus.Tombstoned || status === OperatorStatus.Retired;
      if (!left) await protocol.operators.connect(own).retire();
    }
    await pass(stage, UNBONDING);
    for (const { account: own, address } of operators) {
      await sweep(stage, address);
      if (address !== equivocator.address) await protocol.operators.releaseBond(address);
      const staked = ledger.stakeOf(address);
      expect(await withdraw(own, deployment)).to.equal(staked);
      ledger.withdraw(address, staked);
    }
    const creditors = [customer, purse, RESERVE, ...[11, 12, 13].map((index) => account(index).address)];
    for (const creditor of [...creditors, ...gates.map(({ address }) => address)]) {
      expect(await claim(account(14), deployment, { account: creditor })).to.equal(ledger.creditOf(creditor));
      ledger.claim(creditor);
    }
    expect(await protocol.token.balanceOf(deployment.vault)).to.equal(0n);
  }

  it("over two months: the honest lose nothing, whoever was lied to is paid in full, no attacker gains", async () => {
    const { ledger, domain } = stage;
    await playAllRounds();
    await ledger.assertSettled();

    // Exactly the lies were overturned, and the gates listed exactly the truths in their language.
    expect([...overturned].sort()).to.deep.equal(lies.map(({ receipt }) => receiptId(domain, receipt)).sort());
    expect(worked.get("liar")).to.deep.equal(LIAR_ROUNDS);
    expect(worked.get("equivocator")).to.deep.equal([0]);
    expect(truths).to.have.length(ASKED * (3 * ROUNDS - 1));
    let listed = 0;
    for (const { contract, address, language } of gates) {
      for (const { receipt, output } of truths.filter((answer) => answer.receipt.beneficiary === address)) {
        const fits = output === languageOutput(stage, language);
        expect(await contract.isListed(receipt.inputHash)).to.equal(fits);
        listed += Number(fits);
      }
    }
    expect(listed).to.be.greaterThan((truths.length * 9) / 10);

    // Whoever was lied to has its full coverage.
    const lied = (beneficiary: string): bigint =>
      BigInt(lies.filter(({ receipt }) => receipt.beneficiary === beneficiary).length);
    for (const { address } of gates) expect(await wealth(stage, address)).to.equal(lied(address) * COVERAGE);
    expect(await wealth(stage, purse)).to.equal(4n * COVERAGE);
    expect(await wealth(stage, customer)).to.equal(parseEther("250"));

    // Nobody's loss is more, or less, than its fault.
    const losses = async (agent: agents.OperatorAgent, staked = STAKE): Promise<bigint> =>
      staked - (await wealth(stage, agent.address));
    for (const agent of [...honest, hider, late]) expect(await losses(agent), agent.name).to.equal(0n);
    expect(await losses(liar)).to.equal(BigInt(LIAR_ROUNDS.length * ASKED) * LOCK);
    expect(await losses(leaver)).to.equal(BigInt(ASKED) * LOCK);
    expect(await losses(equivocator)).to.equal(BOND);
    expect(await losses(promiser, POOR_STAKE)).to.equal(parseEther("500"));
    expect(await losses(victim)).to.equal(CAP);
    expect((await wealth(stage, purse)) - (await losses(victim))).to.equal(-4n * PENALTY);
    for (const watcher of watchers) expect(watcher.checked).to.equal(truths.length + lies.length + 2 * ASKED);

    await cashOut([...honest, victim, liar, equivocator, promiser, hider, late, leaver]);
    await ledger.assertSettled();
  });
});

import { expect } from "chai";
import { parseEther } from "ethers";

import { addSigner } from "../../src/actions/addSigner.ts";
import { checkReceipt } from "../../src/actions/checkReceipt.ts";
import { setExposureCap } from "../../src/actions/setExposureCap.ts";
import { slashEquivocation } from "../../src/actions/slashEquivocation.ts";
import { AnswerStatus } from "../../src/protocol/answers.ts";
import { OperatorAgent, Thief, Watcher, anchorAlone, hotKey } from "../setup/agents.ts";
import { refused } from "../setup/refused.ts";
import { BOND, COVERAGE, DAY, LOCK, PENALTY, WINDOW, enter, now, openStage, pass, wealth } from "../setup/stage.ts";
import type { Stage } from "../setup/stage.ts";
import type { Answer } from "../../src/operator/answerer.ts";

const STAKE = parseEther("20000");
/** Four answers' worth. */
const CAP = 4n * LOCK;

describe("flows/theft", () => {
  let stage: Stage;
  let victim: OperatorAgent;
  let thief: Thief;
  let purse: string;
  let before: { victim: bigint; purse: bigint };
  let nonce = 0n;

  beforeEach(async () => {
    stage = await openStage();
    const { others } = stage.protocol;
    victim = await new OperatorAgent(stage, "victim", others[0]!, await hotKey("victim")).enlist(STAKE, CAP);
    purse = (await enter(stage, "thief", others[1]!)).address;
    thief = new Thief(victim, purse);
    before = { victim: await wealth(stage, victim.address), purse: await wealth(stage, purse) };
  });

  const lie = async (coverage = COVERAGE): Promise<Answer> => {
    nonce += 1n;
    const text = "Everyone has the right to life, liberty and security of person.";
    return thief.answer({ text, requester: purse, nonce, beneficiary: purse, coverage });
  };

  /** Anchored by the thief, who has no other access than to the key. */
  const cash = (signed: Answer) => anchorAlone(stage, stage.protocol.others[1]!, signed);

  it("costs at most the exposure cap once and the bond, however often the thief lies", async () => {
    const { protocol, deployment, ledger } = stage;
    // The thief contests its own lies, and so takes the bounty as well as the coverage.
    const challenger = new Watcher(stage, protocol.others[1]!);
    for (let round = 0; round < 4; round++) {
      expect(await cash(await lie())).to.equal(LOCK);
      expect(await challenger.check()).to.have.length(1);
      await refused(cash(await lie()), "OperatorJailed");
      // The longest jail; the operator sleeps through all of this.
      await pass(stage, 57 * DAY);
    }
    expect(await protocol.operators.exposureCap(victim.address)).to.equal(0n);
    const loot = 4n * (COVERAGE + PENALTY / 2n);
    expect((await wealth(stage, purse)) - before.purse).to.equal(loot);
    expect(before.victim - (await wealth(stage, victim.address))).to.equal(CAP);

    // After the last jail there is nothing left to lock.
    expect(await cash(await lie())).to.equal(0n);
    await refused(thief.anchor([await lie()]), "ExposureCapExceeded");

    const first = await lie();
    await pass(stage, 60);
    const second = await victim.answer({ ...question(), nonce });
    expect(await slashEquivocation(protocol.others[1]!, deployment, { first, second })).to.equal(BOND);
    ledger.slash(victim.address, BOND, purse, BOND / 2n);

    expect(before.victim - (await wealth(stage, victim.address))).to.equal(CAP + BOND);
    expect((await wealth(stage, purse)) - before.purse).to.equal(loot + BOND / 2n);
    await ledger.assertSettled();
  });

  it("one batch of lies reaches no further than the cap", async () => {
    const { ledger } = stage;
    const lies = [await lie(), await lie(), await lie(), await lie(), await lie()];
    const error = await refused(thief.anchor(lies), "ExposureCapExceeded");
    expect(error).to.include({ actual: CAP + LOCK, cap: CAP });
    // Within the cap it can be anchored, and costs exactly the cap.
    const batch = await thief.anchor(lies.slice(0, 4));
    await thief.publish(batch, lies.slice(0, 4));
    const watcher = await enter(stage, "watcher", stage.protocol.others[2]!);
    expect(await new Watcher(stage, watcher).check()).to.have.length(4);
    expect(before.victim - (await wealth(stage, victim.address))).to.equal(CAP);
    await ledger.assertSettled();
  });

  it("a lie larger than the cap is locked as far as the cap goes", async () => {
    expect(await cash(await lie(10n * COVERAGE))).to.equal(CAP);
    expect(await stage.protocol.attestations.lockable(victim.address)).to.equal(0n);
  });

  it("ends for consumers when the theft is reported, and for new answers at once", async () => {
    const { protocol, deployment, ledger, provider } = stage;
    const honest = await victim.answer({ ...question(), nonce: 1_000n });
    await pass(stage, DAY / 2);
    const since = await now(stage);
    const stolen = await lie();
    const unused = await lie();
    await cash(stolen);
    await protocol.operators.connect(victim.account).reportCompromise(victim.key.signerId, since);

    const status = async (answer: Answer): Promise<AnswerStatus> =>
      (await checkReceipt(provider, deployment, { receipt: answer.receipt })).status;
    expect(await status(stolen)).to.equal(AnswerStatus.Recalled);
    await pass(stage, 60);
    await refused(cash(await lie()), "SignerNotValid");
    await refused(thief.anchor([await lie()]), "SignerNotValid");
    // Liability stands as it stood before the report: both that were signed by then can still be anchored.
    expect(await cash(unused)).to.equal(LOCK);
    expect(await status(unused)).to.equal(AnswerStatus.Recalled);
    expect(await cash(honest)).to.equal(LOCK);
    expect(await status(honest)).to.equal(AnswerStatus.Pending);

    const watcher = await enter(stage, "watcher", protocol.others[2]!);
    expect(await new Watcher(stage, watcher).check()).to.have.length(2);
    await pass(stage, WINDOW);
    expect(await status(honest)).to.equal(AnswerStatus.Final);
    expect(before.victim - (await wealth(stage, victim.address))).to.equal(2n * LOCK);
    await ledger.assertSettled();
  });

  it("leaves a cap that is whole again when the cold address says so, and not before", async () => {
    const { protocol, deployment, ledger } = stage;
    const watcher = await enter(stage, "watcher", protocol.others[2]!);
    await cash(await lie());
    await new Watcher(stage, watcher).check();
    expect(await protocol.operators.exposureCap(victim.address)).to.equal(CAP - LOCK);
    await protocol.operators.connect(victim.account).revokeSigner(victim.key.signerId);
    await pass(stage, 30 * DAY);
    expect(await protocol.operators.exposureCap(victim.address)).to.equal(CAP - LOCK);

    await setExposureCap(victim.account, deployment, { exposureCap: CAP });
    const key = await hotKey("victim's second key");
    await addSigner(victim.account, deployment, { key });
    const restored = new OperatorAgent(stage, "victim", victim.account, key);
    const questions = [2_000n, 2_001n, 2_002n, 2_003n].map((n) => ({ ...question(), nonce: n }));
    expect(await restored.work(questions)).to.have.length(4);
    expect(await protocol.attestations.lockable(victim.address)).to.equal(0n);
    await ledger.assertSettled();
  });

  const question = () => ({
    text: "Everyone has the right to life, liberty and security of person.",
    requester: purse,
    beneficiary: purse,
  });
});

import { expect } from "chai";
import { Wallet, ZeroAddress, parseEther } from "ethers";
import { network } from "hardhat";

import { addSigner } from "../../../src/actions/addSigner.ts";
import { anchorBatch } from "../../../src/actions/anchorBatch.ts";
import { anchorReceipt } from "../../../src/actions/anchorReceipt.ts";
import { checkReceipt } from "../../../src/actions/checkReceipt.ts";
import { enroll } from "../../../src/actions/enroll.ts";
import { hostModel } from "../../../src/actions/hostModel.ts";
import { readAccount } from "../../../src/actions/readAccount.ts";
import { readHistory } from "../../../src/actions/readHistory.ts";
import { readOperator } from "../../../src/actions/readOperator.ts";
import { releaseBond } from "../../../src/actions/releaseBond.ts";
import { reportCompromise } from "../../../src/actions/reportCompromise.ts";
import { restoreBond } from "../../../src/actions/restoreBond.ts";
import { retireOperator } from "../../../src/actions/retireOperator.ts";
import { revokeSigner } from "../../../src/actions/revokeSigner.ts";
import { setMetadata } from "../../../src/actions/setMetadata.ts";
import { slashDishonoured } from "../../../src/actions/slashDishonoured.ts";
import { stake } from "../../../src/actions/stake.ts";
import { sweep } from "../../../src/actions/sweep.ts";
import { unenroll } from "../../../src/actions/unenroll.ts";
import { unhostModel } from "../../../src/actions/unhostModel.ts";
import { unstake } from "../../../src/actions/unstake.ts";
import { withdraw } from "../../../src/actions/withdraw.ts";
import { AnswerStatus } from "../../../src/protocol/answers.ts";
import { ContractError } from "../../../src/protocol/errors.ts";
import { OPEN_ENDED, OperatorStatus } from "../../../src/protocol/operators.ts";
import { eoaSigner } from "../../../src/protocol/signers.ts";
import { BOND, DAY, HOUR, LOCK, OUTPUT, REQUEST, STAKE, WINDOW, operate } from "../../setup/operation.ts";
import { refusalOf } from "../../setup/refusal.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { provider } = ethers;
const shown = { request: REQUEST, output: OUTPUT };
const UNTOUCHED = { count: 0, streak: 0, jailedAt: 0, taken: 0n };

describe("actions: operators", () => {
  it("retires, frees what has run out and the bond, and takes every token home", async () => {
    const o = await networkHelpers.loadFixture(operate);
    const { deployment, operator, stranger } = o;
    const { token, vault } = o.protocol;
    const of = { operator: operator.address };
    const account = { account: operator.address };
    await anchorBatch(operator, deployment, { batch: o.batch([await o.receipt(0), await o.receipt(1)]) });

    const bondFreeAt = await retireOperator(operator, deployment);

    expect(bondFreeAt).to.equal((await o.now()) + 21 * DAY);
    const { status, retiredAt, bond } = await readOperator(provider, deployment, of);
    expect({ status, retiredAt, bond }).to.deep.equal({
      status: OperatorStatus.Retired,
      retiredAt: await o.now(),
      bond: BOND,
    });
    const twice = await refusalOf(retireOperator(operator, deployment), ContractError);
    expect(twice.code).to.equal("OperatorInStatus");
    const late = o.batch([await o.receipt(2)]);
    const refused = await refusalOf(anchorBatch(operator, deployment, { batch: late }), ContractError);
    expect(refused.code).to.equal("OperatorInStatus");

    expect(await sweep(stranger, deployment, of)).to.equal(0n);
    await networkHelpers.time.increase(WINDOW + HOUR);
    expect((await readAccount(provider, deployment, account)).locked).to.equal(BOND + 2n * LOCK);
    expect(await sweep(stranger, deployment, of)).to.equal(2n * LOCK);
    expect((await readAccount(provider, deployment, account)).locked).to.equal(BOND);

    const early = await refusalOf(releaseBond(stranger, deployment, of), ContractError);
    expect(early.code).to.equal("BondNotFree");
    await networkHelpers.time.increaseTo(bondFreeAt);
    expect(await releaseBond(stranger, deployment, of)).to.equal(BOND);
    const maturesAt = await unstake(operator, deployment, { amount: STAKE });
    await networkHelpers.time.increaseTo(maturesAt);
    expect(await withdraw(operator, deployment)).to.equal(STAKE);
    expect(await token.balanceOf(operator)).to.equal(STAKE);
    expect(await token.balanceOf(vault)).to.equal(0n);
  });

  it("restores what was seized of its bond and leaves jail a day later; its history stays", async () => {
    const o = await networkHelpers.loadFixture(operate);
    const { deployment, operator, stranger } = o;
    const of = { operator: operator.address };
    const whole = await refusalOf(restoreBond(operator, deployment), ContractError);
    expect(whole.code).to.equal("BondWhole");
    expect(await readHistory(provider, deployment, of)).to.deep.equal({
      FalseAnswer: UNTOUCHED,
      Unresponsive: UNTOUCHED,
      Equivocation: UNTOUCHED,
      Dishonoured: UNTOUCHED,
    });
    const signed = await o.sign(await o.receipt(0, { coverage: parseEther("2000") }));
    await anchorReceipt(stranger, deployment, { signed, ...shown });
    await networkHelpers.time.increase(13 * HOUR);
    const taken = await slashDishonoured(stranger, deployment, signed);
    const jailedAt = await o.now();
    expect(taken).to.equal(parseEther("500"));
    expect(await readHistory(provider, deployment, of)).to.deep.equal({
      FalseAnswer: UNTOUCHED,
      Unresponsive: UNTOUCHED,
      Equivocation: UNTOUCHED,
      Dishonoured: { count: 1, streak: 0, jailedAt: 0, taken },
    });
    expect((await readOperator(provider, deployment, of)).jailedUntil).to.equal(OPEN_ENDED);
    await networkHelpers.time.increase(WINDOW + 14 * DAY);
    await sweep(stranger, deployment, of);

    expect(await restoreBond(operator, deployment)).to.equal(taken);

    const restoredAt = await o.now();
    const after = await readOperator(provider, deployment, of);
    const { status, bond, jailedFrom, jailedUntil } = after;
    expect({ status, bond, jailedFrom, jailedUntil }).to.deep.equal({
      status: OperatorStatus.Jailed,
      bond: BOND,
      jailedFrom: jailedAt,
      jailedUntil: restoredAt + DAY,
    });
    const { active, locked } = await readAccount(provider, deployment, { account: operator.address });
    expect({ active, locked }).to.deep.equal({ active: STAKE - taken, locked: BOND });
    await networkHelpers.time.increaseTo(jailedUntil);
    expect((await readOperator(provider, deployment, of)).status).to.equal(OperatorStatus.Active);
  });

  it("revokes a key: what it signed stays good; reports one: what it signed is recalled", async () => {
    const o = await networkHelpers.loadFixture(operate);
    const { deployment, operator, stranger, key } = o;
    const second = await eoaSigner(Wallet.createRandom());
    await addSigner(operator, deployment, { key: second });
    const stolenAt = await o.now();
    const signed = await o.sign(await o.receipt(0));
    await anchorReceipt(stranger, deployment, { signed, ...shown });
    const statusOf = async () => (await checkReceipt(provider, deployment, signed)).status;

    const validUntil = await revokeSigner(operator, deployment, { signerId: key.signerId });

    expect(validUntil).to.equal(await o.now());
    expect((await o.protocol.operators.getFunction("signer")(key.signerId)).validUntil).to.equal(validUntil);
    const twice = await refusalOf(revokeSigner(operator, deployment, { signerId: key.signerId }), ContractError);
    expect(twice.code).to.equal("SignerRevoked");
    const foreign = await refusalOf(revokeSigner(stranger, deployment, { signerId: second.signerId }), ContractError);
    expect(foreign.code).to.equal("SignerOfOther");
    expect(await statusOf()).to.equal(AnswerStatus.Pending);

    await reportCompromise(operator, deployment, { signerId: key.signerId, since: stolenAt });

    expect(await statusOf()).to.equal(AnswerStatus.Recalled);
    const report = await o.protocol.operators.getFunction("signer")(key.signerId);
    expect([report.compromisedSince, report.reportedAt]).to.deep.equal([BigInt(stolenAt), BigInt(await o.now())]);
    const future = { signerId: second.signerId, since: (await o.now()) + DAY };
    const refused = await refusalOf(reportCompromise(operator, deployment, future), ContractError);
    expect(refused.code).to.equal("TimeOutOfRange");
    expect((await o.protocol.operators.getFunction("signer")(second.signerId)).validUntil).to.equal(OPEN_ENDED);
  });

  it("describes itself elsewhere, hosts a model no more, and again", async () => {
    const o = await networkHelpers.loadFixture(operate);
    const { deployment, operator, stranger, modelId } = o;
    const { operators } = o.protocol;
    const metadataURI = "https://elsewhere.example";
    await setMetadata(operator, deployment, { metadataURI });
    const [event] = await operators.queryFilter(operators.filters.MetadataSet(operator), -1);
    expect(event!.args.metadataURI).to.equal(metadataURI);
    const unknown = await refusalOf(setMetadata(stranger, deployment, { metadataURI }), ContractError);
    expect(unknown.code).to.equal("OperatorInStatus");

    await unhostModel(operator, deployment, { modelId });
    expect(await operators.hosts(operator, modelId)).to.equal(false);
    const twice = await refusalOf(unhostModel(operator, deployment, { modelId }), ContractError);
    expect(twice.code).to.equal("HostedAlready");
    await hostModel(operator, deployment, { modelId });
    expect(await operators.hosts(operator, modelId)).to.equal(true);
  });

  it("takes the votes from a juror's stake, which stays where it is", async () => {
    const { deployment, protocol, stranger } = await networkHelpers.loadFixture(operate);
    const amount = parseEther("2000");
    await protocol.token.transfer(stranger.address, amount);
    await stake(stranger, deployment, { amount });
    await enroll(stranger, deployment);
    expect(await protocol.vault.getVotes(stranger)).to.equal(amount);

    await unenroll(stranger, deployment);

    expect(await protocol.vault.getVotes(stranger)).to.equal(0n);
    const { active, enrolled } = await readAccount(provider, deployment, { account: stranger.address });
    expect({ active, enrolled }).to.deep.equal({ active: amount, enrolled: false });
    const twice = await refusalOf(unenroll(stranger, deployment), ContractError);
    expect(twice.code).to.equal("EnrolledAlready");
  });

  it("knows nobody's history", async () => {
    const { deployment } = await networkHelpers.loadFixture(operate);
    const { FalseAnswer } = await readHistory(provider, deployment, { operator: ZeroAddress });
    expect(FalseAnswer).to.deep.equal(UNTOUCHED);
  });
});

import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { parseEther } from "ethers";
import type { NetworkConnection } from "hardhat/types/network";

import { anchorReceipt } from "../../src/actions/anchorReceipt.ts";
import { enroll } from "../../src/actions/enroll.ts";
import { fixSeed } from "../../src/actions/fixSeed.ts";
import { hostModel } from "../../src/actions/hostModel.ts";
import { nameSeed } from "../../src/actions/nameSeed.ts";
import { openCase } from "../../src/actions/openCase.ts";
import { publishModel } from "../../src/actions/publishModel.ts";
import { readCase } from "../../src/actions/readCase.ts";
import { stake } from "../../src/actions/stake.ts";
import { bareLeaf } from "../../src/protocol/answers.ts";
import type { ModelId, ReceiptId } from "../../src/protocol/ids.ts";
import { Ground } from "../../src/protocol/models.ts";
import type { Receipt } from "../../src/protocol/receipts.ts";
import { DAY, MANIFEST, OUTPUT, POLICY, REQUEST, SPEC, operate, type Operation } from "./operation.ts";

/** Tokens of who opens cases and funds appeals. */
export const PURSE = parseEther("1000");
/** Of a case under config 1 on an answer with the least coverage: the fee of the second round. */
export const CASE_BOND = parseEther("9.3");
export const FIRST_FEE = parseEther("2.1");
export const SECOND_FEE = parseEther("9.3");
export const SEAT_RISK = parseEther("3");
/** All votes; alice has half, bob three tenths, carol two tenths. */
export const VOTES = parseEther("200000");

/** An operation with a model that token holders judge under config 1, and three jurors who each draw a seat every time. */
export type Courtroom = Operation & {
  judgedId: ModelId;
  alice: HardhatEthersSigner;
  bob: HardhatEthersSigner;
  carol: HardhatEthersSigner;
  opener: HardhatEthersSigner;
  appellant: HardhatEthersSigner;
  rival: HardhatEthersSigner;
  /** An answer that is published and a case on it. */
  open: (job: number) => Promise<{ receipt: Receipt; caseId: ReceiptId }>;
  /** Goes to the end of the current phase. */
  passPhase: (caseId: ReceiptId) => Promise<void>;
  /** Asks for the current panel's seed and fixes it. */
  seed: (caseId: ReceiptId) => Promise<string>;
};

/** For `networkHelpers.loadFixture(convene)`. */
export async function convene(connection: NetworkConnection): Promise<Courtroom> {
  const { networkHelpers, ethers } = connection;
  const operation = await operate(connection);
  const { deployment, protocol, publisher, operator, stranger, receipt, sign } = operation;
  const { token, others } = protocol;
  const [alice, bob, carol, opener, appellant, rival] = others.slice(5) as [never, never, never, never, never, never];
  const jurors: [HardhatEthersSigner, bigint][] = [
    [alice, VOTES / 2n],
    [bob, (VOTES * 3n) / 10n],
    [carol, VOTES / 5n],
  ];
  for (const [juror, amount] of jurors) {
    await token.transfer(juror, amount);
    await stake(juror, deployment, { amount });
    await enroll(juror, deployment);
  }
  for (const party of [opener, appellant, rival]) await token.transfer(party, PURSE);
  const manifest = { ...MANIFEST, name: "judged" };
  const policy = { ...POLICY, grounds: Ground.Replay | Ground.Judgement, courtConfig: 1 };
  const judgedId = await publishModel(publisher, deployment, { manifest, policy, spec: SPEC });
  await hostModel(operator, deployment, { modelId: judgedId });
  await networkHelpers.time.increase(7 * DAY + 1);

  const open = async (job: number): Promise<{ receipt: Receipt; caseId: ReceiptId }> => {
    const answered = await receipt(job, { modelId: judgedId });
    await anchorReceipt(stranger, deployment, { signed: await sign(answered), request: REQUEST, output: OUTPUT });
    const { caseId } = await openCase(opener, deployment, { leaf: bareLeaf(answered), evidenceURI: "ipfs://why" });
    return { receipt: answered, caseId };
  };
  const passPhase = async (caseId: ReceiptId): Promise<void> => {
    await networkHelpers.time.increaseTo((await readCase(ethers.provider, deployment, { caseId })).deadline);
  };
  const seed = async (caseId: ReceiptId): Promise<string> => {
    await nameSeed(stranger, deployment, { caseId });
    await networkHelpers.mine(2);
    return fixSeed(stranger, deployment, { caseId });
  };
  return { ...operation, judgedId, alice, bob, carol, opener, appellant, rival, open, passPhase, seed };
}

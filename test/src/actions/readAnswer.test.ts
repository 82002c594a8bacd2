import { expect } from "chai";
import { hexlify, id } from "ethers";
import { network } from "hardhat";

import { anchorBatch } from "../../../src/actions/anchorBatch.ts";
import { anchorReceipt } from "../../../src/actions/anchorReceipt.ts";
import { openGame } from "../../../src/actions/openGame.ts";
import { publishAnswer } from "../../../src/actions/publishAnswer.ts";
import { readAnswer } from "../../../src/actions/readAnswer.ts";
import { readCase } from "../../../src/actions/readCase.ts";
import { AnswerStatus, LockState, Method, bareLeaf } from "../../../src/protocol/answers.ts";
import { batchId } from "../../../src/protocol/batches.ts";
import { GamePhase } from "../../../src/protocol/games.ts";
import type { ReceiptId } from "../../../src/protocol/ids.ts";
import { receiptId } from "../../../src/protocol/receipts.ts";
import { convene } from "../../setup/courtroom.ts";
import { COVERAGE, LOCK, OUTPUT, REQUEST, WINDOW, operate } from "../../setup/operation.ts";

const connection = await network.create();
const { ethers, networkHelpers } = connection;
const { provider } = ethers;
const shown = { request: REQUEST, output: OUTPUT };
const inHex = { request: hexlify(REQUEST), output: hexlify(OUTPUT) };

describe("actions: readAnswer", () => {
  it("finds an answer of a batch by its id alone, among others of other blocks", async () => {
    const o = await networkHelpers.loadFixture(operate);
    const { deployment, operator, stranger } = o;
    const receipts = await Promise.all([0, 1, 2].map((job) => o.receipt(job)));
    const batch = o.batch(receipts);
    const ids = receipts.map((receipt) => receiptId(o.domain, receipt));
    await anchorBatch(operator, deployment, { batch });
    const anchoredAt = await o.now();
    expect(await readAnswer(provider, deployment, { receiptId: ids[1]! })).to.equal(undefined);
    for (const index of [0, 1, 2]) {
      await publishAnswer(stranger, deployment, { leaf: o.leaf(receipts, index), ...shown });
      if (index < 2) await networkHelpers.time.increase(60);
    }
    await networkHelpers.mine(600, { interval: 2 });

    const answer = (await readAnswer(provider, deployment, { receiptId: ids[1]! }))!;

    const { published, confidence, ...rest } = answer;
    expect(rest).to.deep.equal({
      ...{ receiptId: ids[1], receipt: receipts[1], ...inHex },
      batch: { batchId: batchId(o.domain, batch), batch, anchoredAt, lockEnd: anchoredAt + WINDOW },
      ...{ locked: LOCK, lockState: LockState.InBucket, openCases: 0, courtCase: undefined, games: [] },
    });
    const block = (await provider.getBlock(published.blockNumber))!;
    expect(block.transactions).to.deep.equal([published.transactionHash]);
    expect(confidence).to.deep.equal({
      status: AnswerStatus.Pending,
      methods: Method.Seen,
      ...{ backed: COVERAGE, payableNow: COVERAGE },
      ...{ publishedAt: block.timestamp, finalAt: block.timestamp + WINDOW },
    });
  });

  it("knows the games on an answer that was anchored by itself, which its receipt opens", async () => {
    const o = await networkHelpers.loadFixture(operate);
    const { deployment, stranger } = o;
    await o.protocol.token.transfer(stranger.address, 10n ** 20n);
    const signed = await o.sign(await o.receipt(0));
    await anchorReceipt(stranger, deployment, { signed, ...shown });
    const id = receiptId(o.domain, signed.receipt);
    const { receipt } = (await readAnswer(provider, deployment, { receiptId: id }))!;
    const first = await openGame(stranger, deployment, { leaf: bareLeaf(receipt) });
    const second = await openGame(stranger, deployment, { leaf: bareLeaf(receipt) });

    const answer = (await readAnswer(provider, deployment, { receiptId: id }))!;

    expect(answer.batch).to.equal(undefined);
    expect(answer.confidence.status).to.equal(AnswerStatus.Contested);
    expect([answer.lockState, answer.openCases, answer.locked]).to.deep.equal([LockState.Held, 2, LOCK]);
    expect(answer.games.map(({ gameId, challenger, phase }) => ({ gameId, challenger, phase }))).to.deep.equal(
      [first, second].map(({ gameId }) => ({ gameId, challenger: stranger.address, phase: GamePhase.Roots })),
    );
  });

  it("knows the case on an answer", async () => {
    const court = await networkHelpers.loadFixture(convene);
    const { caseId } = await court.open(0);
    const { courtCase } = (await readAnswer(provider, court.deployment, { receiptId: caseId }))!;
    expect(courtCase).to.deep.equal(await readCase(provider, court.deployment, { caseId }));
    expect(courtCase!.opener).to.equal(court.opener.address);
    const receiptIdOfNone = id("nothing") as ReceiptId;
    expect(await readAnswer(provider, court.deployment, { receiptId: receiptIdOfNone })).to.equal(undefined);
  });
});

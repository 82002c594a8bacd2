import { expect } from "chai";
import { ZeroHash } from "ethers";

import { answerState } from "../../../src/operator/answerState.ts";
import type { Details } from "../../../src/operator/chainEvents.ts";
import { LockState } from "../../../src/protocol/answers.ts";
import { factsOf } from "../../setup/facts.ts";

describe("src/operator/answerState", () => {
  const published: [string, Details] = ["AnswerPublished", { batchId: ZeroHash, locked: "4", finalAt: 500 }];

  it("adds up what was locked, filled, merged", () => {
    const state = answerState(factsOf(published, ["LockFilled", { added: "3" }]), 20n)!;
    expect([state.locked, state.missing, state.missingAtFirst, state.isAlone]).to.deep.equal([7n, 13n, 16n, true]);
    const merged = answerState(factsOf(published, ["ReceiptMerged", { filled: "16", freed: "4" }]), 20n)!;
    expect([merged.locked, merged.missing, merged.isMerged]).to.deep.equal([20n, 0n, true]);
  });

  it("is held as long as a case or game is open, and is final later after that", () => {
    const held: [string, Details] = ["AnswerHeld", { openCases: 2 }];
    const first: [string, Details] = ["AnswerReleased", { openCases: 1, finalAt: 500 }];
    const last: [string, Details] = ["AnswerReleased", { openCases: 0, finalAt: 700 }];
    const stateOf = (...more: [string, Details][]) => answerState(factsOf(published, ...more), 20n)!;
    expect(stateOf(held).state).to.equal(LockState.Held);
    expect(stateOf(held, first).state).to.equal(LockState.Held);
    const released = stateOf(held, first, last);
    expect([released.state, released.openCases, released.finalAt]).to.deep.equal([LockState.InBucket, 0, 700]);
    expect(stateOf(held, ["AnswerSeized", { taken: "4" }]).state).to.equal(LockState.Seized);
    expect(stateOf(["AnswerDishonoured", { missingCoverage: "8" }]).isDishonoured).to.equal(true);
  });

  it("is nothing before it is published", () => {
    expect(answerState(factsOf(["TensorRootsPublished", {}]), 20n)).to.equal(undefined);
  });
});

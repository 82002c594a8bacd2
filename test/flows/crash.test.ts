import { expect } from "chai";

import { runChallengerKills } from "../../bench/node/challengerKills.ts";
import { faultsOf } from "../../bench/node/faultsOf.ts";
import { runKills } from "../../bench/node/sigkill.ts";

/** A few minutes on a busy machine; the full run has ten times as many and is in bench/node/report.json. */
const KILLS = Number(process.env.CREDENCE_KILLS ?? 20);

describe("An operator's program that is killed at any moment", function () {
  this.timeout(20 * 60_000);

  it(`signs no job twice, loses no receipt and pays nothing twice, in ${KILLS} SIGKILLs under load`, async function () {
    const seed = Number(process.env.CREDENCE_SEED ?? Date.now() % 2 ** 32);
    const report = await runKills({ kills: KILLS, seed, chain: "anvil", faults: 0.02, progress: () => undefined });
    const shown = JSON.stringify(report);
    expect(faultsOf(report), shown).to.deep.equal([]);
    expect(report.kills).to.equal(KILLS);
    expect(report.receipts, shown).to.be.greaterThan(KILLS); // the load was there
    expect(report.repeated, shown).to.be.greaterThan(0);
    expect(report.askedAgain, shown).to.equal(Math.min(3_000, report.receipts));
    expect(report.anchored, shown).to.equal(report.receipts);
    expect(report.batches, shown).to.be.greaterThan(1);
  });
});

describe("A challenger's program that is killed in the middle of its games", function () {
  this.timeout(10 * 60_000);

  it("puts down one bond for each wrong answer, and is paid for each", async function () {
    const seed = Number(process.env.CREDENCE_SEED ?? Date.now() % 2 ** 32);
    const progress = (): void => undefined;
    const report = await runChallengerKills({ kills: 5, seed, chain: "anvil", answers: 5, progress });
    const expected = {
      kills: 5,
      seed,
      answers: 5,
      games: 5,
      doubleBonds: 0,
      unwritten: 0,
      overturned: 5,
      gained: "25",
    };
    expect(report).to.deep.equal(expected);
  });
});

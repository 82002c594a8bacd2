import { expect } from "chai";
import fc from "fast-check";

import { coverageDown, lockUp, penaltyUp } from "../../../src/protocol/lockMath.ts";
import { amount } from "../../setup/arbitraries.ts";

const penaltyBps = fc.integer({ min: 5_000, max: 30_000 });

describe("lock math", () => {
  it("rounds the penalty up", () => {
    expect(penaltyUp(0n, 5_000)).to.equal(0n);
    expect(penaltyUp(1n, 5_000)).to.equal(1n);
    expect(penaltyUp(2n, 5_000)).to.equal(1n);
    expect(penaltyUp(3n, 5_000)).to.equal(2n);
    expect(penaltyUp(100n, 30_000)).to.equal(300n);
  });

  it("rounds the coverage part of a lock down", () => {
    expect(coverageDown(2n, 5_000)).to.equal(1n);
    expect(coverageDown(299n, 20_000)).to.equal(99n);
  });

  it("recovers the coverage from a full lock", () => {
    fc.assert(
      fc.property(amount, penaltyBps, (coverage, bps) => {
        expect(coverageDown(lockUp(coverage, bps), bps)).to.equal(coverage);
      }),
      { numRuns: 2_000 },
    );
  });

  it("keeps a short lock in the full proportion, to a unit, and never favours the coverage", () => {
    fc.assert(
      fc.property(amount, penaltyBps, (lock, bps) => {
        const coverage = coverageDown(lock, bps);
        expect(lockUp(coverage, bps) <= lock, "affordable").to.equal(true);
        expect(lockUp(coverage + 1n, bps) > lock, "largest").to.equal(true);
      }),
      { numRuns: 2_000 },
    );
  });
});

import { expect } from "chai";
import { ZeroAddress, ZeroHash, id } from "ethers";
import fc from "fast-check";
import { network } from "hardhat";

import { VOTE_PARTS, fullVoteWeight, seats, type SeatsParameters } from "../../../src/protocol/sortition.ts";
import { address, bytes } from "../../setup/arbitraries.ts";

const { ethers } = await network.create();

const CALLS = 40;
const DRAWS = 250;
const MAX_TOTAL = 2n ** 128n - 1n;

/** Votes are at most the total, as in the vault; small totals make remainders and ties frequent. */
const draw: fc.Arbitrary<SeatsParameters> = fc
  .oneof(fc.bigInt({ min: 1n, max: 1_000n }), fc.bigInt({ min: 1n, max: MAX_TOTAL }))
  .chain((total) =>
    fc.record({
      seed: bytes(32),
      caseId: bytes(32),
      round: fc.integer({ min: 0, max: 2 }),
      voter: address,
      votes: fc.oneof(fc.bigInt({ min: 0n, max: total }), fc.constantFrom(0n, 1n, total - 1n, total)),
      total: fc.constant(total),
      expected: fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.constantFrom(1, 1_000, 65_535)),
    }),
  );

describe("protocol/sortition", function () {
  it(`weighs ${String(CALLS * DRAWS)} random draws as the contract does`, async function () {
    const contract = await ethers.deployContract("ExposedSortition");
    let seated = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(draw, { minLength: DRAWS, maxLength: DRAWS, size: "max" }), async (draws) => {
        const [onChain, parts] = await contract.getFunction("weigh").staticCall(draws);
        expect(draws.map((one) => BigInt(seats(one)))).to.deep.equal([...onChain]);
        expect(draws.map(({ votes, total }) => BigInt(fullVoteWeight(votes, total)))).to.deep.equal([...parts]);
        seated += draws.filter((one) => seats(one) > 0).length;
      }),
      { numRuns: CALLS },
    );
    expect(seated, "some have seats").to.be.greaterThan(DRAWS);
    expect(seated, "some have none").to.be.lessThan(CALLS * DRAWS);
  });

  it("gives nobody's votes no seat, and the whole total every seat", function () {
    const all = { seed: id("seed"), caseId: id("case"), round: 1, voter: ZeroAddress, total: 7n, expected: 15 };
    expect(seats({ ...all, votes: 0n })).to.equal(0);
    expect(seats({ ...all, votes: 7n })).to.equal(15);
    expect(fullVoteWeight(0n, 7n)).to.equal(0);
    expect(fullVoteWeight(7n, 7n)).to.equal(Number(VOTE_PARTS));
    expect(fullVoteWeight(1n, VOTE_PARTS + 1n)).to.equal(0);
  });

  it("draws anew for every seed, case, round and voter, with the mean that the votes buy", function () {
    const base = {
      seed: ZeroHash,
      caseId: id("case"),
      round: 0,
      voter: ZeroAddress,
      votes: 1n,
      total: 10n,
      expected: 5,
    };
    const changes: ((i: number) => Partial<SeatsParameters>)[] = [
      (i) => ({ seed: id(`seed ${i}`) }),
      (i) => ({ caseId: id(`case ${i}`) }),
      (i) => ({ round: i }),
      (i) => ({ voter: id(`voter ${i}`).slice(0, 42) }),
    ];
    for (const change of changes) {
      const drawn = Array.from({ length: 2_000 }, (_, i) => seats({ ...base, ...change(i) }));
      const sum = drawn.reduce((total, one) => total + one, 0);
      expect(sum).to.be.within(900, 1_100); // mean 1,000, standard deviation 22
      expect(new Set(drawn)).to.deep.equal(new Set([0, 1]));
    }
  });
});

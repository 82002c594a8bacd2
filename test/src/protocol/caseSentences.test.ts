import { expect } from "chai";
import { ZeroHash, id } from "ethers";

import {
  describeBallot,
  describeCase,
  describeWeight,
  type DescribableCase,
} from "../../../src/protocol/caseSentences.ts";
import { Choice, Phase, type Ballot, type RoundTally } from "../../../src/protocol/court.ts";
import { CaseState, Ruling } from "../../../src/protocol/rulings.ts";

const CREDENCE = { decimals: 18, symbol: "CRED" };
const SOME_TIME = 1_800_000_000;
const TIME = "2027-01-15T08:00:00Z";
const TALLY: RoundTally = {
  seed: ZeroHash,
  ticket: 0,
  startedAt: 0,
  seededAt: 0,
  committed: 0,
  atFault: 0,
  notAtFault: 0,
  cannotDecide: 0,
};
const terms = (seats: number): DescribableCase["terms"]["rounds"][0] => ({
  seats,
  seeding: 1,
  commit: 1,
  reveal: 1,
  appeal: 1,
  fee: 1n,
  seatRiskFees: 10,
  voteRiskBps: 0,
});
const CASE: DescribableCase = {
  phase: Phase.Evidence,
  deadline: SOME_TIME,
  round: 0,
  terms: { evidence: 1, rounds: [terms(15), terms(61), terms(0)] },
  rounds: [TALLY],
  ruling: undefined,
  state: CaseState.Open,
};
const BALLOT: Ballot = {
  weight: 2,
  risk: 60n * 10n ** 18n,
  signedAt: SOME_TIME,
  choice: Choice.None,
  commitHash: id("hash"),
};

const of = (changes: Partial<DescribableCase>): DescribableCase => ({ ...CASE, ...changes });

describe("protocol/caseSentences", function () {
  const cases: [string, Partial<DescribableCase>, string][] = [
    ["none", { phase: Phase.None, deadline: 0 }, "There is no such case."],
    ["evidence", {}, `Anybody may submit evidence until ${TIME}; what comes later is marked as late.`],
    [
      "seeding, not asked",
      { phase: Phase.Seeding },
      `The panel of round 1 of 3 has no seed: anybody may ask for one, and somebody must before ${TIME}, or nobody has a seat.`,
    ],
    [
      "seeding, asked",
      { phase: Phase.Seeding, rounds: [{ ...TALLY, ticket: 7 }] },
      `The panel of round 1 of 3 has asked for its seed: anybody may fix it a block later, and somebody must before ${TIME}, or nobody has a seat.`,
    ],
    [
      "commit, panel",
      { phase: Phase.Commit, round: 1, rounds: [TALLY, { ...TALLY, seededAt: 1 }] },
      `Whoever drew one of about 61 seats in round 2 of 3 may vote until ${TIME}.`,
    ],
    [
      "commit, no seed",
      { phase: Phase.Commit },
      `Nobody has a seat in round 1 of 3, because no seed was fixed in time; its time to vote runs until ${TIME}.`,
    ],
    [
      "commit, all",
      { phase: Phase.Commit, round: 2, rounds: [TALLY, TALLY, TALLY] },
      `Everybody who was enrolled may vote in round 3 of 3 until ${TIME}.`,
    ],
    [
      "reveal",
      { phase: Phase.Reveal },
      `The ballots of round 1 of 3 must be opened before ${TIME}; one that is not loses all it has locked.`,
    ],
    [
      "appeal",
      { phase: Phase.Appeal, ruling: Ruling.Overturned },
      `The ruling is that the operator is at fault, and becomes final at ${TIME} unless somebody funds an appeal for another one.`,
    ],
    [
      "final",
      { phase: Phase.Final, deadline: 0, ruling: Ruling.Undecided },
      "It is decided that nobody could say: anybody may settle the case, and jurors claim.",
    ],
    [
      "settled",
      { phase: Phase.Final, deadline: 0, ruling: Ruling.Upheld, state: CaseState.Settled },
      "It is decided that the operator is not at fault, and the money is divided: jurors claim, contributors withdraw.",
    ],
    [
      "ended",
      { phase: Phase.Ended, deadline: 0, state: CaseState.Settled },
      "A proof overturned the answer before the court had decided: jurors claim, contributors withdraw.",
    ],
  ];
  for (const [name, changes, sentence] of cases) {
    it(`says of a case: ${name}`, function () {
      expect(describeCase(of(changes))).to.equal(sentence);
    });
  }

  const revealed = { commitHash: ZeroHash, choice: Choice.AtFault };
  const ballots: [string, Partial<DescribableCase>, Partial<Ballot>, string][] = [
    ["none", { phase: Phase.Commit }, { weight: 0 }, "There is no ballot, or it was settled."],
    [
      "cast",
      { phase: Phase.Commit },
      {},
      `The ballot of 2 seats is cast and can be replaced until ${TIME}; then it must be opened.`,
    ],
    [
      "to be opened",
      { phase: Phase.Reveal },
      { weight: 1 },
      `The ballot of 1 seat must be opened before ${TIME}, or the 60 CRED it has locked are lost.`,
    ],
    [
      "silent",
      { phase: Phase.Appeal, ruling: Ruling.Upheld },
      {},
      "The ballot of 2 seats was not opened in time: the 60 CRED it has locked are lost.",
    ],
    [
      "silent in an earlier round",
      { phase: Phase.Commit, round: 1, rounds: [TALLY, TALLY] },
      {},
      "The ballot of 2 seats was not opened in time: the 60 CRED it has locked are lost.",
    ],
    [
      "opened, not final",
      { phase: Phase.Appeal, ruling: Ruling.Upheld },
      revealed,
      "The ballot of 2 seats says that the operator is at fault; what it earns or loses shows when the case is final.",
    ],
    [
      "coherent",
      { phase: Phase.Final, ruling: Ruling.Overturned },
      revealed,
      "The ballot of 2 seats says that the operator is at fault, as the ruling does: claim its 60 CRED and its share of the fee.",
    ],
    [
      "incoherent",
      { phase: Phase.Final, ruling: Ruling.Upheld },
      revealed,
      "The ballot of 2 seats says that the operator is at fault, which is not the ruling: half of the 60 CRED it has locked are lost.",
    ],
    [
      "cannot decide, where a ruling came",
      { phase: Phase.Final, ruling: Ruling.Upheld },
      { ...revealed, choice: Choice.CannotDecide },
      "The ballot of 2 seats says that this cannot be decided, which is not the ruling: half of the 60 CRED it has locked are lost.",
    ],
    [
      "nobody could say",
      { phase: Phase.Final, ruling: Ruling.Undecided },
      revealed,
      "The ballot of 2 seats says that the operator is at fault; nobody could say, so it loses nothing: claim its 60 CRED.",
    ],
    [
      "ended",
      { phase: Phase.Ended },
      {},
      "The ballot of 2 seats loses nothing, for a proof ended the case: claim its 60 CRED.",
    ],
  ];
  for (const [name, changes, ballot, sentence] of ballots) {
    it(`says of a ballot: ${name}`, function () {
      const subject = { case: of(changes), round: 0, ballot: { ...BALLOT, ...ballot } };
      expect(describeBallot(subject, CREDENCE)).to.equal(sentence);
    });
  }

  it("says what a ballot weighs in seats or in parts of all votes", function () {
    expect(describeWeight(1, 15)).to.equal("1 seat");
    expect(describeWeight(3, 15)).to.equal("3 seats");
    expect(describeWeight(2 ** 31, 0)).to.equal("100 % of the votes");
    expect(describeWeight(2 ** 31 / 8, 0)).to.equal("12.5 % of the votes");
  });
});

import { readFile } from "node:fs/promises";

import { expect } from "chai";
import { ZeroAddress } from "ethers";

import {
  type ChainType,
  checkParameters,
  InvalidParametersError,
  type Parameters,
  parseParameters,
  scaleAmount,
  scaleParameters,
} from "../../../src/deployment/parameters.ts";

const OWNER = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const GUARDIAN = "0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC";
const DEPLOYER = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266";
const TOKEN = "0x5FbDB2315678afecb367f032d93F642f64180aa3";
const DAY = 86_400;

const read = (network: string): Promise<string> =>
  readFile(new URL(`../../../ignition/parameters/${network}.json5`, import.meta.url), "utf8");

function problemsOf(act: () => unknown): readonly string[] {
  try {
    act();
  } catch (error) {
    expect(error).to.be.instanceOf(InvalidParametersError);
    return (error as InvalidParametersError).problems;
  }
  return [];
}

describe("parameters", function () {
  let valid: Parameters;
  before(async function () {
    valid = parseParameters(await read("localhost"));
  });

  const check = (changes: Partial<Parameters>, chainType: ChainType = "l1"): readonly string[] =>
    problemsOf(() => {
      checkParameters({ ...valid, ...changes }, DEPLOYER, chainType);
    });

  /** Without the fast config, and with the seeding of panels that an L2 needs. */
  const checkStandard = (changes: Partial<Parameters>, chainType: ChainType = "l1"): readonly string[] => {
    const [standard] = valid.courtConfigs;
    const rounds = standard!.rounds.map((round) => (round.seats === 0 ? round : { ...round, seeding: DAY }));
    return check({ ...changes, courtConfigs: [{ ...standard!, rounds }] }, chainType);
  };

  for (const [network, chainType, minWindow] of [
    ["localhost", "l1", 3_600],
    ["sepolia", "l1", 3_600],
    ["base-sepolia", "op", DAY],
  ] as const) {
    it(`of ${network} are accepted, and every value but those of rounds has a comment`, async function () {
      const text = await read(network);
      const parameters = parseParameters(text, { owner: OWNER });
      checkParameters(parameters, DEPLOYER, chainType);
      expect(parameters.minWindow).to.equal(minWindow);
      const ofRounds = Object.keys(parameters.courtConfigs[0]!.rounds[0]!);
      const lines = text.split("\n").map((line) => line.trim());
      for (const [index, line] of lines.entries()) {
        const key = /^(\w+):/.exec(line)?.[1];
        if (key === undefined || ofRounds.includes(key)) continue;
        expect(`${lines[index - 1]!}\n${line}`).to.match(/^\/\/| \/\/ /);
      }
    });
  }

  it("of the test networks take an owner, who is then guardian and treasury too", async function () {
    const parameters = parseParameters(await read("sepolia"), { owner: OWNER.toLowerCase(), token: TOKEN });
    expect(parameters).to.include({ owner: OWNER, guardian: OWNER, token: TOKEN });
    expect(parameters.newToken.treasury).to.equal(OWNER);
  });

  it("without an owner, whose place a timelock takes, need a guardian, and a treasury for new tokens", async function () {
    const text = await read("sepolia");
    const guardian =
      "guardian: nobody; expected an address in the file: the owner is the governor's timelock, which cannot act within hours";
    expect(problemsOf(() => parseParameters(text))).to.deep.equal([
      guardian,
      "newToken.treasury: nobody; expected an address in the file: the owner is the governor's timelock, and while that has " +
        "all tokens nobody has a vote",
    ]);
    expect(problemsOf(() => parseParameters(text, { token: TOKEN }))).to.deep.equal([guardian]);
    const named = text
      .replace("guardian: null", `guardian: "${GUARDIAN}"`)
      .replace("treasury: null", `treasury: "${DEPLOYER}"`);
    expect(named).not.to.equal(text);
    const parameters = parseParameters(named);
    expect(parameters).to.include({ owner: null, guardian: GUARDIAN, token: null });
    expect(parameters.newToken.treasury).to.equal(DEPLOYER);
    checkParameters(parameters, DEPLOYER, "l1");
  });

  it("of the governor let a censored vote get in, and end within months; they count only if it is deployed", function () {
    const governor = (changes: Partial<Parameters["governor"]>, owner: string | null = null): readonly string[] =>
      check({ owner, governor: { ...valid.governor, ...changes } });
    expect(governor({})).to.deep.equal([]);
    for (const name of ["votingDelay", "votingPeriod", "timelockDelay"] as const) {
      expect(governor({ [name]: 30 * DAY })).to.deep.equal([]);
      expect(governor({ [name]: 30 * DAY + 1 })).to.deep.equal([
        `governor.${name} is 2592001 s (30 d), expected at most 2592000 s (30 d)`,
      ]);
    }
    expect(governor({ votingPeriod: 3_600 })).to.deep.equal([]);
    expect(governor({ votingPeriod: 3_599 })).to.deep.equal([
      "governor.votingPeriod is 3599 s (0.04 d), expected at least minWindow, 3600 s (0.04 d): a vote that is censored gets " +
        "in within that time",
    ]);
    expect(governor({ votingPeriod: 3_599 }, OWNER)).to.deep.equal([]);
  });

  it("malformed, unknown and missing keys are named, all at once", async function () {
    const text = await read("localhost");
    const broken = text
      .replace("reserve:", "reserv:")
      .replace('minEnroll: "500"', "minEnroll: 500")
      .replace("minWindow: 3600", "minWindow: 3600.5")
      .replace('protocolMinCoverage: "10"', 'protocolMinCoverage: "0.00"')
      .replace("quorumPercent: 10", "quorumPercent: 101")
      .replace(OWNER, OWNER.replace("C8", "c8"));
    const problems = problemsOf(() => parseParameters(broken)).join("\n");
    for (const key of ["reserve", "minEnroll", "minWindow", "protocolMinCoverage", "owner", "governor.quorumPercent"]) {
      expect(problems).to.match(new RegExp(`^${key}: `, "m"));
    }
    expect(problems).to.contain('"reserv"');
    expect(problems).to.contain("expected an amount above 0");
    expect(problemsOf(() => parseParameters("{ not json"))[0]).to.match(/^not JSON5: /);
    expect(problemsOf(() => parseParameters("null"))[0]).to.match(/^file: /);
    expect(problemsOf(() => parseParameters(text, { owner: "0x12" }))[0]).to.equal(
      "owner: 0x12 is not an address (or its checksum is wrong)",
    );
  });

  it("an amount that is 0, or no number of tokens, is refused with what is expected", async function () {
    const text = await read("localhost");
    const refused = (replayBond: string): readonly string[] =>
      problemsOf(() => parseParameters(text.replace('replayBond: "50",', replayBond)));
    expect(parseParameters(text).replayBond).to.equal("50");
    for (const zero of ['"0"', '"0.00"']) {
      expect(refused(`replayBond: ${zero},`)).to.deep.equal(["replayBond: expected an amount above 0, got 0"]);
    }
    for (const value of ["50", "null", '"-50"', '"50 CRED"', '"5e1"', '""']) {
      const problems = refused(`replayBond: ${value},`);
      const sentence = `replayBond: expected whole tokens as text, such as "1000" or "0.5", got ${value}`;
      expect(problems[0]).to.equal(sentence);
    }
    expect(refused("")).to.deep.equal([
      'replayBond: expected whole tokens as text, such as "1000" or "0.5", got nothing',
    ]);
    expect(refused('replay: "0x0000000000000000000000000000000000000000", replayBond: "50",')[0]).to.include(
      '"replay"',
    );
  });

  describe("nested windows", function () {
    it("minWindow lies between the chain's forced-inclusion delay and a day", function () {
      expect(check({ minWindow: 3_599 })).to.deep.equal([
        "minWindow is 3599 s (0.04 d), expected at least 3600 s (0.04 d): a transaction censored on a chain of type l1 gets " +
          "in within that time",
      ]);
      expect(checkStandard({ minWindow: DAY })).to.deep.equal([]);
      expect(checkStandard({ minWindow: DAY + 1 })[0]).to.match(
        /^minWindow is 86401 s \(1 d\), expected at most 86400 s \(1 d\)/,
      );
      for (const chainType of ["op", "generic"] as const) {
        expect(checkStandard({ minWindow: DAY - 1 }, chainType)).to.have.length(1);
        expect(checkStandard({ minWindow: DAY }, chainType)).to.deep.equal([]);
      }
    });

    it("unbonding covers a receipt's day, two windows and the honour time", function () {
      const maturity = DAY;
      expect(check({ maturity, unbondingPeriod: 15.5 * DAY + 3_600 })).to.deep.equal([]);
      const short = check({ maturity, unbondingPeriod: 15.5 * DAY + 3_599 });
      expect(short).to.have.length(1);
      expect(short[0]).to.match(
        /^unbondingPeriod is 1342799 s .*, expected at least 1342800 s .*: a receipt's day, two windows/,
      );
    });

    it("the module delay outlasts unbonding", function () {
      expect(check({ unbondingPeriod: 35 * DAY })).to.deep.equal([
        "moduleDelay is 3024000 s (35 d), expected at least 3024001 s (35 d): new slashing code must not reach an account " +
          "before it can leave (unbondingPeriod)",
      ]);
    });
  });

  it("the opener's share of a lock lies between 1 % and 50 %", function () {
    for (const bondBps of [100, 5_000]) expect(check({ bondBps })).to.deep.equal([]);
    expect(check({ bondBps: 99 })).to.deep.equal(["bondBps is 99, expected 100 (1 %) to 5000 (50 %)"]);
    expect(check({ bondBps: 5_001 })).to.deep.equal(["bondBps is 5001, expected 100 (1 %) to 5000 (50 %)"]);
  });

  describe("court configs", function () {
    type Config = Parameters["courtConfigs"][number];
    type Round = Config["rounds"][number];

    /** What is said about the deployment if its first config, `standard`, is changed. */
    const checkConfig = (changes: Partial<Config>, others: Partial<Parameters> = {}): readonly string[] => {
      const [standard, ...rest] = valid.courtConfigs;
      return check({ ...others, courtConfigs: [{ ...standard!, ...changes }, ...rest] });
    };
    const checkRound = (index: number, changes: Partial<Round>): readonly string[] => {
      const { rounds } = valid.courtConfigs[0]!;
      return checkConfig({ rounds: rounds.map((round, i) => (i === index ? { ...round, ...changes } : round)) });
    };

    /** What makes the last round of `standard` a panel's, and what makes a panel's round everybody's. */
    const DRAWN = { seeding: 43_200, seatRiskFees: 10, voteRiskBps: 0 } satisfies Partial<Round>;
    const FULL = { seeding: 0, seatRiskFees: 0, voteRiskBps: 200 } satisfies Partial<Round>;

    it("there is at least one, of one to three rounds, and no name stands twice", function () {
      expect(check({ courtConfigs: [] })).to.deep.equal([
        "courtConfigs has none, expected at least one: models name one",
      ]);
      expect(checkConfig({ name: "fast" })).to.deep.equal([
        "courtConfigs.1 is named fast, expected another name than number 0 has",
      ]);
      expect(checkConfig({ rounds: [] })).to.deep.equal(["courtConfigs.standard.rounds are 0, expected 1 to 3"]);
      const { rounds } = valid.courtConfigs[0]!;
      expect(checkConfig({ rounds: [...rounds, rounds[2]!] })).to.deep.equal([
        "courtConfigs.standard.rounds are 4, expected 1 to 3",
      ]);
      expect(checkConfig({ rounds: rounds.slice(2) })).to.deep.equal([]);
    });

    it("every window whose missing costs money is at least minWindow, commits may be shorter", function () {
      const at = "is 3599 s (0.04 d), expected at least minWindow, 3600 s (0.04 d): missing it costs money";
      expect(checkConfig({ evidence: 3_599 })).to.deep.equal([`courtConfigs.standard.evidence ${at}`]);
      expect(checkRound(0, { seeding: 3_599 })).to.deep.equal([`courtConfigs.standard.rounds.0.seeding ${at}`]);
      expect(checkRound(1, { seeding: 0 })).to.deep.equal([
        `courtConfigs.standard.rounds.1.seeding is 0 s (0 d), ${at.slice(at.indexOf("expected"))}`,
      ]);
      expect(checkRound(1, { reveal: 3_599 })).to.deep.equal([`courtConfigs.standard.rounds.1.reveal ${at}`]);
      expect(checkRound(1, { appeal: 3_599 })).to.deep.equal([`courtConfigs.standard.rounds.1.appeal ${at}`]);
      expect(checkConfig({ evidence: 3_600 })).to.deep.equal([]);
      for (const changes of [{ seeding: 3_600 }, { reveal: 3_600 }, { appeal: 3_600 }, { commit: 1 }]) {
        expect(checkRound(0, changes)).to.deep.equal([]);
      }
    });

    it("where everybody votes nobody is drawn, so that there is no seeding", function () {
      expect(checkRound(2, { seeding: 3_600 })).to.deep.equal([
        "courtConfigs.standard.rounds.2.seeding is 3600 s (0.04 d), expected 0 s: everybody votes, nobody is drawn",
      ]);
      expect(checkRound(2, { seats: 62, ...DRAWN })).to.deep.equal([]);
    });

    it("the last round cannot be appealed", function () {
      expect(checkRound(2, { appeal: 3_600 })).to.deep.equal([
        "courtConfigs.standard.rounds.2.appeal is 3600 s (0.04 d), expected 0 s: the last round is final",
      ]);
    });

    it("fast ones are only for chains where a transaction gets in within the hour", function () {
      expect(check({ minWindow: 3_601 })).to.deep.equal(
        ["evidence", "rounds.0.reveal", "rounds.1.reveal"].map(
          (name) =>
            `courtConfigs.fast.${name} is 3600 s (0.04 d), expected at least minWindow, 3601 s (0.04 d): missing it costs money`,
        ),
      );
    });

    it("a voter's stake is there until the last commit", function () {
      const maturity = 21 * DAY - 12.5 * DAY;
      expect(check({ maturity })).to.deep.equal([]);
      expect(check({ maturity: maturity + 1 })).to.deep.equal([
        "courtConfigs.standard has its last commit after 1080000 s (12.5 d), expected at most 1079999 s (12.5 d) " +
          "(unbondingPeriod less maturity): who has votes in a case must not be gone before",
      ]);
    });

    it("the longest case, and two windows before it, are over before new slashing code can come", function () {
      // A second beyond what the vault's own minimum leaves.
      const courtConfigs = valid.courtConfigs.map((config, i) =>
        i === 0 ? { ...config, evidence: 2 * DAY + 1 } : config,
      );
      expect(check({ courtConfigs, moduleDelay: 29.5 * DAY + 1 })).to.deep.equal([]);
      expect(check({ courtConfigs, moduleDelay: 29.5 * DAY })).to.deep.equal([
        "courtConfigs.standard ends after 1339201 s (15.5 d), expected at most 1339200 s (15.5 d) (moduleDelay less two " +
          "windows of 7 d): new slashing code must not arrive before",
      ]);
      expect(check({ moduleDelay: 29.5 * DAY - 1 })).to.deep.equal([
        "moduleDelay is 2548799 s (29.5 d), expected at least 2548800 s (29.5 d): the vault accepts no less (two windows of " +
          "7 d and a case of 15.5 d)",
      ]);
    });

    it("each panel is larger than the one before, and at most 1,000; only the last round is for all", function () {
      const reason = "each panel is larger than the one before, only the last round may be for all (0)";
      expect(checkRound(0, { seats: 0, ...FULL })).to.deep.equal([
        `courtConfigs.standard.rounds.0.seats is 0, expected 1 to 1000: ${reason}`,
      ]);
      expect(checkRound(1, { seats: 15 })).to.deep.equal([
        `courtConfigs.standard.rounds.1.seats is 15, expected 16 to 1000: ${reason}`,
      ]);
      expect(checkRound(1, { seats: 16 })).to.deep.equal([]);
      expect(checkRound(2, { seats: 1_001, ...DRAWN })).to.deep.equal([
        `courtConfigs.standard.rounds.2.seats is 1001, expected 62 to 1000: ${reason}`,
      ]);
      expect(checkRound(2, { seats: 61, ...DRAWN })).to.deep.equal([
        `courtConfigs.standard.rounds.2.seats is 61, expected 62 to 1000: ${reason}`,
      ]);
      for (const seats of [62, 1_000]) expect(checkRound(2, { seats, ...DRAWN })).to.deep.equal([]);
    });

    it("fees do not fall, and the second is at most 20 first ones", function () {
      expect(checkRound(2, { fee: "182.9" })).to.deep.equal([
        "courtConfigs.standard.rounds.2.fee is 182.9, expected at least 183: fees do not fall from round to round",
      ]);
      expect(checkRound(2, { fee: "183.0" })).to.deep.equal([]);
      const { rounds } = valid.courtConfigs[0]!;
      const second = (fee: string): readonly string[] =>
        checkConfig({ rounds: [rounds[0]!, { ...rounds[1]!, fee }, { ...rounds[2]!, fee: "9000" }] });
      expect(second("900")).to.deep.equal([]);
      expect(second("900.05")).to.deep.equal([
        "courtConfigs.standard.rounds.1.fee is 900.05, expected at most 900: the opener's bond, at most 20 first fees, pays it",
      ]);
    });

    it("a seat risks 2 to 10 of its fees, where everybody votes nothing by the seat", function () {
      const reason = "a seat risks 2 to 10 of its fees, a full vote nothing by the seat";
      for (const seatRiskFees of [2, 10]) expect(checkRound(0, { seatRiskFees })).to.deep.equal([]);
      for (const seatRiskFees of [0, 1, 11]) {
        expect(checkRound(1, { seatRiskFees })).to.deep.equal([
          `courtConfigs.standard.rounds.1.seatRiskFees is ${String(seatRiskFees)}, expected 2 to 10: ${reason}`,
        ]);
      }
      expect(checkRound(2, { seatRiskFees: 2 })).to.deep.equal([
        `courtConfigs.standard.rounds.2.seatRiskFees is 2, expected 0: ${reason}`,
      ]);
    });

    it("a full vote risks at most a tenth of the votes, and something; a panel nothing of them", function () {
      const reason = "a full vote risks up to 10 % of the votes, a panel nothing of them";
      for (const voteRiskBps of [1, 1_000]) expect(checkRound(2, { voteRiskBps })).to.deep.equal([]);
      for (const voteRiskBps of [0, 1_001]) {
        expect(checkRound(2, { voteRiskBps })).to.deep.equal([
          `courtConfigs.standard.rounds.2.voteRiskBps is ${String(voteRiskBps)}, expected 1 to 1000: ${reason}`,
        ]);
      }
      expect(checkRound(1, { voteRiskBps: 1 })).to.deep.equal([
        `courtConfigs.standard.rounds.1.voteRiskBps is 1, expected 0: ${reason}`,
      ]);
    });
  });

  describe("addresses", function () {
    it("the reserve is nobody who decides, and somebody", function () {
      for (const reserve of [ZeroAddress, OWNER, GUARDIAN, DEPLOYER]) {
        expect(check({ reserve }), reserve).to.have.length(1);
      }
      expect(check({ reserve: OWNER })).to.deep.equal([
        `reserve is ${OWNER}, expected another address than the owner (timelock or governor): who decides must not profit ` +
          "from what is forfeited",
      ]);
      expect(check({ token: TOKEN, reserve: TOKEN })).to.have.length(1);
    });

    it("owner and guardian are not the deployer, and nobody's address is zero", function () {
      for (const owner of [DEPLOYER, ZeroAddress]) expect(check({ owner })).to.have.length(1);
      for (const guardian of [DEPLOYER, ZeroAddress]) expect(check({ guardian })).to.have.length(1);
      expect(check({ guardian: OWNER })).to.deep.equal([]);
      expect(check({ token: ZeroAddress })).to.have.length(1);
      expect(check({ newToken: { treasury: ZeroAddress, supply: "1" } })).to.have.length(1);
      expect(check({ token: TOKEN, newToken: { treasury: ZeroAddress, supply: "1" } })).to.deep.equal([]);
    });
  });

  describe("amounts", function () {
    it("scale by the token's decimals", function () {
      expect(scaleParameters({ ...valid, protocolMinCoverage: "0.5" }, 6)).to.include({
        minEnroll: 500_000_000n,
        minOperatorStake: 1_000_000_000n,
        protocolMinCoverage: 500_000n,
        minWindow: 3_600n,
      });
      expect(scaleParameters(valid, 18).minOperatorStake).to.equal(1_000n * 10n ** 18n);
      expect(scaleParameters(valid, 18).replayBond).to.equal(50n * 10n ** 18n);
      expect(scaleAmount("x", "1.50", 1)).to.equal(15n);
      expect(scaleAmount("x", "7", 0)).to.equal(7n);
    });

    it("with more digits than the token has, or more than the vault holds, are refused", function () {
      expect(problemsOf(() => scaleAmount("minEnroll", "0.0000001", 6))).to.deep.equal([
        "minEnroll is 0.0000001: 7 digits after the point, expected at most 6, the token's decimals",
      ]);
      const largest = 2n ** 96n - 1n;
      expect(scaleAmount("x", String(largest), 0)).to.equal(largest);
      expect(problemsOf(() => scaleAmount("x", String(largest + 1n), 0))).to.deep.equal([
        `x is ${largest + 1n} of the smallest unit, expected at most ${largest} (uint96)`,
      ]);
    });

    it("that are fees of the court fit into what it stores", function () {
      const [standard] = valid.courtConfigs;
      const largest = 2n ** 80n - 1n;
      const scaledFee = (fee: bigint): unknown => {
        const rounds = standard!.rounds.map((round) => ({ ...round, fee: String(fee) }));
        return scaleParameters({ ...valid, courtConfigs: [{ ...standard!, rounds }] }, 0).courtConfigs[0]!.rounds[0]!
          .fee;
      };
      expect(scaledFee(largest)).to.equal(largest);
      expect(problemsOf(() => scaledFee(largest + 1n))).to.deep.equal([
        `courtConfigs.standard.rounds.0.fee is ${largest + 1n} of the smallest unit, expected at most ${largest} (uint80)`,
      ]);
    });
  });
});

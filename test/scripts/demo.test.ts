import { spawnSync } from "node:child_process";

import { expect } from "chai";

const demo = (...args: string[]): { status: number | null; stdout: string; stderr: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ["scripts/demo.ts", ...args], { encoding: "utf8" });
  return { status, stdout, stderr };
};

describe("scripts/demo.ts", () => {
  it("says what it does when asked for help, and asks the model nothing", () => {
    const { status, stdout, stderr } = demo("--help");
    expect({ status, stderr }).to.deep.equal({ status: 0, stderr: "" });
    expect(stdout)
      .to.match(/^Usage: npm start -- \[options\] \[words\.\.\.\]\n/)
      .and.not.to.include("Deploying");
  });

  it("refuses an option that it does not have", () => {
    expect(demo("--fast")).to.deep.equal({ status: 1, stdout: "", stderr: "error: unknown option '--fast'\n" });
  });
});

import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { expect } from "chai";

const root = join(import.meta.dirname, "..", "..");

function run(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, ["scripts/deploy.ts", ...args], { cwd: root, encoding: "utf8" });
}

describe("npm run deploy", function () {
  it("--help names every option, what is left behind and an example", function () {
    const { status, stdout } = run("--help");
    expect(status).to.equal(0);
    for (const word of [
      "--network",
      "--parameters",
      "--token",
      "--owner",
      "--verify",
      "--json",
      "deployments/",
      "npm run",
      "-governor/",
      "timelock becomes owner",
    ])
      expect(stdout.replace(/\s+/g, " "), word).to.contain(word);
  });

  it("ends with 1 and a sentence when it cannot begin", function () {
    const parameters = "ignition/parameters/sepolia.json5";
    const owner = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
    const cases: [string[], string][] = [
      [["--network", "sepolia"], "required option '--parameters <file>' not specified"],
      [
        ["--network", "sepolia", "--parameters", parameters],
        "guardian: nobody; expected an address in the file: the owner is the governor's timelock",
      ],
      [["--network", "sepolia", "--parameters", parameters, "--owner", "0x12"], "owner: 0x12 is not an address"],
      [
        ["--network", "default", "--parameters", parameters, "--owner", owner],
        "network default is edr-simulated, expected one of: localhost, sepolia, base-sepolia",
      ],
      [
        ["--network", "sepolia", "--parameters", parameters, "--json", "--verify"],
        "option '--json' cannot be used with option '--verify'",
      ],
      [["--network", "nowhere", "--parameters", parameters, "--owner", owner], "network nowhere is unknown"],
    ];
    for (const [args, sentence] of cases) {
      const { status, stderr } = run(...args);
      expect(stderr, args.join(" ")).to.contain(sentence);
      expect(status, args.join(" ")).to.equal(1);
    }
  });
});

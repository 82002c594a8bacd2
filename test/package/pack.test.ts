import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join, resolve } from "node:path";

import { expect } from "chai";

const REPOSITORY = resolve(import.meta.dirname, "../..");

describe("the npm package, installed in an empty project", function () {
  let project: string;

  /** Runs a program and returns what it printed; throws, with what it printed, when it fails. */
  function run(program: string, args: string[], cwd: string): string {
    const PATH = [join(REPOSITORY, "node_modules/.bin"), process.env.PATH].join(delimiter);
    const shell = process.platform === "win32";
    // Hardhat hands its options (the config file among them) to children through the environment; these are on their own.
    const inherited = Object.entries(process.env).filter(
      ([name]) => !/^(HARDHAT|HH)_|^(NODE_V8|CREDENCE)_COVERAGE$/.test(name),
    );
    const env = { ...Object.fromEntries(inherited), PATH };
    const { status, stdout, stderr } = spawnSync(program, args, { cwd, env, encoding: "utf8", shell });
    if (status !== 0) throw new Error(`${program} ${args.join(" ")} ended with ${String(status)}:\n${stdout}${stderr}`);
    return stdout;
  }

  before(function () {
    project = mkdtempSync(join(tmpdir(), "credence-pack-"));
    run("node", ["scripts/package.ts"], REPOSITORY);
    const packed = run("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", project], REPOSITORY);
    const [tarball] = JSON.parse(packed) as [{ filename: string }];
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "user", private: true, type: "module" }));
    run(
      "npm",
      ["install", "--prefix", project, "--prefer-offline", "--no-audit", "--no-fund", tarball.filename],
      project,
    );
  });

  after(function () {
    rmSync(project, { recursive: true, force: true });
  });

  it("has contracts that Solidity can import", function () {
    const soljson = JSON.stringify(join(REPOSITORY, "node_modules/solc/soljson.js"));
    symlinkSync(join(REPOSITORY, "node_modules/hardhat"), join(project, "node_modules/hardhat"), "junction");
    writeFileSync(
      join(project, "hardhat.config.js"),
      `export default { solidity: { version: "0.8.37", path: ${soljson} } };`,
    );
    mkdirSync(join(project, "contracts"));
    writeFileSync(
      join(project, "contracts/MyToken.sol"),
      `// SPDX-License-Identifier: MIT
       pragma solidity 0.8.37;
       import { CredenceToken } from "credence/contracts/token/CredenceToken.sol";
       contract MyToken is CredenceToken(msg.sender, 1) {}`,
    );

    run("hardhat", ["build"], project);

    const artifact = JSON.parse(
      readFileSync(join(project, "artifacts/contracts/MyToken.sol/MyToken.json"), "utf8"),
    ) as {
      bytecode: string;
    };
    expect(artifact.bytecode).to.match(/^0x[0-9a-f]{1000,}$/);
  });

  it("has an SDK that type-checks and runs", function () {
    writeFileSync(
      join(project, "main.ts"),
      `import { FatalError, RetryableError } from "credence";
       const error: FatalError = new FatalError("CODE", "message");
       console.log(error.code, error instanceof RetryableError);`,
    );
    const options = ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2023"];

    run("tsc", [...options, "main.ts"], project);

    expect(run("node", ["main.ts"], project).trim()).to.equal("CODE false");
    writeFileSync(join(project, "wrong.ts"), 'import { FatalError } from "credence"; new FatalError(1, "");');
    expect(() => run("tsc", [...options, "wrong.ts"], project)).to.throw("TS2345");
  });

  it("has ABIs as JSON", function () {
    writeFileSync(
      join(project, "abi.js"),
      `import abi from "credence/abi/CredenceToken.json" with { type: "json" };
       console.log(abi.filter((item) => item.type === "function").map((item) => item.name).join());`,
    );

    expect(run("node", ["abi.js"], project).trim().split(",")).to.include.members(["transfer", "permit", "nonces"]);
  });
});

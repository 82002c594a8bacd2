import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { Wallet, id } from "ethers";

import { writeKeystore } from "../../../src/daemon/keystore.ts";
import { credence, type CommandResult } from "../../setup/cli.ts";

const A = "0x70997970C51812dc3A010C7d01b50e0d17dc79C8";
const wallet = new Wallet(id("cli"));

describe("cli: credence", function () {
  this.timeout(120_000);
  let folder: string;
  before(async function () {
    folder = await mkdtemp(join(tmpdir(), "credence-cli-"));
    await writeFile(join(folder, "password"), "pw\n", { mode: 0o600 });
  });
  after(async function () {
    await rm(folder, { recursive: true });
  });
  const run = (...args: string[]): Promise<CommandResult> => credence(args, { cwd: folder });

  it("says its version, and what it can do", async function () {
    const { version } = createRequire(import.meta.url)("../../../package.json") as { version: string };
    const [said, help, vote] = await Promise.all([run("--version"), run("--help"), run("juror", "vote", "--help")]);
    expect(said).to.deep.equal({ code: 0, stdout: `${version}\n`, stderr: "" });
    expect([help.code, help.stderr]).to.deep.equal([0, ""]);
    for (const word of ["operator", "challenger", "juror", "keys", "config", "Exit codes:"]) {
      expect(help.stdout).to.include(word);
    }
    expect(vote.stdout).to.match(/overturned {2}the operator is at fault/);
  });

  it("what is wrong with the command line is one sentence on stderr, and exit code 2", async function () {
    const caseId = id("case");
    await writeFile(join(folder, "bare.json5"), "{}");
    const cases: [string[], RegExp][] = [
      [["juror", "dance"], /^error: unknown command 'dance'\n/],
      [["juror", "run", "--nope"], /^error: unknown option '--nope'\n/],
      [["juror", "vote", caseId], /^error: missing required argument 'choice'\n/],
      [["config", "check", "voter", "x.json5"], /^error: command-argument value 'voter' is invalid/],
      [
        ["juror", "run", "--config", "none.json5"],
        /^credence: none\.json5: the configuration file cannot be read: ENOENT.*\n$/,
      ],
      [["juror", "duties", "-c", "bare.json5"], /^credence: bare\.json5: chain: expected object, got nothing\n/],
    ];
    const results = await Promise.all(cases.map(([args]) => run(...args)));
    results.forEach(({ code, stdout, stderr }, i) => {
      expect([code, stdout], stderr).to.deep.equal([2, ""]);
      expect(stderr).to.match(cases[i]![1]);
    });
  });

  it("makes keystores for their owner only, with a password from a file, never over another", async function () {
    const made = await run("keys", "new", "new.json", "--password-file", "password", "--json");
    expect([made.code, made.stderr]).to.deep.equal([0, ""]);
    const { address, keystore } = JSON.parse(made.stdout) as { address: string; keystore: string };
    expect(keystore).to.equal("new.json");
    expect((await stat(join(folder, "new.json"))).mode & 0o777).to.equal(0o600);
    expect(JSON.parse(await readFile(join(folder, "new.json"), "utf8"))).to.include({ version: 3 });
    expect(await run("keys", "address", "new.json")).to.deep.equal({ code: 0, stdout: `${address}\n`, stderr: "" });
    expect(await run("keys", "new", "new.json", "--password-file", "password")).to.deep.equal({
      code: 1,
      stdout: "",
      stderr: "credence: new.json: there is a file already, which is not overwritten\n",
    });
  });

  it("imports a key from a file; without a terminal it asks for nothing", async function () {
    await writeFile(join(folder, "raw"), `${wallet.privateKey}\n`, { mode: 0o600 });
    const args = ["keys", "import", "old.json", "--key-file", "raw"];
    const [imported, asked] = await Promise.all([
      run(...args, "--password-file", "password"),
      run("keys", "new", "asked.json"),
    ]);
    expect(imported).to.deep.equal({ code: 0, stdout: `${wallet.address}\n`, stderr: "" });
    const opened = await Wallet.fromEncryptedJson(await readFile(join(folder, "old.json"), "utf8"), "pw");
    expect(opened.privateKey).to.equal(wallet.privateKey);
    expect([asked.code, asked.stdout]).to.deep.equal([1, ""]);
    expect(asked.stderr).to.match(/^credence: there is no terminal to ask for a password on: .*\n$/);
  });

  it("writes templates that are accepted once they are filled in", async function () {
    const names = ["token", "vault", "operators", "models", "attestations", "slashing", "court", "disputes", "replay"];
    const book = {
      format: "credence-address-book-1",
      chainId: 31_337,
      blocks: { first: 1, last: 2 },
      addresses: Object.fromEntries(names.map((name) => [name, A])),
    };
    await writeFile(join(folder, "book.json"), JSON.stringify(book));
    const path = join(folder, "filled-key.json");
    await writeKeystore({ path, password: "pw", privateKey: wallet.privateKey, scryptN: 2 });
    const tryOut = async (program: string): Promise<void> => {
      const file = `${program}.json5`;
      expect(await run(program, "init")).to.deep.equal({ code: 0, stdout: "", stderr: "" });
      const template = await readFile(join(folder, file), "utf8");
      expect(template).to.match(/^\/\/ Configuration of "credence/);
      const filled = template
        .replace("deployments/localhost.json", "book.json")
        .replace('operator: ""', `operator: "${A}"`)
        .replace(/\w+-key\.json/gu, "filled-key.json")
        .replace(/\w+-password/gu, "password");
      const before = await run("config", "check", program, file);
      expect(before.code, before.stderr).to.be.oneOf([1, 2]);
      await writeFile(join(folder, file), filled);
      const checked = await run("config", "check", program, file);
      expect([checked.code, checked.stderr]).to.deep.equal([0, ""]);
      expect(checked.stdout).to.include(`${file} is a configuration of the ${program} program for chain 31337.\n`);
      expect(checked.stdout).to.include(`keys.sender: ${wallet.address}\n`);
    };
    await Promise.all(["operator", "challenger", "juror"].map(tryOut));
    const again = await run("juror", "init");
    expect(again).to.include({
      code: 2,
      stderr: "credence: juror.json5: there is a file already, which is not overwritten\n",
    });
  });

  it("tries five times to start where the node does not answer, and ends with 3", async function () {
    const [path, rpcUrl] = [join(folder, "patient-key.json"), "http://127.0.0.1:9"]; // nobody listens
    await writeKeystore({ path, password: "pw", privateKey: wallet.privateKey, scryptN: 2 });
    const addresses = Object.fromEntries(
      ["token", "vault", "operators", "models", "attestations", "slashing", "court", "disputes", "replay"].map(
        (name) => [name, A],
      ),
    );
    const config = {
      chain: { rpcUrl, chainId: 31_337, deployment: addresses, fromBlock: 0 },
      keys: { sender: { keystore: path, passwordFile: "password" } },
      journal: "patient.sqlite",
      models: [],
      budget: { bonds: "100", gasEth: "1", maxOpenGames: 1 },
    };
    await writeFile(join(folder, "patient.json5"), JSON.stringify(config));
    const { code, stdout, stderr } = await run("challenger", "run", "--config", "patient.json5");
    expect([code, stdout.split("it is tried again").length - 1], stderr).to.deep.equal([3, 4]);
    expect(stderr).to.match(/^credence: the node at 127\.0\.0\.1:9 did not answer: .*\n$/);
  });

  it("config check --json shows what was read, but no secrets", async function () {
    const path = join(folder, "secret-key.json");
    await writeKeystore({ path, password: "pw", privateKey: wallet.privateKey, scryptN: 2 });
    const config = {
      chain: { rpcUrl: { env: "RPC_URL" }, chainId: 31_337, deployment: "book.json" },
      keys: { sender: { keystore: "secret-key.json", passwordEnv: "PASSWORD" } },
      journal: "j.sqlite",
    };
    await writeFile(join(folder, "secret.json5"), JSON.stringify(config));
    const env = { RPC_URL: "https://node.example/v1/api-key", PASSWORD: "hunter2" };
    const { code, stdout } = await credence(["config", "check", "juror", "secret.json5", "--json"], {
      cwd: folder,
      env,
    });
    expect(code, stdout).to.equal(0);
    expect(stdout).not.to.match(/api-key|hunter2/);
    const { accounts, config: read } = JSON.parse(stdout) as { accounts: object; config: { chain: object } };
    expect(accounts).to.deep.equal({ sender: wallet.address });
    expect(read.chain).to.include({ rpcUrl: "https://node.example/[hidden]", chainId: "31337" });
  });
});

import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { expect } from "chai";

import { describeExit, Processes, type Running, tailOf } from "../../../scripts/devnet/processes.ts";

const MODULE = join(import.meta.dirname, "..", "..", "..", "scripts", "devnet", "processes.ts");

/** Whether a process runs; one that has ended and that nobody has asked about yet (a zombie) does not. */
function isAlive(pid: number): boolean {
  const { stdout } = spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" });
  return stdout.trim() !== "" && !stdout.startsWith("Z");
}

describe("Processes", function () {
  let folder: string;
  let processes: Processes;

  before(async function () {
    folder = await mkdtemp(join(tmpdir(), "credence-processes-"));
    processes = new Processes();
  });

  after(async function () {
    await processes.stopAll();
    await rm(folder, { recursive: true });
  });

  async function start(name: string, code: string): Promise<Running> {
    const logFile = join(folder, `${name}.log`);
    return processes.start({ name, file: process.execPath, args: ["--eval", code], logFile });
  }

  async function said({ logFile }: Running, word: string): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt++) {
      if ((await readFile(logFile, "utf8")).includes(word)) return;
      await setTimeout(20);
    }
    throw new Error(`${logFile} does not say ${word}`);
  }

  it("keeps what a process said, and how it ended", async function () {
    const running = await start("brief", "console.log('one'); console.error('two'); process.exitCode = 3");
    expect(await running.exited).to.deep.equal({ code: 3, signal: null });
    expect(running.exit).to.deep.equal({ code: 3, signal: null });
    expect(tailOf(running)).to.equal("one\ntwo");
    expect(tailOf(running, 4)).to.equal("two");
    expect(describeExit(running.exit!)).to.equal("exit code 3");
  });

  it("stops a process with SIGTERM, which it may answer in its own way", async function () {
    const code = "process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1000); console.log('up')";
    const running = await start("polite", code);
    await said(running, "up");
    expect(await running.stop()).to.deep.equal({ code: 7, signal: null });
    expect(isAlive(running.pid)).to.equal(false);
  });

  it("kills one that does not listen, and its own children with it", async function () {
    const child = "setInterval(() => {}, 1000)";
    const code = `
      const child = require("node:child_process").spawn(process.execPath, ["--eval", ${JSON.stringify(child)}]);
      process.on("SIGTERM", () => {});
      console.log("child " + child.pid + ".");
      setInterval(() => {}, 1000);`;
    const running = await start("deaf", code);
    await said(running, ".");
    const pid = Number(/child (\d+)/.exec(tailOf(running))![1]);
    expect(describeExit(await running.stop(200))).to.equal("signal SIGKILL");
    for (let attempt = 0; attempt < 50 && isAlive(pid); attempt++) await setTimeout(20);
    expect(isAlive(pid)).to.equal(false);
  });

  it("leaves none behind when the program itself ends, also by an error", async function () {
    const program = `
      import { Processes } from ${JSON.stringify(MODULE)};
      const processes = new Processes();
      const command = { name: "x", file: process.execPath, args: ["--eval", "setInterval(() => {}, 1000)"] };
      const { pid } = await processes.start({ ...command, logFile: ${JSON.stringify(join(folder, "orphan.log"))} });
      console.log(pid);
      throw new Error("broken");`;
    const { stdout, status } = spawnSync(process.execPath, ["--input-type=module", "--eval", program], {
      encoding: "utf8",
    });
    expect(status).to.equal(1);
    const pid = Number(stdout);
    expect(pid).to.be.greaterThan(0);
    for (let attempt = 0; attempt < 50 && isAlive(pid); attempt++) await setTimeout(20);
    expect(isAlive(pid)).to.equal(false);
  });
});

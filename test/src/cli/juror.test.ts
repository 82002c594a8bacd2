import { expect } from "chai";
import { ZeroHash } from "ethers";
import { network } from "hardhat";

import type { Duty } from "../../../src/chain/caseDuties.ts";
import { processClock } from "../../../src/daemon/lifecycle.ts";
import { Choice } from "../../../src/protocol/court.ts";
import { credence, startCredence, type CommandResult, type RunningCommand } from "../../setup/cli.ts";
import { convene, type Courtroom } from "../../setup/courtroom.ts";
import { JurorStand, until } from "../../setup/jurorStand.ts";
import { serveChain, type RpcBridge } from "../../setup/rpcBridge.ts";

const connection = await network.create();
const { networkHelpers } = connection;

describe("cli: credence juror, as processes", function () {
  this.timeout(180_000);
  let c: Courtroom;
  let bridge: RpcBridge;
  let stand: JurorStand;
  const running: RunningCommand[] = [];

  before(async function () {
    c = await networkHelpers.loadFixture(convene);
    bridge = await serveChain(connection.provider);
    stand = await JurorStand.build(bridge, c.deployment, c.alice.address);
  });
  after(async function () {
    for (const { process: child, ended } of running) {
      child.kill("SIGKILL");
      await ended;
    }
    await stand.close();
    await bridge.close();
  });

  const juror = (...args: string[]): Promise<CommandResult> => credence(["juror", ...args, "--config", stand.path]);
  async function start(): Promise<RunningCommand> {
    const command = startCredence(["juror", "run", "--config", stand.path]);
    running.push(command);
    await until("the program runs", async () => {
      if (command.process.exitCode !== null) throw new Error((await command.ended).stderr);
      return command.stdout().includes("the juror program runs");
    });
    return command;
  }
  async function kill({ process: child, ended }: RunningCommand): Promise<void> {
    child.kill("SIGKILL");
    await ended;
  }

  it("votes with and without the program, survives SIGKILL between commit and reveal, opens the right ballot", async function () {
    const { alice, protocol } = c;
    const { court, token } = protocol;
    const { caseId } = await c.open(0);
    await c.passPhase(caseId);
    await c.seed(caseId);
    const commitHash = async (): Promise<string> => (await court.ballotOf(caseId, 0, alice.address)).commitHash;

    const [duties, none] = [await juror("duties", "--json"), await juror("ballots")];
    const [duty, ...others] = JSON.parse(duties.stdout) as Duty[];
    expect([duty!.kind, duty!.caseId, others.length]).to.deep.equal(["commitBallot", caseId, 0]);
    expect(none).to.deep.equal({ code: 0, stdout: "", stderr: "" });

    const alone = await juror("vote", caseId, "upheld");
    expect([alone.code, alone.stderr]).to.deep.equal([0, ""]);
    expect(alone.stdout).to.match(/^Voted upheld in round 1 of case 0x[0-9a-f]{64}\.\nNo program runs: start /);
    const first = await start();
    const differs = await juror("vote", caseId, "overturned");
    expect(differs).to.deep.equal({
      code: 1,
      stdout: "",
      stderr: "credence: the account has voted upheld in this round: add --change to replace that vote\n",
    });
    const changed = await juror("vote", caseId, "overturned", "--change", "--json");
    expect([changed.code, changed.stderr]).to.deep.equal([0, ""]);
    const committed = await commitHash();
    await kill(first);
    expect(JSON.parse(changed.stdout)).to.deep.equal({
      ...{ caseId, round: 0, choice: "overturned", commitHash: committed, wasThere: false },
      isProgramRunning: true,
    });
    const ballots = JSON.parse((await juror("ballots", "--json")).stdout) as { choice: string; state: string }[];
    expect(ballots.map(({ choice, state }) => [choice, state])).to.deep.equal([
      ["overturned", "committed"],
      ["upheld", "committed"],
    ]);
    expect(JSON.stringify(ballots)).not.to.include("salt");

    await c.passPhase(caseId);
    const second = await start();
    await until("the ballot is open", async () => (await commitHash()) === ZeroHash);
    expect((await court.ballotOf(caseId, 0, alice.address)).ballot.choice).to.equal(BigInt(Choice.AtFault));
    const late = await juror("vote", caseId, "overturned");
    expect([late.code, late.stdout]).to.deep.equal([1, ""]);
    expect(late.stderr).to.match(/^credence: .*phase.*\n$/i);

    await kill(second);
    await c.passPhase(caseId); // reveal
    await c.passPhase(caseId); // appeal
    const third = await start();
    await until("the pay is taken out", async () => (await token.balanceOf(alice)) > 0n);
    third.process.kill("SIGTERM");
    const { code, stderr } = await third.ended;
    expect([code, stderr]).to.deep.equal([0, ""]);
  });

  it("a command that is killed at any moment leaves one ballot that can be opened, and it is the one said last", async function () {
    const { alice, protocol } = c;
    const { court } = protocol;
    const { caseId } = await c.open(1);
    await c.passPhase(caseId);
    await c.seed(caseId);
    type Listed = { caseId: string; choice: string; state: string; commitHash: string };
    const began = performance.now();
    expect((await juror("vote", caseId, "undecided")).code).to.equal(0);
    const whole = performance.now() - began;
    for (let kills = 0; kills < 6; kills++) {
      const choice = kills % 2 === 0 ? "upheld" : "overturned";
      const command = startCredence(["juror", "vote", caseId, choice, "--change", "--config", stand.path]);
      await processClock.sleep(whole * (0.5 + 0.1 * kills));
      await kill(command);
    }
    const program = await start();
    const said = await until("what was said last is in the court", async () => {
      const ballots = JSON.parse((await juror("ballots", "--json")).stdout) as Listed[];
      const last = ballots.find((ballot) => ballot.caseId === caseId)!;
      return last.commitHash === (await court.ballotOf(caseId, 0, alice.address)).commitHash && last;
    });
    await c.passPhase(caseId);
    await until("it is open", async () => (await court.ballotOf(caseId, 0, alice.address)).commitHash === ZeroHash);
    const { choice } = (await court.ballotOf(caseId, 0, alice.address)).ballot;
    expect(Number(choice)).to.equal({ overturned: 1, upheld: 2, undecided: 3 }[said.choice]);
    await kill(program);
  });

  it("malformed votes are refused before anything is asked; a node that is away means: later", async function () {
    const [id, choice] = await Promise.all([
      juror("vote", "0x12", "upheld"),
      juror("vote", `0x${"1".repeat(64)}`, "guilty"),
    ]);
    expect([id.code, id.stderr]).to.deep.equal([2, 'credence: expected 0x and 64 hex digits as an id, got "0x12"\n']);
    expect([choice.code, choice.stderr]).to.deep.equal([
      2,
      'credence: expected overturned, upheld or undecided, got "guilty"\n',
    ]);
    bridge.interrupt(true);
    const away = await juror("duties");
    bridge.interrupt(false);
    expect([away.code, away.stdout]).to.deep.equal([3, ""]);
    expect(away.stderr).to.match(/^credence: the node at 127\.0\.0\.1:\d+ did not answer: .*\n$/);
  });
});

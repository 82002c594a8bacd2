import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";

import { expect } from "chai";

import { CHAINS, type ChainProcess, startChain } from "../../../scripts/devnet/chainProcess.ts";
import { Clock } from "../../../scripts/devnet/clock.ts";
import { Processes } from "../../../scripts/devnet/processes.ts";

for (const kind of CHAINS) {
  describe(`Clock on ${kind}`, function () {
    let folder: string;
    let processes: Processes;
    let chain: ChainProcess;
    let clock: Clock;

    before(async function () {
      folder = await mkdtemp(join(tmpdir(), "credence-clock-"));
      processes = new Processes();
      chain = await startChain(processes, { chain: kind, folder });
      clock = new Clock(chain.provider);
    });

    after(async function () {
      clock.stop();
      await processes.stopAll([chain.running]);
      chain.provider.destroy();
      await rm(folder, { recursive: true });
    });

    it("moves time to the second", async function () {
      const now = await clock.now();
      await clock.increase(3_600);
      expect(await clock.now()).to.equal(now + 3_600);
      await clock.increaseTo(now + 90_000);
      expect(await clock.now()).to.equal(now + 90_000);
      await clock.increaseTo(now);
      expect(await clock.now()).to.equal(now + 90_000);
    });

    it("mines blocks", async function () {
      const block = await chain.provider.getBlockNumber();
      await clock.mine(3);
      expect(await chain.provider.getBlockNumber()).to.equal(block + 3);
    });

    it("lets time pass at a pace, in blocks that transactions wait for, and goes back to one block for each", async function () {
      const { provider } = chain;
      const from = (await clock.now()) + 600; // ahead of what the client's own clock says
      await clock.increaseTo(from);
      await clock.run({ everyMs: 100, speed: 600 });
      const account = await provider.getSigner(0);
      const sent = await account.sendTransaction({ to: account.address, value: 1n });
      const receipt = await sent.wait();
      expect(receipt!.blockNumber).to.be.greaterThan(0);
      for (let attempt = 0; attempt < 100 && (await clock.now()) < from + 300; attempt++) await setTimeout(50);
      const passed = (await clock.now()) - from;
      expect(passed, "five blocks of a minute").to.be.within(300, 1_200);
      await clock.increase(7_200); // while it runs
      expect((await clock.now()) - from).to.be.at.least(passed + 7_200);
      await clock.pause();
      const block = await provider.getBlockNumber();
      await setTimeout(300);
      expect(await provider.getBlockNumber()).to.equal(block);
      await (await account.sendTransaction({ to: account.address, value: 1n })).wait();
      expect(await provider.getBlockNumber()).to.equal(block + 1);
    });
  });
}

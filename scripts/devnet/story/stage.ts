/** What the three acts share: a chain, programs, and ways to wait for what they do. */
import { setTimeout } from "node:timers/promises";

import type { Wallet } from "ethers";

import { readAccount } from "../../../src/actions/readAccount.ts";
import { contractsOf, type Contracts } from "../../../src/chain/contracts.ts";
import { FatalError } from "../../../src/errors.ts";
import type { Narration } from "../../demo/narrate.ts";
import type { DevnetProgram } from "../challengers.ts";
import type { Devnet } from "../devnet.ts";
import { newWallet } from "../keystores.ts";
import { describeExit, type Running, tailOf } from "../processes.ts";
import { startCredence } from "../programs.ts";
import { Scoreboard } from "../scoreboard.ts";

/** The reserve of ignition/parameters/localhost.json5: what reaches it is burned. */
export const RESERVE = "0x000000000000000000000000000000000000dEaD";

export type StoryStage = Narration & {
  readonly devnet: Devnet;
  readonly contracts: Contracts;
  readonly scoreboard: Scoreboard;
  /** A new account with ether, and tokens if given (smallest unit). */
  person: (tokens?: bigint) => Promise<Wallet>;
  /** Wallet, stake and credit of an account, stake token, smallest unit. */
  wealthOf: (account: string) => Promise<bigint>;
  /** Waits until the probe finds something. @throws FatalError `STORY_BROKEN` if it does not in time. */
  eventually: <Found>(what: string, probe: () => Promise<Found | undefined>, ms?: number) => Promise<Found>;
  /** Does what needs many transactions with a block for each, before programs watch. */
  quickly: <Result>(work: () => Promise<Result>) => Promise<Result>;
  /** Remembers a program: should it end by itself, waiting for anything fails with its last words. */
  watch: (running: Running) => Running;
  /** Starts a challenger's or a juror's program. */
  run: (kind: "challenger" | "juror", program: DevnetProgram) => Promise<Running>;
  /** Tells programs to end. @returns whether each did so by itself and with exit code 0. */
  dismiss: (...programs: readonly Running[]) => Promise<boolean>;
};

const PATIENCE_MS = 60_000;
/** Of blocks, while programs run. */
const PACE = { everyMs: 250, speed: 1 };

export function setStoryStage(devnet: Devnet, narration: Narration, signal: AbortSignal): StoryStage {
  const { provider, deployment, treasury, processes, chain } = devnet;
  const contracts = contractsOf(deployment, provider);
  const watched = new Set<Running>([chain.running]);
  const check = (): void => {
    signal.throwIfAborted();
    for (const one of watched) {
      if (one.exit === undefined) continue;
      const text = `${one.name} ended with ${describeExit(one.exit)}; it said:\n${tailOf(one)}`;
      throw new FatalError("PROGRAM_ENDED", text);
    }
  };
  const watch = (running: Running): Running => {
    watched.add(running);
    return running;
  };
  return {
    ...narration,
    ...{ devnet, contracts, watch },
    scoreboard: new Scoreboard(devnet),
    async person(tokens = 0n) {
      const wallet = newWallet(provider);
      await treasury.fund(wallet.address, { tokens });
      return wallet;
    },
    async wealthOf(account) {
      const { active, unbonding, credit } = await readAccount(provider, deployment, { account });
      return active + unbonding + credit + (await contracts.token.balanceOf(account));
    },
    async eventually(what, probe, ms = PATIENCE_MS) {
      for (const end = performance.now() + ms; performance.now() < end;) {
        check();
        const result = await probe();
        if (result !== undefined) return result;
        await setTimeout(100);
      }
      const said = [...watched].map((one) => `${one.name}: ${tailOf(one, 600)}`).join("\n");
      throw new FatalError("STORY_BROKEN", `this did not happen within ${ms / 1_000} s: ${what}\n${said}`);
    },
    async quickly(work) {
      await devnet.clock.pause();
      const result = await work();
      await devnet.clock.run(PACE);
      return result;
    },
    async run(kind, { name, folder, configFile }) {
      return watch(await startCredence(processes, { name, folder, args: [kind, "run", "--config", configFile] }));
    },
    async dismiss(...programs) {
      for (const one of programs) watched.delete(one);
      const exits = await Promise.all(programs.map((one) => one.stop()));
      return exits.every(({ code }) => code === 0);
    },
  };
}

/** A probe's word for yes; undefined for no. */
export const found = (holds: boolean): true | undefined => (holds ? true : undefined);

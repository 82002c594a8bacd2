/** Challengers and jurors of a devnet: funded accounts, their config files and processes. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { formatEther, parseEther, type Wallet } from "ethers";

import { enroll } from "../../src/actions/enroll.ts";
import { stake } from "../../src/actions/stake.ts";
import { type Devnet, madeFolder } from "./devnet.ts";
import { freePort } from "./freePort.ts";
import { newWallet, writeKeystore } from "./keystores.ts";
import { chainConfig } from "./operators.ts";

/** An account with a program and its config file. */
export type DevnetProgram = {
  readonly name: string;
  readonly account: Wallet;
  readonly folder: string;
  readonly configFile: string;
  readonly journal: string;
  /** Of its metrics. */
  readonly url: string;
};

/** Tokens that a challenger starts with, smallest unit. */
export const CHALLENGER_TOKENS = parseEther("1000");

export type ChallengerOptions = {
  readonly name: string;
  /** Where it reaches the chain, unless directly. */
  readonly rpcUrl?: string;
  /** Stake token, smallest unit. */
  readonly tokens?: bigint;
  /** Parts of the config that replace what stands here. */
  readonly changes?: Record<string, unknown>;
};

/** Funds a challenger and writes the config of its program, which replays every answer of the devnet's models. */
export async function equipChallenger(devnet: Devnet, options: ChallengerOptions): Promise<DevnetProgram> {
  const { name, tokens = CHALLENGER_TOKENS, rpcUrl, changes } = options;
  const account = newWallet(devnet.provider);
  await devnet.treasury.fund(account.address, { ether: "20", tokens });
  return equip(devnet, { name, kind: "challenger", account }, async ({ folder, journal, port }) => ({
    chain: chainConfig(devnet, rpcUrl),
    keys: { sender: await writeKeystore(folder, "sender", account) },
    journal,
    share: 1,
    models: [devnet.lande, devnet.digits].map(({ modelId, source }) => ({ modelId, source })),
    budget: { bonds: formatEther(tokens), gasEth: "10", maxOpenGames: 10 },
    fetch: { timeoutSeconds: 5, allowPrivateAddresses: true, attempts: 3, retrySeconds: 1 },
    metrics: { host: "127.0.0.1", port },
    ...changes,
  }));
}

/**
 * Stakes and enrolls a juror and writes the config of its program.
 * @param staked - stake token, smallest unit.
 * @param changes - parts of the config that replace what stands here.
 */
export async function equipJuror(
  devnet: Devnet,
  name: string,
  staked: bigint,
  changes: Record<string, unknown> = {},
): Promise<DevnetProgram> {
  const account = newWallet(devnet.provider);
  await devnet.treasury.fund(account.address, { ether: "20", tokens: staked });
  await stake(account, devnet.deployment, { amount: staked });
  await enroll(account, devnet.deployment);
  return equip(devnet, { name, kind: "juror", account }, async ({ folder, journal, port }) => ({
    chain: chainConfig(devnet),
    keys: { sender: await writeKeystore(folder, "sender", account) },
    journal,
    metrics: { host: "127.0.0.1", port },
    ...changes,
  }));
}

type Place = { readonly folder: string; readonly journal: string; readonly port: number };

async function equip(
  devnet: Devnet,
  { name, kind, account }: { name: string; kind: "challenger" | "juror"; account: Wallet },
  configOf: (place: Place) => Promise<Record<string, unknown>>,
): Promise<DevnetProgram> {
  const folder = await madeFolder(devnet.folder, name);
  const [journal, configFile] = [join(folder, `${kind}.sqlite`), join(folder, `${kind}.json5`)];
  const port = await freePort();
  const config = await configOf({ folder, journal, port });
  await writeFile(configFile, `${JSON.stringify(config, undefined, 2)}\n`);
  return { name, account, folder, configFile, journal, url: `http://127.0.0.1:${port}` };
}

/** Operators of a devnet: staked and registered accounts, their config files and processes. */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";

import { formatUnits, parseEther, type Wallet } from "ethers";

import { addSigner } from "../../src/actions/addSigner.ts";
import { hostModel } from "../../src/actions/hostModel.ts";
import { optIn } from "../../src/actions/optIn.ts";
import { registerOperator } from "../../src/actions/registerOperator.ts";
import { stake } from "../../src/actions/stake.ts";
import { eoaSigner } from "../../src/protocol/signers.ts";
import { CHAIN_ID } from "./chainProcess.ts";
import { COVERAGE, type Devnet, madeFolder, type SourcedModel } from "./devnet.ts";
import { freePort } from "./freePort.ts";
import { newWallet, writeKeystore } from "./keystores.ts";

/** An operator that is registered and has a config file. */
export type DevnetOperator = {
  readonly name: string;
  /** The cold account, whose address is the operator's id. */
  readonly account: Wallet;
  readonly address: string;
  /** The hot key that signs receipts. */
  readonly signer: Wallet;
  /** The account that pays for its program's transactions. */
  readonly sender: Wallet;
  /** Stake token, smallest unit. */
  readonly staked: bigint;
  /** Of its API. */
  readonly url: string;
  readonly folder: string;
  readonly configFile: string;
  readonly journal: string;
};

export type EnlistOptions = {
  readonly name: string;
  /** Stake token, smallest unit; a million tokens unless given. */
  readonly staked?: bigint;
  readonly models: readonly SourcedModel[];
  /** Coverage of an answer unless the question names another. */
  readonly coverage?: bigint;
  /** The most that a question may name. */
  readonly maxCoverage?: bigint;
  readonly anchoring?: { readonly size: number; readonly ageSeconds: number; readonly anchorWithinSeconds: number };
  /** Where it reaches the chain, unless directly. */
  readonly rpcUrl?: string;
  /** Added to the config's `api`. */
  readonly api?: Record<string, unknown>;
};

const ANCHORING = { size: 1_000, ageSeconds: 60, anchorWithinSeconds: 21_600 };

/** Funds, stakes and registers an operator, hosts the models and writes the config of its program. */
export async function enlist(devnet: Devnet, options: EnlistOptions): Promise<DevnetOperator> {
  const { name, staked = parseEther("1000000"), models } = options;
  const { provider, deployment, treasury } = devnet;
  const [account, signer, sender] = [newWallet(provider), newWallet(provider), newWallet(provider)];
  const url = `http://127.0.0.1:${await freePort()}`;
  await treasury.fund(account.address, { tokens: staked });
  await treasury.fund(sender.address, { ether: "100" });
  await stake(account, deployment, { amount: staked });
  await optIn(account, deployment);
  await registerOperator(account, deployment, { metadataURI: url, exposureCap: staked });
  await addSigner(account, deployment, { key: await eoaSigner(signer) });
  for (const { modelId } of models) await hostModel(account, deployment, { modelId });
  const folder = await madeFolder(devnet.folder, name);
  const operator = {
    ...{ name, account, address: account.address, signer, sender, staked, url, folder },
    configFile: join(folder, "operator.json5"),
    journal: join(folder, "operator.sqlite"),
  };
  await writeConfig(devnet, operator, options);
  return operator;
}

async function writeConfig(devnet: Devnet, operator: DevnetOperator, options: EnlistOptions): Promise<void> {
  const { folder, address, url, signer, sender, journal, configFile } = operator;
  const { port } = new URL(url);
  const config = {
    chain: chainConfig(devnet, options.rpcUrl),
    operator: address,
    journal,
    keys: {
      signer: await writeKeystore(folder, "signer", signer),
      sender: await writeKeystore(folder, "sender", sender),
    },
    api: { host: "127.0.0.1", port: Number(port), publicUrl: url, ...options.api },
    models: options.models.map(({ modelId, source }) => ({
      modelId,
      source,
      coverage: formatUnits(options.coverage ?? COVERAGE),
      ...(options.maxCoverage === undefined ? {} : { maxCoverage: formatUnits(options.maxCoverage) }),
    })),
    anchoring: options.anchoring ?? ANCHORING,
    workers: 1,
  };
  await writeFile(configFile, `${JSON.stringify(config, undefined, 2)}\n`);
}

/** What all programs' config files say about the chain. */
export function chainConfig({ chain, bookFile }: Devnet, rpcUrl = chain.url): Record<string, unknown> {
  return {
    ...{ rpcUrl, chainId: Number(CHAIN_ID), deployment: bookFile, confirmations: 1 },
    ...{ pollSeconds: 0.5, timeoutSeconds: 10, stuckAfterSeconds: 10 },
  };
}

/** A chain of one's own with the protocol deployed and models published, on which programs can be started. */
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseEther, type JsonRpcProvider, ZeroAddress, ZeroHash } from "ethers";

import { publishModel } from "../../src/actions/publishModel.ts";
import { importDenseNetwork } from "../../src/inference/denseNetwork.ts";
import type { ReplayModel } from "../../src/inference/faults.ts";
import { importLande, type LandeModel } from "../../src/inference/lande.ts";
import { WeightsTree } from "../../src/inference/proofs.ts";
import type { Deployment } from "../../src/protocol/deployment.ts";
import type { ModelId } from "../../src/protocol/ids.ts";
import { Ground, ModelClass, type Policy } from "../../src/protocol/models.ts";
import { credenceDomain, type Domain } from "../../src/protocol/typedData.ts";
import { type AddressBook } from "../../src/deployment/addressBook.ts";
import { type Chain, CHAIN_ID, type ChainProcess, startChain } from "./chainProcess.ts";
import { Clock } from "./clock.ts";
import { deploy } from "./deployment.ts";
import { newWallet } from "./keystores.ts";
import { Processes } from "./processes.ts";
import { Treasury } from "./treasury.ts";

export const HOUR = 3_600;
export const DAY = 24 * HOUR;
/** Smallest coverage of the models here, stake token, smallest unit. The penalty is as much. */
export const COVERAGE = parseEther("10");
/** What one answer with that coverage locks. */
export const LOCK = 2n * COVERAGE;
/** Challenge window of the models here, seconds. */
export const WINDOW = 2 * HOUR;

/** A network in the format of docs/protocol/network-format.md. */
export const DIGITS_FILE = join(import.meta.dirname, "..", "..", "models", "digits.dense.json");

/** Terms of the models here: arithmetic decides. */
export const POLICY: Policy = {
  challengeWindow: WINDOW,
  minCoverage: COVERAGE,
  penaltyBps: 10_000,
  grounds: Ground.Replay,
  courtConfig: 0,
  proofVerifier: ZeroAddress,
  proofKey: ZeroHash,
  privateInput: false,
  royaltyBps: 0,
  royaltyTo: ZeroAddress,
};

/** A published model, and how a config file names where it comes from. */
export type SourcedModel = {
  readonly modelId: ModelId;
  readonly source:
    | { readonly kind: "lande" }
    | { readonly kind: "network"; readonly path: string }
    | { readonly kind: "upstream"; readonly url: string; readonly timeoutSeconds: number };
};

/** One that can be replayed. */
export type DevnetModel = SourcedModel & { readonly replay: ReplayModel };

export type Devnet = {
  /** Everything it leaves on disk is in here. */
  readonly folder: string;
  readonly processes: Processes;
  readonly chain: ChainProcess;
  readonly provider: JsonRpcProvider;
  readonly clock: Clock;
  readonly book: AddressBook;
  readonly bookFile: string;
  readonly deployment: Deployment;
  /** Of the AttestationRegistry. */
  readonly domain: Domain;
  readonly treasury: Treasury;
  readonly lande: LandeModel & DevnetModel;
  readonly digits: DevnetModel;
  /** Ends all processes, the chain last, and deletes the folder unless it is to be kept. */
  close(): Promise<void>;
};

export type DevnetOptions = {
  readonly chain: Chain;
  /** Port of the chain; a free one unless given. */
  readonly port?: number | undefined;
  /** Leave the folder there. */
  readonly keep?: boolean;
  /** Says how far it is. */
  readonly progress?: (text: string) => void;
};

/** Starts a chain, deploys, and publishes the models. Blocks come with transactions, until the clock is told to run. */
export async function openDevnet({ chain: kind, port, keep, progress }: DevnetOptions): Promise<Devnet> {
  const processes = new Processes();
  const folder = await mkdtemp(join(tmpdir(), "credence-devnet-"));
  let chain: ChainProcess | undefined;
  let clock: Clock | undefined;
  const close = async (): Promise<void> => {
    clock?.stop();
    await processes.stopAll(chain && [chain.running]);
    chain?.provider.destroy();
    if (keep !== true) await rm(folder, { recursive: true, force: true });
  };
  try {
    progress?.(`starting a chain (${kind})`);
    chain = await startChain(processes, { chain: kind, folder, port });
    const { url, provider } = chain;
    clock = new Clock(provider);
    progress?.(`deploying the protocol through Ignition on ${url}`);
    const { book, bookFile } = await deploy(url, await madeFolder(folder, "deployment"));
    const deployment = book.addresses;
    const treasury = await Treasury.open(provider, deployment);
    progress?.("publishing two models");
    const models = await publishModels(provider, deployment, treasury);
    const domain = credenceDomain(CHAIN_ID, deployment.attestations);
    return {
      folder,
      processes,
      chain,
      provider,
      clock,
      book,
      bookFile,
      deployment,
      domain,
      treasury,
      ...models,
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A new folder in a folder. */
export async function madeFolder(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  await mkdir(path, { recursive: true });
  return path;
}

async function publishModels(
  provider: JsonRpcProvider,
  deployment: Deployment,
  treasury: Treasury,
): Promise<Pick<Devnet, "lande" | "digits">> {
  const publisher = newWallet(provider);
  await treasury.fund(publisher.address);
  const lande = await importLande();
  const landeId = await publishModel(publisher, deployment, {
    manifest: { ...lande.manifest, class: ModelClass.OpenWeights },
    policy: POLICY,
    spec: lande.spec,
  });
  const network = await importDenseNetwork(DIGITS_FILE);
  const digitsId = await publishModel(publisher, deployment, {
    manifest: { ...network.manifest, name: "digits", version: "1", uri: "", class: ModelClass.OpenWeights },
    policy: POLICY,
    spec: network.spec,
  });
  return {
    lande: {
      ...lande,
      modelId: landeId,
      replay: replayable(lande, lande.manifest.preprocessHash),
      source: { kind: "lande" },
    },
    digits: {
      modelId: digitsId,
      replay: replayable(network, network.manifest.preprocessHash),
      source: { kind: "network", path: DIGITS_FILE },
    },
  };
}

function replayable({ spec, weights }: Pick<ReplayModel, "spec" | "weights">, preprocessHash: string): ReplayModel {
  return { spec, weights, preprocessHash, weightsTree: new WeightsTree(spec, weights) };
}

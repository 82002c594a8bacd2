import { ZeroAddress, ZeroHash, getBytes, hexlify, id, parseEther, toUtf8Bytes, toUtf8String } from "ethers";
import type { AddressLike, BytesLike, Provider } from "ethers";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";

import { publishModel } from "../../src/actions/publishModel.ts";
import { readAccount } from "../../src/actions/readAccount.ts";
import type { ReplayModel, ShownTrace } from "../../src/inference/faults.ts";
import { importLande, type LandeModel } from "../../src/inference/lande.ts";
import { WeightsTree } from "../../src/inference/proofs.ts";
import { hashSpec } from "../../src/inference/spec.ts";
import { decodeTensor, encodeTensor, type TensorData } from "../../src/inference/tensor.ts";
import type { Deployment } from "../../src/protocol/deployment.ts";
import type { ModelId } from "../../src/protocol/ids.ts";
import { Ground, ModelClass, type Policy } from "../../src/protocol/models.ts";
import { credenceDomain, type Domain } from "../../src/protocol/typedData.ts";
import type { CourtConfig } from "../../ignition/modules/Court.ts";
import { scaleParameters } from "../../src/deployment/parameters.ts";
import { deployProtocol, localhostParameters, type DeployedProtocol } from "./fixture.ts";
import { Ledger } from "./ledger.ts";

export const HOUR = 3_600;
export const DAY = 24 * HOUR;
/** Challenge window of the models here, seconds. */
export const WINDOW = 2 * HOUR;
/** 12 hours and the deployment's minWindow. */
export const HONOUR_WINDOW = 13 * HOUR;
export const UNBONDING = 21 * DAY;
export const BOND = parseEther("1000");
export const COVERAGE = parseEther("10");
/** Of the models here: 150 %. */
export const PENALTY = parseEther("15");
export const LOCK = COVERAGE + PENALTY;
/** Of a game, in ignition/parameters/localhost.json5. */
export const GAME_BOND = parseEther("50");
/** For each move of a game: 12 hours and the deployment's minWindow. */
export const MOVE_WINDOW = 13 * HOUR;
/** The reserve of ignition/parameters/localhost.json5. */
export const RESERVE = "0x000000000000000000000000000000000000dEaD";

/** Terms of the models here: arithmetic decides, or the court under its fast config. */
export const POLICY: Policy = {
  challengeWindow: WINDOW,
  minCoverage: COVERAGE,
  penaltyBps: 15_000,
  grounds: Ground.Replay | Ground.Judgement,
  courtConfig: 1,
  proofVerifier: ZeroAddress,
  proofKey: ZeroHash,
  privateInput: false,
  royaltyBps: 0,
  royaltyTo: ZeroAddress,
};

/** A deployment with the real lande model published, what operators serve, and an oracle of money. */
export type Stage = {
  readonly connection: NetworkConnection;
  readonly provider: Provider;
  readonly protocol: DeployedProtocol;
  readonly deployment: Deployment;
  /** Domain of AttestationRegistry. */
  readonly domain: Domain;
  readonly lande: LandeModel;
  /** What operators run and watchers replay: lande unless a flow publishes another. */
  readonly model: ReplayModel;
  readonly modelId: ModelId;
  /** What operators show of their traces off chain, by receipt id. */
  readonly served: Map<string, ShownTrace>;
  /** How token holders decide about the models here. Amounts in the stake token's smallest unit. */
  readonly court: CourtTerms;
  readonly ledger: Ledger;
};

/** Of the deployment's parameter file. */
export type CourtTerms = {
  readonly config: CourtConfig;
  readonly bondBps: bigint;
  readonly totalFloor: bigint;
  /** Seconds. */
  readonly maturity: number;
};

let connected: Promise<NetworkConnection> | undefined;
let imported: Promise<LandeModel> | undefined;

/** A new stage; the flows share one chain, and go back to its beginning. */
export async function openStage(): Promise<Stage> {
  connected ??= network.create();
  const { networkHelpers } = await connected;
  const stage = await networkHelpers.loadFixture(deployStage);
  return { ...stage, served: new Map(), ledger: new Ledger(stage.provider, stage.protocol, stage.deployment, RESERVE) };
}

async function deployStage(connection: NetworkConnection): Promise<Omit<Stage, "ledger" | "served">> {
  const { ethers } = connection;
  const protocol = await deployProtocol(connection);
  const { token, vault, operators, models, attestations, slashing, court, disputes, replay, others } = protocol;
  const deployment = {
    token: await token.getAddress(),
    vault: await vault.getAddress(),
    operators: await operators.getAddress(),
    models: await models.getAddress(),
    attestations: await attestations.getAddress(),
    slashing: await slashing.getAddress(),
    court: await court.getAddress(),
    disputes: await disputes.getAddress(),
    replay: await replay.getAddress(),
  };
  imported ??= importLande();
  const lande = await imported;
  const weightsTree = new WeightsTree(lande.spec, lande.weights);
  const manifest = { ...lande.manifest, class: ModelClass.OpenWeights };
  const modelId = await publishModel(others.at(-1)!, deployment, { manifest, policy: POLICY, spec: lande.spec });
  const { chainId } = await ethers.provider.getNetwork();
  const domain = credenceDomain(chainId, deployment.attestations);
  const { courtConfigs, bondBps, totalFloor, maturity } = scaleParameters(await localhostParameters(), 18);
  const config = courtConfigs[POLICY.courtConfig]!;
  return {
    connection,
    provider: ethers.provider,
    protocol,
    deployment,
    domain,
    lande,
    model: { spec: lande.spec, weights: lande.weights, preprocessHash: lande.manifest.preprocessHash, weightsTree },
    modelId,
    court: { config, bondBps, totalFloor, maturity: Number(maturity) },
  };
}

/** Gives an account a name in the ledger, and tokens. */
export async function enter<Account extends AddressLike & { readonly address: string }>(
  { protocol, ledger }: Stage,
  name: string,
  account: Account,
  tokens = 0n,
): Promise<Account> {
  ledger.open(name, account.address);
  ledger.fund(account.address, tokens);
  if (tokens > 0n) await protocol.token.connect(protocol.deployer).transfer(account, tokens);
  return account;
}

/** Tokens, stake and credit of an account, on chain. */
export async function wealth({ provider, protocol, deployment }: Stage, account: string): Promise<bigint> {
  const { active, unbonding, credit } = await readAccount(provider, deployment, { account });
  return active + unbonding + credit + (await protocol.token.balanceOf(account));
}

/** The chain's clock. */
export async function now({ connection }: Stage): Promise<number> {
  return connection.networkHelpers.time.latest();
}

export async function pass({ connection }: Stage, seconds: number): Promise<void> {
  await connection.networkHelpers.time.increase(seconds);
}

/** The same stage with another model published, which operators run and watchers replay from now on. */
export async function publishAnother(
  stage: Stage,
  name: string,
  { spec, weights, preprocessHash = ZeroHash }: Omit<ReplayModel, "preprocessHash"> & { preprocessHash?: string },
): Promise<Stage> {
  const weightsTree = new WeightsTree(spec, weights);
  const manifest = {
    ...{ name, version: "1", uri: `https://${name}.example/model`, artifactHash: id(name) },
    ...{ class: ModelClass.OpenWeights, specHash: hashSpec(spec), weightsRoot: weightsTree.root, preprocessHash },
  };
  const publisher = stage.protocol.others.at(-1)!;
  const modelId = await publishModel(publisher, stage.deployment, { manifest, policy: POLICY, spec });
  return { ...stage, model: { spec, weights, preprocessHash, weightsTree }, modelId };
}

/** The bytes that ask about a text: lande's tensor 0, or the text if the model makes that of it. */
export function requestOf({ lande, model }: Stage, text: string): Uint8Array {
  const isText = model.preprocessHash !== ZeroHash;
  return isText ? toUtf8Bytes(text) : encodeTensor(lande.spec.tensors[0]!, lande.features(text));
}

/** Tensor 0 as it follows from a request. */
export function tensor0Of({ lande, model }: Stage, request: BytesLike): TensorData {
  const isText = model.preprocessHash !== ZeroHash;
  return isText ? lande.features(toUtf8String(request)) : decodeTensor(model.spec.tensors[0]!, getBytes(request));
}

/** The bytes with which lande answers with a language. */
export function languageOutput({ lande }: Stage, code: string): string {
  return hexlify(encodeTensor(lande.spec.tensors.at(-1)!, Int32Array.of(lande.languages.indexOf(code))));
}

/** Frees what has run out, as anybody may, so that it can be withdrawn. */
export async function sweep({ protocol }: Stage, operator: string): Promise<void> {
  await protocol.attestations.sweep(operator);
}

/** The chain and the deployment that the acts of the story play on. */
import { readFile } from "node:fs/promises";

import { parseEther, type Provider, type Signer } from "ethers";
import { network } from "hardhat";
import type { NetworkConnection } from "hardhat/types/network";

import Protocol from "../../ignition/modules/Protocol.ts";
import Token from "../../ignition/modules/Token.ts";
import { addSigner } from "../../src/actions/addSigner.ts";
import { optIn } from "../../src/actions/optIn.ts";
import { readAccount } from "../../src/actions/readAccount.ts";
import { readOperator } from "../../src/actions/readOperator.ts";
import { registerOperator } from "../../src/actions/registerOperator.ts";
import { stake } from "../../src/actions/stake.ts";
import type { Deployment } from "../../src/protocol/deployment.ts";
import { OperatorStatus } from "../../src/protocol/operators.ts";
import type { ReceiptSigner } from "../../src/protocol/signers.ts";
import { credenceDomain, type Domain } from "../../src/protocol/typedData.ts";
import type { CredenceToken } from "../../typechain-types/index.ts";
import {
  parseParameters,
  protocolModuleParameters,
  scaleAmount,
  scaleParameters,
} from "../../src/deployment/parameters.ts";
import { narrate, type Narration } from "./narrate.ts";
import { tokens } from "./tokens.ts";

export const HOUR = 3_600;
export const DAY = 24 * HOUR;
/** Standing bond of an operator, as in ignition/parameters/localhost.json5. */
export const BOND = parseEther("1000");
export const RESERVE = "0x000000000000000000000000000000000000dEaD";

/** What every act needs. */
type Stage = Narration & {
  readonly connection: NetworkConnection;
  readonly provider: Provider;
  readonly deployment: Deployment;
  /** Of the AttestationRegistry. */
  readonly domain: Domain;
  /** Verifier of P-256 keys. */
  readonly p256Verifier: string;
  /** Connected to the deployer, who holds the supply. */
  readonly stakeToken: CredenceToken;
  /** Accounts with ether and nothing else. */
  readonly people: readonly Signer[];
};

/** Deploys the protocol on a chain inside this process. */
async function setTheStage(): Promise<Stage> {
  const narration = narrate();
  narration.chapter("Deploying the protocol through Ignition");
  const connection = await network.create({ override: { accounts: { count: 40 } } });
  const { ethers, ignition } = connection;
  const file = await readFile(new URL("../../ignition/parameters/localhost.json5", import.meta.url), "utf8");
  const parameters = parseParameters(file);
  const [deployer, _owner, _guardian, ...people] = await ethers.getSigners();
  const supply = scaleAmount("newToken.supply", parameters.newToken.supply, 18);
  const { token } = await ignition.deploy(Token, {
    parameters: { Token: { treasury: parameters.newToken.treasury, supply } },
  });
  const scaled = scaleParameters(parameters, 18);
  const deployed = await ignition.deploy(Protocol, {
    parameters: protocolModuleParameters(await token.getAddress(), parameters.owner!, scaled),
  });
  const addressOf = async (name: keyof typeof deployed): Promise<string> => deployed[name].getAddress();
  const deployment: Deployment = {
    token: await addressOf("token"),
    vault: await addressOf("vault"),
    operators: await addressOf("operators"),
    models: await addressOf("models"),
    attestations: await addressOf("attestations"),
    slashing: await addressOf("slashing"),
    court: await addressOf("court"),
    disputes: await addressOf("disputes"),
    replay: await addressOf("replay"),
  };
  const access = await ethers.getContractAt("AccessManager", await addressOf("access"));
  const [deployerIsAdmin] = await access.hasRole(0, deployer!);
  narration.state("the contracts stand, and the deployer holds no role any more", !deployerIsAdmin);
  const { chainId } = await ethers.provider.getNetwork();
  return {
    ...narration,
    connection,
    provider: ethers.provider,
    deployment,
    domain: credenceDomain(chainId, deployment.attestations),
    p256Verifier: await addressOf("p256Verifier"),
    stakeToken: await ethers.getContractAt("CredenceToken", deployment.token, deployer),
    people,
  };
}

/** Where all acts play. */
export const stage = await setTheStage();

/** An operator of the story. */
export type Operator = { name: string; account: Signer; address: string; key: ReceiptSigner; staked: bigint };

/** Gives an account tokens, stakes and registers them, and names the key it signs with. */
export async function enlist(name: string, account: Signer, key: ReceiptSigner, staked: bigint): Promise<Operator> {
  const { deployment, provider, stakeToken, state } = stage;
  const address = await account.getAddress();
  await stakeToken.transfer(address, staked);
  await stake(account, deployment, { amount: staked });
  await optIn(account, deployment);
  const bond = await registerOperator(account, deployment, {
    metadataURI: `https://${name}.example`,
    exposureCap: staked,
  });
  await addSigner(account, deployment, { key });
  const { status } = await readOperator(provider, deployment, { operator: address });
  const kind = key.signer.length === 42 ? "an EOA key" : "a P-256 key";
  state(
    `${name} staked ${tokens(staked)}, of which ${tokens(bond)} are its standing bond, and signs with ${kind}`,
    status === OperatorStatus.Active && bond === BOND,
  );
  return { name, account, address, key, staked };
}

/** What an account has: stake, credit and wallet. */
export async function wealthOf(account: string): Promise<bigint> {
  const { deployment, provider, stakeToken } = stage;
  const { active, unbonding, credit } = await readAccount(provider, deployment, { account });
  return active + unbonding + credit + (await stakeToken.balanceOf(account));
}

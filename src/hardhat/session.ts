import type {} from "@nomicfoundation/hardhat-ethers"; // connection.ethers
import { getAddress, isAddress, type Provider, type Signer } from "ethers";
import type { HardhatRuntimeEnvironment } from "hardhat/types/hre";
import type { NetworkConnection } from "hardhat/types/network";

import { unitOf } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import { FatalError } from "../errors.ts";
import type { TokenUnit } from "../protocol/errors.ts";
import { deploymentOf, type KnownDeployment } from "./deploymentOf.ts";
import { InputError } from "./inputs.ts";
import { TaskSigner } from "./taskSigner.ts";

/** What tasks read with: a deployment on the network that the project's configuration or `--network` names. */
export type ReadingSession = KnownDeployment & {
  readonly hre: HardhatRuntimeEnvironment;
  readonly connection: NetworkConnection;
  readonly provider: Provider;
  /** Of the stake token. */
  readonly unit: TokenUnit;
  /** Finds an account of the network's configuration. */
  readonly account: (name: string, addressOrIndex: string) => Promise<Signer>;
  /** Tells who waits how far it is. */
  readonly say: (line: string) => void;
};

/** What tasks send with. */
export type Session = ReadingSession & {
  /** The account that sends: `--from`, or the network's first. */
  readonly signer: TaskSigner;
};

async function accountOf(connection: NetworkConnection, name: string, addressOrIndex: string): Promise<Signer> {
  const signers = await connection.ethers.getSigners();
  const found = isAddress(addressOrIndex)
    ? signers.find(({ address }) => address === getAddress(addressOrIndex))
    : signers[/^\d{1,4}$/.test(addressOrIndex) ? Number(addressOrIndex) : -1];
  if (found !== undefined) return found;
  const known = signers.length === 0 ? "but it has none" : `0 to ${signers.length - 1}, or the address of one`;
  throw new InputError(name, addressOrIndex, `an account of network ${connection.networkName}: ${known}`);
}

/**
 * Connects to the network and finds the deployment.
 * @throws FatalError `NO_DEPLOYMENT`, `ADDRESS_BOOK`, `TOKEN_UNIT` if the stake token does not say its decimals.
 */
export async function openSession(hre: HardhatRuntimeEnvironment, say: ReadingSession["say"]): Promise<ReadingSession> {
  const connection = await hre.network.getOrCreate();
  const { provider } = connection.ethers;
  const { chainId } = await provider.getNetwork();
  const known = await deploymentOf(hre, connection.networkName, chainId);
  const unit = await unitOf(contractsOf(known.deployment, provider));
  if (unit === undefined) {
    const sentence = `the stake token ${known.deployment.token} does not say its symbol and decimals on network ${connection.networkName}`;
    throw new FatalError("TOKEN_UNIT", `${sentence}: expected the deployment to be there`);
  }
  return {
    ...known,
    ...{ hre, connection, provider, unit },
    account: (name, addressOrIndex) => accountOf(connection, name, addressOrIndex),
    say,
  };
}

export type SenderOptions = {
  /** Address or index of an account. */
  readonly from: string | undefined;
  readonly dryRun: boolean;
};

/** Adds the account that sends: only who sends needs keys. */
export async function withSender(session: ReadingSession, { from = "0", dryRun }: SenderOptions): Promise<Session> {
  const { provider, say } = session;
  const account = await session.account("--from", from);
  return { ...session, signer: new TaskSigner({ account, provider, dryRun, say }) };
}

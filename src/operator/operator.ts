import { parseUnits, type JsonRpcProvider } from "ethers";

import { translated, unitOf } from "../chain/calls.ts";
import { connect } from "../chain/connect.ts";
import { contractsOf, type Contracts } from "../chain/contracts.ts";
import { OrderedSigner } from "../chain/orderedSigner.ts";
import type { Frozen, Variables } from "../daemon/config.ts";
import { CURSOR_TABLE } from "../daemon/cursorTable.ts";
import { readDeployment, type LocatedDeployment } from "../daemon/deployments.ts";
import { openJournal, type Journal } from "../daemon/journal.ts";
import { openKey } from "../daemon/keys.ts";
import type { Environment } from "../daemon/lifecycle.ts";
import { OUTBOX_TABLE, outboxTable } from "../daemon/outboxTable.ts";
import { FatalError } from "../errors.ts";
import { formatAmount } from "../protocol/errors.ts";
import type { ModelId } from "../protocol/ids.ts";
import { eoaSigner, type ReceiptSigner } from "../protocol/signers.ts";
import { credenceDomain, type Domain } from "../protocol/typedData.ts";
import { CHAIN_MIGRATIONS } from "./chainJournal.ts";
import type { OperatorConfig } from "./config.ts";
import { ANSWER_MIGRATIONS, AnswerJournal } from "./journal.ts";
import { hostModels, type HostedModels, type ModelSetup } from "./models/hostModels.ts";
import { ModelPool } from "./models/modelPool.ts";

/** What the program gets from outside. */
export type OperatorEnvironment = Environment & {
  /** Where passwords and other secrets are that the configuration names. */
  variables: Variables;
  /** Asks a person for a password; on the terminal unless given. */
  ask?: (question: string) => Promise<string>;
};

/** What an operator's program works with, opened and checked. */
export type Operator = LocatedDeployment & {
  readonly config: OperatorConfig;
  readonly provider: JsonRpcProvider;
  readonly contracts: Contracts;
  /** Of AttestationRegistry. */
  readonly domain: Domain;
  readonly journal: Journal;
  readonly answers: AnswerJournal;
  /** Signs receipts and batches. */
  readonly key: ReceiptSigner;
  /** Sends transactions. */
  readonly sender: OrderedSigner;
  readonly hosted: HostedModels;
  /** An amount of the stake token, smallest unit. @param tokens Whole tokens as decimal text. */
  readonly amountOf: (tokens: string) => bigint;
  /** An amount as people read it. */
  readonly format: (amount: bigint) => string;
  close(): Promise<void>;
};

/**
 * Opens journal, keys, chain and models of an operator, in this order, and checks each.
 * @throws FatalError for example `JOURNAL_IN_USE`, `KEYSTORE_PASSWORD_WRONG`, `CHAIN_OTHER`, `DEPLOYMENT_MISSING`, `MODEL_MISMATCH`.
 * @throws RetryableError `CHAIN_UNREACHABLE`.
 */
export async function openOperator(config: OperatorConfig, environment: OperatorEnvironment): Promise<Operator> {
  const closing: (() => unknown)[] = [];
  const close = async (): Promise<void> => {
    for (const end of closing.splice(0).toReversed()) await end();
  };
  try {
    const located = await readDeployment(config.chain);
    const { deployment } = located;
    const { chainId, rpcUrl } = config.chain;
    const identity = {
      chainId: chainId.toString(),
      attestations: deployment.attestations.toLowerCase(),
      operator: config.operator.toLowerCase(),
    };
    const migrations = [CURSOR_TABLE, OUTBOX_TABLE, ...ANSWER_MIGRATIONS, ...CHAIN_MIGRATIONS];
    const journal = openJournal(config.journal, { program: "operator", identity, migrations });
    closing.push(() => {
      journal.close();
    });
    const provider = connectTo(config, rpcUrl, closing);
    const contracts = contractsOf(deployment, provider);
    await requireContracts(contracts, provider);
    const { key, sender } = await openKeys(config, environment, journal, provider, closing);
    const unit = await unitOf(contracts);
    const amountOf = (tokens: string): bigint => parseUnits(tokens, unit?.decimals ?? 18);
    const pool = new ModelPool({ workers: config.workers, timeoutMs: config.modelSeconds * 1_000 });
    closing.push(() => pool.close());
    const hosted = await hostModels(contracts, pool, setupsOf(config, amountOf));
    closing.push(() => hosted.close());
    return {
      ...{ ...located, config, provider, contracts, journal, key, sender, hosted, amountOf, close },
      domain: credenceDomain(chainId, deployment.attestations),
      answers: new AnswerJournal(journal),
      format: (amount) => formatAmount(amount, unit),
    };
  } catch (error) {
    await close();
    throw error;
  }
}

function connectTo({ chain }: OperatorConfig, url: string, closing: (() => unknown)[]): JsonRpcProvider {
  const { chainId, timeoutSeconds, pollSeconds } = chain;
  const provider = connect({ url, chainId, timeoutMs: timeoutSeconds * 1_000, pollMs: pollSeconds * 1_000 });
  closing.push(() => {
    provider.destroy();
  });
  return provider;
}

/** @throws FatalError `DEPLOYMENT_MISSING` if there is no contract at an address of the deployment. */
async function requireContracts(contracts: Contracts, provider: JsonRpcProvider): Promise<void> {
  const { vault, operators, models, attestations } = contracts;
  for (const [name, contract] of Object.entries({ vault, operators, models, attestations })) {
    const address = await contract.getAddress();
    const code = await translated(contracts, () => provider.getCode(address));
    if (code === "0x") throw new FatalError("DEPLOYMENT_MISSING", `chain.deployment: ${name} ${address} has no code`);
  }
}

async function openKeys(
  config: OperatorConfig,
  { variables, ask, log, monotonic, sleep, signal }: OperatorEnvironment,
  journal: Journal,
  provider: JsonRpcProvider,
  closing: (() => unknown)[],
): Promise<{ key: ReceiptSigner; sender: OrderedSigner }> {
  const warn = (sentence: string): void => {
    log.warn(sentence);
  };
  const options = { variables, warn, ...(ask && { ask }) };
  const key = await eoaSigner(await openKey(config.keys.signer, options));
  const account = await openKey(config.keys.sender, { ...options, provider });
  const { privateRpcUrl, confirmations, pollSeconds, maxFeePerGas, stuckAfterSeconds } = config.chain;
  const sender = new OrderedSigner({
    signer: account,
    provider,
    ...(privateRpcUrl !== undefined && { broadcast: [connectTo(config, privateRpcUrl, closing)] }),
    outbox: outboxTable(journal, await account.getAddress()),
    confirmations,
    pollMs: pollSeconds * 1_000,
    limits: { ...(maxFeePerGas !== undefined && { maxFeePerGas }), stuckAfterMs: stuckAfterSeconds * 1_000 },
    clock: { monotonic, sleep },
    signal,
    log,
  });
  return { key, sender };
}

function setupsOf({ models }: OperatorConfig, amountOf: (tokens: string) => bigint): ModelSetup[] {
  return models.map(({ modelId, source, artifactHash, coverage, maxCoverage }) => ({
    modelId: modelId as ModelId,
    source: sourceOf(source),
    artifactHash,
    coverage: amountOf(coverage),
    maxCoverage: amountOf(maxCoverage ?? coverage),
  }));
}

function sourceOf(source: Frozen<OperatorConfig["models"][number]["source"]>): ModelSetup["source"] {
  if (source.kind !== "upstream") return source;
  return { kind: "upstream", url: source.url, timeoutMs: source.timeoutSeconds * 1_000 };
}

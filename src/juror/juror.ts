import type { JsonRpcProvider } from "ethers";

import { contractsOf, type Contracts } from "../chain/contracts.ts";
import type { ChainFollower } from "../chain/follower.ts";
import { OrderedSigner } from "../chain/orderedSigner.ts";
import { connect } from "../chain/connect.ts";
import type { Variables } from "../daemon/config.ts";
import { CURSOR_TABLE } from "../daemon/cursorTable.ts";
import { readDeployment } from "../daemon/deployments.ts";
import { openJournal, type Journal } from "../daemon/journal.ts";
import { openKey } from "../daemon/keys.ts";
import type { Environment } from "../daemon/lifecycle.ts";
import { OUTBOX_TABLE, outboxTable } from "../daemon/outboxTable.ts";
import { FatalError } from "../errors.ts";
import type { Deployment } from "../protocol/deployment.ts";
import { CASE_TABLE, caseTable, type CaseTable } from "./caseTable.ts";
import { followCases } from "./followCases.ts";
import { REMINDER_TABLE, reminderTable, type ReminderTable } from "./reminderTable.ts";
import { SPENDING_TABLE, spendingTable, type SpendingTable } from "./spendingTable.ts";
import { VOTE_TABLE, voteTable, type VoteTable } from "./voteTable.ts";
import type { JurorConfig } from "./config.ts";

/** What a juror's program gets from outside. */
export type JurorEnvironment = Environment & {
  /** Where passwords and URLs are that the configuration names. */
  variables: Variables;
  /** Asks a person for a password; on the terminal unless given. */
  ask?: (question: string) => Promise<string>;
};

/** A juror at work: who it is, what it remembers, how it reaches the chain. Only one process at a time has it open. */
export type Juror = {
  readonly config: JurorConfig;
  readonly environment: JurorEnvironment;
  readonly provider: JsonRpcProvider;
  readonly deployment: Deployment;
  /** First block of the deployment. */
  readonly fromBlock: number;
  /** Run by the signer. */
  readonly contracts: Contracts;
  /** Of the account, or of its voting key. */
  readonly signer: OrderedSigner;
  /** Whose ballots they are. */
  readonly account: string;
  readonly follower: ChainFollower;
  readonly cases: CaseTable;
  readonly votes: VoteTable;
  readonly reminders: ReminderTable;
  readonly spending: SpendingTable;
  readonly transaction: Journal["transaction"];
  close(): void;
};

/** Only ever extended at the end: journals that exist have run the first ones. */
const MIGRATIONS = [CURSOR_TABLE, OUTBOX_TABLE, CASE_TABLE, VOTE_TABLE, REMINDER_TABLE, SPENDING_TABLE];

/** @param account Whose ballots they are. @throws as `openJournal`. */
export function openJurorJournal({ journal, chain }: JurorConfig, { court }: Deployment, account: string): Journal {
  const identity = { chainId: chain.chainId.toString(), court, account };
  return openJournal(journal, { program: "juror", identity, migrations: MIGRATIONS });
}

/**
 * Opens key and journal, and checks that the chain has the contracts. What an earlier run sent is looked after from here.
 * @throws FatalError for example `JOURNAL_IN_USE`, `CHAIN_OTHER`, `CONTRACT_MISSING`, or as `openKey`.
 */
export async function openJuror(config: JurorConfig, environment: JurorEnvironment): Promise<Juror> {
  const { chain } = config;
  const { log, variables, ask, signal } = environment;
  const pollMs = chain.pollSeconds * 1000;
  const { deployment, fromBlock } = await readDeployment(chain);
  const options = { url: chain.rpcUrl, chainId: chain.chainId, timeoutMs: chain.timeoutSeconds * 1000, pollMs };
  const provider = connect(options);
  const warn = (sentence: string): void => {
    log.warn(sentence);
  };
  const key = await openKey(config.keys.sender, { variables, warn, ...(ask === undefined ? {} : { ask }) });
  const sender = await key.getAddress();
  const account = config.account ?? sender;
  if ((await provider.getCode(deployment.court)) === "0x") {
    throw new FatalError("CONTRACT_MISSING", `there is no court at ${deployment.court} on chain ${chain.chainId}`);
  }
  const journal = openJurorJournal(config, deployment, account);
  try {
    const limits = {
      stuckAfterMs: chain.stuckAfterSeconds * 1000,
      ...(chain.maxFeePerGas === undefined ? {} : { maxFeePerGas: chain.maxFeePerGas }),
    };
    const outbox = outboxTable(journal, sender);
    const { confirmations } = chain;
    const clock = environment;
    const signer = new OrderedSigner({
      signer: key,
      provider,
      outbox,
      confirmations,
      pollMs,
      limits,
      clock,
      signal,
      log,
    });
    await signer.recover(signal);
    const cases = caseTable(journal);
    return {
      ...{ config, environment, provider, deployment, fromBlock, signer, account, cases },
      contracts: contractsOf(deployment, signer),
      follower: followCases({ provider, deployment, fromBlock, journal, cases, log }),
      votes: voteTable(journal),
      reminders: reminderTable(journal),
      spending: spendingTable(journal),
      transaction: (work) => journal.transaction(work),
      close() {
        provider.destroy();
        journal.close();
      },
    };
  } catch (error) {
    provider.destroy();
    journal.close();
    throw error;
  }
}

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { JsonRpcProvider, Wallet } from "ethers";

import { connect } from "../../src/chain/connect.ts";
import type { Outbox } from "../../src/chain/outbox.ts";
import { OrderedSigner, type OrderedSignerOptions } from "../../src/chain/orderedSigner.ts";
import { openJournal, type Journal } from "../../src/daemon/journal.ts";
import { processClock } from "../../src/daemon/lifecycle.ts";
import { OUTBOX_TABLE, outboxTable } from "../../src/daemon/outboxTable.ts";

/** A program that sends: journal on disk, connection, signer. */
export type Sender = {
  signer: OrderedSigner;
  outbox: Outbox;
  provider: JsonRpcProvider;
  /** Ends it as a crash would: nothing more is sent, what is on disk stays. */
  stop: () => void;
};

/** An empty folder for the files of a test. */
export function temporaryFolder(): { path: string; remove: () => void } {
  const path = mkdtempSync(join(tmpdir(), "credence-"));
  return {
    path,
    remove: () => {
      rmSync(path, { recursive: true, force: true });
    },
  };
}

/** A journal with an outbox and nothing else. */
export function outboxJournal(folder: string): Journal {
  const identity = { chainId: "31337" };
  return openJournal(join(folder, "outbox.sqlite"), { program: "operator", identity, migrations: [OUTBOX_TABLE] });
}

/** Starts a sender on the journal in a folder; one of an earlier start must have been stopped. */
export function startSender(
  folder: string,
  url: string,
  wallet: { address: string } & Pick<Wallet, "signTransaction">,
  options: Partial<OrderedSignerOptions> = {},
): Sender {
  const journal = outboxJournal(folder);
  const outbox = outboxTable(journal, wallet.address);
  const provider = connect({ url, chainId: 31_337n, timeoutMs: 500, pollMs: 25 });
  const controller = new AbortController();
  const signer = new OrderedSigner({
    signer: wallet as Wallet,
    provider,
    outbox,
    confirmations: 1,
    pollMs: 25,
    limits: { stuckAfterMs: 300 },
    clock: processClock,
    signal: controller.signal,
    ...options,
  });
  const stop = (): void => {
    controller.abort();
    provider.destroy();
    journal.close();
  };
  return { signer, outbox, provider, stop };
}

import { getBytes, type ContractRunner, type Interface, type LogDescription } from "ethers";

import { contractsOf } from "../chain/contracts.ts";
import type { FollowedLog } from "../chain/follower.ts";
import type { Journal } from "../daemon/journal.ts";
import type { Batch } from "../protocol/batches.ts";
import type { Deployment } from "../protocol/deployment.ts";
import { parseId, type BatchId, type ReceiptId } from "../protocol/ids.ts";
import { encodeBatch, encodeJson, parseBatch, parseJson, receiptSchema } from "../protocol/receiptJson.ts";
import type { Receipt } from "../protocol/receipts.ts";
import type { AnswerTable } from "./answerTable.ts";
import type { BatchTable } from "./batchTable.ts";

/** Events that the challenger acts on; others of the same contracts are passed over. */
export type FollowOptions = {
  journal: Journal;
  batches: BatchTable;
  answers: AnswerTable;
  deployment: Deployment;
  runner: ContractRunner;
  /** The challenger's account: its own games and cases count against its budget. */
  account: string;
  /**
   * Whose batches are read, addresses in lower case; undefined: everybody's. What is published is noted of everybody: a
   * game of ours may be about it.
   */
  operators: ReadonlySet<string> | undefined;
  /** An event was passed over because its text is no text. */
  readonly onUnreadable: (event: string) => void;
};

/** Brings what the chain says into the journal, and takes back what a reorganisation took back. */
export type ChainEvents = {
  /** Contracts whose events count. */
  readonly addresses: readonly string[];
  readonly apply: (logs: readonly FollowedLog[]) => void;
  readonly rollback: (toBlock: number) => void;
};

type Handler = (event: LogDescription, block: number) => void;

/** What is done with each event, in the caller's transaction. */
export function chainEvents(options: FollowOptions): ChainEvents {
  const { journal, deployment, runner } = options;
  const { attestations, disputes, operators } = contractsOf(deployment, runner);
  const sources = new Map<string, Interface>([
    [deployment.attestations.toLowerCase(), attestations.interface],
    [deployment.disputes.toLowerCase(), disputes.interface],
    [deployment.operators.toLowerCase(), operators.interface],
  ]);
  const handlers: Record<string, Handler> = {
    ...answerHandlers(options),
    ...stakeHandlers(options),
    ...endpointHandlers(options),
  };
  return {
    addresses: [deployment.attestations, deployment.disputes, deployment.operators],
    apply(logs) {
      for (const { address, topics, data, blockNumber } of logs) {
        const event = sources.get(address.toLowerCase())?.parseLog({ topics, data });
        if (event) handlers[event.name]?.(event, blockNumber);
      }
    },
    rollback(toBlock) {
      rollBack(journal, toBlock);
    },
  };
}

function answerHandlers({
  journal,
  batches,
  answers,
  operators,
  onUnreadable,
}: FollowOptions): Record<string, Handler> {
  const isFollowed = (operator: string): boolean => operators?.has(operator.toLowerCase()) ?? true;
  /** Something is locked behind it now: else a liar would fill the lock when nobody looks any more. */
  const reopen = (receiptId: string): void => {
    journal.database
      .prepare("UPDATE answers SET ended = NULL WHERE receipt_id = ? AND ended = 'unpaid'")
      .run(parseId(receiptId));
  };
  return {
    BatchAnchored({ args }, block) {
      if (!isFollowed(args.operator as string)) return;
      const header = readText(() => readBatch(args));
      if (header === undefined) onUnreadable("BatchAnchored");
      else batches.add(parseId<BatchId>(args.batchId as string), header, block);
    },
    AnswerPublished({ args }, block) {
      const receipt = readReceipt(args.receipt as LogDescription["args"]);
      const receiptId = parseId<ReceiptId>(args.receiptId as string);
      const [request, output] = [getBytes(args.request as string), getBytes(args.output as string)];
      answers.add({ receiptId, receipt, request, output });
      const isAlone = BigInt(args.batchId as string) === 0n;
      journal.database
        .prepare("UPDATE answers SET published_block = ?, final_at = ?, is_alone = ? WHERE receipt_id = ?")
        .run(block, Number(args.finalAt), isAlone ? 1 : 0, receiptId);
      if (isAlone) return;
      // Where its leaves are is where its trace is, if the batch itself was withheld.
      journal.database
        .prepare("UPDATE answers SET batch_id = coalesce(batch_id, ?) WHERE receipt_id = ?")
        .run(parseId(args.batchId as string), receiptId);
    },
    LockFilled({ args }) {
      reopen(args.receiptId as string);
    },
    ReceiptMerged({ args }) {
      reopen(args.receiptId as string);
    },
    AnswerSeized({ args }, block) {
      journal.database
        .prepare("UPDATE answers SET seized_block = ? WHERE receipt_id = ?")
        .run(block, parseId(args.receiptId as string));
    },
  };
}

function stakeHandlers({ journal: { database }, account }: FollowOptions): Record<string, Handler> {
  const isOwn = (address: string): boolean => address.toLowerCase() === account.toLowerCase();
  const open = (kind: string, id: string, receiptId: string, amount: bigint, block: number): void => {
    database
      .prepare(
        `INSERT INTO stakes (kind, id, receipt_id, amount, opened_block) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET opened_block = excluded.opened_block`,
      )
      .run(kind, id, receiptId, amount.toString(), block);
  };
  const end = (kind: string, id: string, block: number): void => {
    database.prepare("UPDATE stakes SET ended_block = ? WHERE kind = ? AND id = ?").run(block, kind, id);
  };
  return {
    GameOpened({ args }, block) {
      if (!isOwn(args.challenger as string)) return;
      open("game", String(args.gameId), parseId(args.receiptId as string), args.bond as bigint, block);
    },
    GameBondReturned({ args }, block) {
      end("game", String(args.gameId), block);
    },
    GameBondForfeited({ args }, block) {
      end("game", String(args.gameId), block);
    },
    CaseOpened({ args }, block) {
      if (!isOwn(args.opener as string)) return;
      const id = parseId(args.caseId as string);
      open("case", id, id, (args.bond as bigint) + (args.fee as bigint), block);
    },
    CaseSettled({ args }, block) {
      end("case", parseId(args.caseId as string), block);
    },
  };
}

function endpointHandlers({ journal: { database }, onUnreadable }: FollowOptions): Record<string, Handler> {
  const note: Handler = ({ name, args }, block) => {
    const uri = readText(() => args.metadataURI as string);
    if (uri === undefined) {
      onUnreadable(name);
      return;
    }
    database
      .prepare(
        "INSERT INTO endpoints (operator, block, uri) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET uri = excluded.uri",
      )
      .run((args.operator as string).toLowerCase(), block, uri);
  };
  return { OperatorRegistered: note, MetadataSet: note };
}

/** Text in an event may be any bytes: ethers throws when it is read. */
function readText<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Forgets what stood in later blocks; what was found out about an answer's content stays. */
function rollBack({ database }: Journal, toBlock: number): void {
  database
    .prepare(
      `UPDATE answers SET batch_id = NULL, leaf_index = NULL, proof = NULL
       WHERE batch_id IN (SELECT batch_id FROM batches WHERE block > ?)`,
    )
    .run(toBlock);
  database.prepare("DELETE FROM batches WHERE block > ?").run(toBlock);
  database
    .prepare("UPDATE answers SET published_block = NULL, final_at = NULL, is_alone = 0 WHERE published_block > ?")
    .run(toBlock);
  database.prepare("UPDATE answers SET seized_block = NULL WHERE seized_block > ?").run(toBlock);
  // Why they were done with may be gone: looking again costs one request each.
  database.prepare("UPDATE answers SET ended = NULL WHERE ended IS NOT NULL AND seized_block IS NULL").run();
  database.prepare("UPDATE reports SET ended = NULL WHERE ended IS NOT NULL").run();
  database.prepare("DELETE FROM endpoints WHERE block > ?").run(toBlock);
  database.prepare("DELETE FROM stakes WHERE opened_block > ?").run(toBlock);
  database.prepare("UPDATE stakes SET ended_block = NULL WHERE ended_block > ?").run(toBlock);
}

/** A struct as ethers decodes it: all numbers are bigints. */
type Decoded<Struct> = { [Field in keyof Struct]: Struct[Field] extends number ? bigint : Struct[Field] };

/** The header that an event shows, in the form in which it is kept. */
function readBatch(args: LogDescription["args"]): Batch {
  const shown = args.toObject() as Decoded<Batch>;
  const { operator, signerId, modelId, root, coverage, dataURI } = shown;
  const numbers = { count: Number(shown.count), anchorBy: Number(shown.anchorBy) };
  return parseBatch(encodeBatch({ operator, signerId, modelId, root, coverage, dataURI, ...numbers }));
}

function readReceipt(args: LogDescription["args"]): Receipt {
  const shown = args.toObject() as Decoded<Receipt>;
  const numbers = { issuedAt: Number(shown.issuedAt), anchorBy: Number(shown.anchorBy) };
  return parseJson("a receipt", receiptSchema, encodeJson({ ...shown, ...numbers }));
}

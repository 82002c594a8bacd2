import type { ChainFollower } from "../chain/follower.ts";
import type { Outbox } from "../chain/outbox.ts";
import type { Clock } from "../chain/clock.ts";
import { FatalError } from "../errors.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import { receiptId, type SignedReceipt } from "../protocol/receipts.ts";
import { collectCredit, settleDecided } from "./collecting.ts";
import { contestAnswer } from "./contesting.ts";
import type { KnownAnswer } from "./answerTable.ts";
import type { Context } from "./context.ts";
import { judgeAnswer } from "./judging.ts";
import { GamePlayer } from "./playing.ts";
import { isSignedBy, readLeaves } from "./reading.ts";
import { dueReports, noteShortLock, sendReport } from "./reporting.ts";
import { openCasesOf, openGamesOf } from "./stakeTable.ts";
import { Taskboard } from "./taskboard.ts";

export type ProgramOptions = {
  readonly context: Context;
  readonly follower: ChainFollower;
  readonly outbox: Outbox;
  readonly clock: Clock;
  /** Operators that are read from at one time. */
  readonly readers: number;
  /** Answers that are replayed at one time. */
  readonly replays: number;
  readonly retryMs: number;
  readonly onFatal: (error: unknown) => void;
};

/** Contests, reports and the like that go on at one time; games have no such limit. */
const MOST_TASKS = 16;
/** Answers that are looked up at one time: looking up takes longer than a replay where many are waiting. */
const MOST_READY = 512;
const LONGEST_PAUSE_MS = 60_000;
/** What was settled so many blocks ago is not reorganised away. */
const KEPT_BLOCKS = 256;

/** What a challenger does, again and again: follow the chain, then start whatever is to be done, games first. */
export class ChallengerProgram {
  readonly #options: ProgramOptions;
  readonly #board: Taskboard;
  readonly #games: GamePlayer;
  /** To be replayed, by deadline, as of the last pass. */
  #ready: KnownAnswer[] = [];

  constructor(options: ProgramOptions) {
    const { context, clock, retryMs, onFatal } = options;
    const { log, metrics } = context;
    this.#options = options;
    this.#games = new GamePlayer(context);
    this.#board = new Taskboard({
      ...{ clock, log, onFatal, pauseMs: retryMs, maxPauseMs: Math.max(LONGEST_PAUSE_MS, retryMs) },
      onFailure: (task, code) => {
        metrics.failures.inc({ task, code });
      },
      onEnd: () => {
        this.#judgeNext();
      },
    });
  }

  /** Follows the chain to its newest block, and starts what is due; does not wait for it. */
  async pass(signal: AbortSignal): Promise<void> {
    const { follower, outbox } = this.#options;
    const { number } = await follower.poll(signal);
    outbox.prune(number - KEPT_BLOCKS);
    this.#defend();
    this.#contest();
    this.#look();
  }

  /** Resolves when everything that was started has ended. */
  async idle(): Promise<void> {
    await this.#board.settled();
  }

  /**
   * Takes note of a receipt that somebody was handed, so that a second one for the same job is noticed.
   * @throws FatalError `SIGNATURE_INVALID` if the key that it names did not sign it.
   */
  hear({ receipt, signature }: SignedReceipt): ReceiptId {
    const { domain, journal, answers } = this.#options.context;
    const id = receiptId(domain, receipt);
    if (!isSignedBy(receipt, signature, id)) {
      throw new FatalError("SIGNATURE_INVALID", `receipt ${id} is not signed by ${receipt.signerId}`);
    }
    journal.transaction(() => {
      answers.add({ receiptId: id, receipt, signature });
    });
    return id;
  }

  /** Clocks run in games: they come first, the nearest deadline before the others. */
  #defend(): void {
    const { context } = this.#options;
    for (const game of this.#games.sort(openGamesOf(context.journal))) {
      this.#board.start(`game:${game.gameId}`, () => this.#games.play(game));
    }
    for (const caseId of openCasesOf(context.journal)) {
      this.#board.start(`case:${caseId}`, () => settleDecided(context, caseId));
    }
  }

  #contest(): void {
    const { context } = this.#options;
    const free = (prefix: string): number => MOST_TASKS - this.#board.countOf(prefix);
    for (const report of dueReports(context, MOST_TASKS).slice(0, Math.max(0, free("report:")))) {
      this.#board.start(`report:${report.kind}/${report.key}`, () => sendReport(context, report));
    }
    for (const answer of context.answers.toContest(4 * MOST_TASKS)) {
      if (free("contest:") <= 0) break;
      this.#board.start(`contest:${answer.receiptId}`, () => contestAnswer(context, answer));
    }
    this.#board.start("claim", () => collectCredit(context));
  }

  /** What is read and replayed, as much as the limits allow. */
  #look(): void {
    const { context, readers } = this.#options;
    for (const batch of context.batches.toRead(64 * readers)) {
      if (this.#board.countOf("read:") >= readers) break;
      // One at a time of each operator: a slow one keeps only itself waiting.
      this.#board.start(`read:${batch.header.operator}`, () => readLeaves(context, batch));
    }
    this.#ready = context.answers.toJudge(context.head().timestamp, MOST_READY);
    this.#judgeNext();
    for (const answer of context.answers.aloneUnread(MOST_TASKS)) {
      this.#board.start(`alone:${answer.receiptId}`, () => noteShortLock(context, answer));
    }
  }

  /** One follows the other: with a pass in between, few answers would be replayed for each look at the chain. */
  #judgeNext(): void {
    const { context, replays } = this.#options;
    // More than there are threads: some wait for traces.
    while (!context.signal.aborted && this.#board.countOf("judge:") < replays + MOST_TASKS) {
      const answer = this.#ready.shift();
      if (answer === undefined) return;
      this.#board.start(`judge:${answer.receiptId}`, () => judgeAnswer(context, answer));
    }
  }
}

import { getBytes } from "ethers";

import { playMove } from "../actions/playMove.ts";
import { readGame, type ReadGame } from "../actions/readGame.ts";
import { translated } from "../chain/calls.ts";
import { eventsOf } from "../chain/logs.ts";
import { RetryableError } from "../errors.ts";
import { ContractError } from "../protocol/errors.ts";
import { NoMove, type ChallengerMove } from "../protocol/gamePlayer.ts";
import { GamePhase, isOperatorsTurn } from "../protocol/games.ts";
import type { KnownAnswer } from "./answerTable.ts";
import { settleDecided } from "./collecting.ts";
import type { Context } from "./context.ts";
import { claimOf } from "./judging.ts";
import type { ClaimBytes } from "./replayWorker.ts";
import type { OwnGame } from "./stakeTable.ts";

/** The game went on, or ended, between the look and the move. */
const OVERTAKEN: ReadonlySet<string> = new Set([
  ...[
    "GameInPhase",
    "GameNotOpen",
    "ClockOut",
    "ClockRunning",
    "NoBond",
    "LockInState",
    "SlashedAlready",
    "NotOverturned",
  ],
]);

/** The games of this account: looks at each, and does what is to be done, by the nearest deadline first. */
export class GamePlayer {
  readonly #context: Context;
  /** Where each game stood when there was nothing to do. */
  readonly #waiting = new Map<bigint, string>();
  readonly #deadlines = new Map<bigint, number>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** Those whose clock runs out first; games that were never looked at come before all. */
  sort(games: readonly OwnGame[]): OwnGame[] {
    const deadline = ({ gameId }: OwnGame): number => this.#deadlines.get(gameId) ?? 0;
    return [...games].sort((a, b) => deadline(a) - deadline(b));
  }

  /** One move, if one is due. */
  async play({ gameId, receiptId }: OwnGame): Promise<void> {
    const { provider, deployment, answers, head, policy } = this.#context;
    const answer = answers.get(receiptId);
    if (answer === undefined)
      throw new RetryableError("ANSWER_UNKNOWN", `the answer of game ${gameId} is not followed yet`);
    const game = await readGame(provider, deployment, { gameId });
    this.#deadlines.set(gameId, game.deadline);
    const { timestamp: now } = head();
    const place = `${game.phase}/${game.level}/${game.position}/${game.deadline}/${game.isOverturned}/${now >= game.deadline}`;
    if (this.#waiting.get(gameId) === place) return;
    const move = clockMove(game, now) ?? (await this.#replayed(game, answer, now));
    // A node may be ahead with its calls and behind with its events: what it does not have now it has later.
    if (move.kind === "none" && move.reason === NoMove.RootsUnread)
      throw new RetryableError("CHAIN_STALE", `the node lacks events of game ${gameId}`);
    const isWaiting = move.kind === "wait" || move.kind === "none";
    if (isWaiting) this.#wait(gameId, answer, move);
    else await this.#send(gameId, answer, move);
    if (isWaiting || policy.dryRun) this.#waiting.set(gameId, place);
  }

  async #replayed(game: ReadGame, answer: KnownAnswer, now: number): Promise<ChallengerMove> {
    const { gameReplayer, signal } = this.#context;
    const { modelId } = answer.receipt;
    const claim = claimOf(answer) ?? (await publishedClaim(this.#context, answer));
    return gameReplayer.move(modelId, claim, game, now, signal);
  }

  #wait(gameId: bigint, answer: KnownAnswer, move: ChallengerMove): void {
    const { log, answers } = this.#context;
    if (move.kind !== "none" || move.reason === NoMove.Over) return;
    log.error({ gameId, receiptId: answer.receiptId, reason: move.reason }, "there is no move in a game of ours");
    // Only the roots in the game showed that: a case may follow it.
    if (move.reason === NoMove.Preprocessing) answers.judge(answer.receiptId, "preprocessing");
  }

  async #send(gameId: bigint, { receiptId, receipt }: KnownAnswer, move: ChallengerMove): Promise<void> {
    const { signers, deployment, policy, metrics, log } = this.#context;
    if (policy.dryRun) {
      log.info({ gameId, receiptId, move: move.kind }, "would move in a game");
      return;
    }
    const isRewarded = move.kind === "prove" || move.kind === "claimTimeout";
    const signer = isRewarded ? signers.dutyReward : signers.duty;
    try {
      await playMove(signer, deployment, { gameId, receipt, move });
    } catch (error) {
      if (!(error instanceof ContractError) || !OVERTAKEN.has(error.code)) throw error;
      log.debug({ err: error, gameId, move: move.kind }, "a move came too late, or too early");
      // A case on it that is decided and not settled stands in the way of proof and clock, until somebody settles it.
      if (error.code === "LockInState") await settleDecided(this.#context, receiptId);
      return;
    }
    metrics.acts.inc({ kind: move.kind });
    log.info({ gameId, receiptId, operator: receipt.operator, move: move.kind }, "moved in a game");
  }
}

/** What an answer says, from the chain: a new journal may not have chosen to keep it. */
async function publishedClaim({ contracts }: Context, answer: KnownAnswer): Promise<ClaimBytes> {
  const { receiptId, receipt, publishedBlock } = answer;
  if (publishedBlock === undefined)
    throw new RetryableError("ANSWER_UNKNOWN", `answer ${receiptId} is not followed yet`);
  const { attestations } = contracts;
  const filter = attestations.filters.AnswerPublished(receiptId);
  const [published] = await translated(contracts, () =>
    eventsOf<{ request: string; output: string }>(attestations, filter, publishedBlock, publishedBlock),
  );
  if (published === undefined)
    throw new RetryableError("CHAIN_STALE", `block ${publishedBlock} lacks answer ${receiptId}`);
  const { request, output } = published;
  return { request: getBytes(request), output: getBytes(output), traceRoot: receipt.traceRoot };
}

/** What needs no replay, and must not wait for one. */
function clockMove({ phase, isOverturned, deadline }: ReadGame, now: number): ChallengerMove | undefined {
  if (phase === GamePhase.None) return { kind: "none", reason: NoMove.Unknown };
  if (phase === GamePhase.Over) return { kind: "none", reason: NoMove.Over };
  if (isOverturned) return { kind: "withdrawBond" };
  return now >= deadline && isOperatorsTurn(phase) ? { kind: "claimTimeout" } : undefined;
}

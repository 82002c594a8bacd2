import { playMove } from "../actions/playMove.ts";
import { CredenceError } from "../errors.ts";
import { operatorMove, type OperatorMove } from "../protocol/gamePlayer.ts";
import { GamePhase, isOperatorsTurn, type Game } from "../protocol/games.ts";
import type { OpenGame } from "./chainJournal.ts";
import type { DutyContext, DutyView } from "./duty.ts";
import { unpackTrace } from "./models/packTrace.ts";

const MAX_RETRY_MS = 15_000;
/** Refusals that say that somebody else has done it: the journal has not followed that far yet. */
const DONE: readonly string[] = ["RootsPublished", "GameInPhase", "GameNotOpen", "NoBond"];

/**
 * Answers in every game on own answers out of the trace that was kept, the nearest deadline first, and claims the clock
 * of challengers who are late. A right answer loses its lock to silence like a wrong one: what comes near its deadline is
 * an alarm.
 */
export function playGames(context: DutyContext, view: DutyView): void {
  const { chain, metrics } = context;
  const games = chain.openGames().filter(({ isOverturned }) => !isOverturned);
  metrics.setGames(games);
  const now = view.head.timestamp;
  const waiting = games.filter(({ phase }) => isOperatorsTurn(phase));
  const nearest = Math.min(...waiting.map(({ deadline }) => deadline! - now)); // each of these has one
  metrics.secondsToDeadline.set(nearest); // +Inf if there is none
  for (const game of waiting) answerGame(context, game, now);
  for (const game of games) {
    if (isOperatorsTurn(game.phase) || game.deadline === undefined || now < game.deadline) continue;
    start(context, game, { kind: "claimTimeout" }, `clock/${game.gameId}`);
  }
}

function answerGame(context: DutyContext, game: OpenGame, now: number): void {
  const { answers, settings, tasks, metrics, log } = context;
  const { gameId, receiptId, phase } = game;
  const left = game.deadline! - now;
  if (left <= settings.alarmSeconds) {
    metrics.alarms.inc();
    const details = { gameId, receiptId, phase, left };
    log.error(
      details,
      left > 0 ? "a move is not on chain yet and its time is nearly over" : "the time for a move is over",
    );
  }
  const subject = phase === GamePhase.Roots ? `roots/${receiptId}` : `${gameId}/${game.level}`;
  tasks.start({
    duty: "play",
    subject,
    isUrgent: true,
    maxRetryMs: MAX_RETRY_MS,
    run: async () => {
      const packed = answers.traceOf(receiptId);
      const stored = answers.answer(receiptId);
      if (packed === undefined || stored === undefined) {
        metrics.unplayable.inc();
        log.error({ gameId, receiptId }, "a game cannot be played: the trace of its answer is not in this journal");
        return;
      }
      const record = { receipt: stored.signed.receipt, ...unpackTrace(packed) };
      await send(context, game, operatorMove(boardOf(game), record, now));
    },
  });
}

function start(context: DutyContext, game: OpenGame, move: OperatorMove, subject: string): void {
  const run = (): Promise<void> => send(context, game, move);
  context.tasks.start({ duty: "play", subject, isUrgent: true, maxRetryMs: MAX_RETRY_MS, run });
}

async function send(context: DutyContext, { gameId, receiptId }: OpenGame, move: OperatorMove): Promise<void> {
  const { answers, signer, deployment, metrics, log } = context;
  const receipt = answers.answer(receiptId)?.signed.receipt;
  if (receipt === undefined) return;
  if (move.kind === "none") log.error({ gameId, receiptId, reason: move.reason }, "no move is possible in a game");
  try {
    const isSent = await playMove(signer, deployment, { gameId, receipt, move });
    if (!isSent) return;
    metrics.moves.inc({ kind: move.kind });
    log.info({ gameId, receiptId, move: move.kind }, "move played");
  } catch (error) {
    if (error instanceof CredenceError && DONE.includes(error.code)) return;
    throw error;
  }
}

/** What was shown before is in the trace as well. */
function boardOf(game: OpenGame): Game {
  return {
    ...game,
    deadline: game.deadline!,
    roots: undefined,
    openings: [],
    leaf: undefined,
    operatorLost: undefined,
  };
}

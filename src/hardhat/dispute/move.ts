import { playMove, type GameMove } from "../../actions/playMove.ts";
import type { AnswerRecord } from "../../actions/readAnswer.ts";
import type { ReadGame } from "../../actions/readGame.ts";
import { challengerMove, operatorMove } from "../../protocol/gamePlayer.ts";
import { parseTraceRecord, type TraceRecord } from "../../protocol/traceRecord.ts";
import { Time } from "../cells.ts";
import { fileInput, InputError, wordInput } from "../inputs.ts";
import { claimOf, modelSource, recordOf } from "../modelSource.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";
import { gameInput } from "./gameInput.ts";

type Arguments = { game: string; side?: string; source?: string; record?: string };

const SIDES = { challenger: "challenger", operator: "operator" } as const;

async function sideOf({ signer }: Session, { challenger }: ReadGame, side: string | undefined): Promise<string> {
  if (side !== undefined) return wordInput("--side", side, SIDES);
  return (await signer.getAddress()) === challenger ? SIDES.challenger : SIDES.operator;
}

async function traceOf(
  { receipt, request, output }: AnswerRecord,
  { source, record }: Arguments,
): Promise<TraceRecord> {
  if (record !== undefined) return parseTraceRecord(await fileInput("--record", record));
  if (source === undefined)
    throw new InputError("--record or --source", undefined, "the operator's trace, or its model");
  return recordOf(await modelSource(source), receipt, { request, output });
}

async function proposed(session: Session, args: Arguments, game: ReadGame, answer: AnswerRecord): Promise<GameMove> {
  const { timestamp } = (await session.provider.getBlock("latest"))!;
  if ((await sideOf(session, game, args.side)) === SIDES.operator) {
    return operatorMove(game, await traceOf(answer, args), timestamp);
  }
  if (args.source === undefined) throw new InputError("--source", undefined, "the model that is run again");
  const model = await modelSource(args.source);
  session.say("running the model again");
  const claim = claimOf(model, answer.receipt, answer);
  return challengerMove(game, { model: model.model, claim }, timestamp);
}

function sentenceOf(move: GameMove, gameId: bigint): string {
  if (move.kind === "wait") return `Nothing to do in game ${gameId}: it is the other side's turn.`;
  if (move.kind === "none") return `Nothing to do in game ${gameId}: ${move.reason}.`;
  return `Game ${gameId}: ${move.kind}.`;
}

export async function move(session: Session, args: Arguments): Promise<Report> {
  const { game, answer } = await gameInput(session, args.game);
  const { gameId } = game;
  const next = await proposed(session, args, game, answer);
  const isSent = await playMove(session.signer, session.deployment, { gameId, receipt: answer.receipt, move: next });
  return {
    sentence: sentenceOf(next, gameId),
    data: {
      ...{ game: Number(gameId), move: next.kind, sent: isSent },
      ...(next.kind === "wait" ? { until: new Time(next.until) } : {}),
      ...(next.kind === "none" ? { reason: next.reason } : {}),
    },
  };
}

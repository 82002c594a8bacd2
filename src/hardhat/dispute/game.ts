import { openGame } from "../../actions/openGame.ts";
import { GamePhase } from "../../protocol/games.ts";
import { answerInput } from "../answerInput.ts";
import { Amount, Time } from "../cells.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";
import { nameOf } from "../words.ts";

export async function game(session: Session, { answer, index }: { answer: string; index?: string }): Promise<Report> {
  const { leaf, request, output } = await answerInput(session, "answer", answer, index);
  const opened = await openGame(session.signer, session.deployment, { leaf, request, output });
  const { gameId, receiptId, bond, phase, deadline } = opened;
  return {
    sentence: `Game ${gameId} is open: the operator must show its trace.`,
    data: {
      game: Number(gameId),
      receiptId,
      bond: new Amount(bond),
      phase: nameOf(GamePhase, phase),
      deadline: new Time(deadline),
    },
  };
}

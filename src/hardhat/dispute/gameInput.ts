import { type AnswerRecord, readAnswer } from "../../actions/readAnswer.ts";
import { readGame, type ReadGame } from "../../actions/readGame.ts";
import { GamePhase } from "../../protocol/games.ts";
import { countInput, InputError } from "../inputs.ts";
import type { ReadingSession } from "../session.ts";

/** Finds a game by its number, and the answer that it is on. @throws InputError if there is no such game. */
export async function gameInput(
  { provider, deployment }: ReadingSession,
  text: string,
): Promise<{ game: ReadGame; answer: AnswerRecord }> {
  const gameId = BigInt(countInput("game", text));
  const game = await readGame(provider, deployment, { gameId });
  const answer =
    game.phase === GamePhase.None ? undefined : await readAnswer(provider, deployment, { receiptId: game.receiptId });
  if (answer === undefined) throw new InputError("game", text, "the number of a game");
  return { game, answer };
}

import { readCase } from "../../actions/readCase.ts";
import { readGame } from "../../actions/readGame.ts";
import { Phase } from "../../protocol/court.ts";
import { GamePhase } from "../../protocol/games.ts";
import type { ReceiptId } from "../../protocol/ids.ts";
import { CaseState } from "../../protocol/rulings.ts";
import { Amount, Time } from "../cells.ts";
import { countInput, idInput, InputError } from "../inputs.ts";
import type { Report } from "../report.ts";
import type { ReadingSession } from "../session.ts";
import { nameOf, RULINGS, wordOf } from "../words.ts";

async function showGame({ provider, deployment }: ReadingSession, text: string): Promise<Report> {
  const gameId = BigInt(countInput("id", text));
  const game = await readGame(provider, deployment, { gameId });
  if (game.phase === GamePhase.None) throw new InputError("id", text, "the number of a game");
  const { sentence, receiptId, challenger, phase, deadline, bond, isOverturned, operatorLost } = game;
  return {
    sentence,
    data: {
      ...{ game: Number(gameId), receiptId, challenger, phase: nameOf(GamePhase, phase) },
      deadline: new Time(deadline),
      bond: new Amount(bond),
      ...{ isOverturned, operatorLost, sentence },
    },
  };
}

async function showCase({ provider, deployment }: ReadingSession, text: string): Promise<Report> {
  const caseId = idInput<ReceiptId>("id", text);
  const found = await readCase(provider, deployment, { caseId });
  if (found.phase === Phase.None) throw new InputError("id", text, "the id of a case");
  const { sentence, phase, deadline, round, ruling, state, opener, bond, appeal, pools } = found;
  return {
    sentence,
    data: {
      ...{ caseId, phase: nameOf(Phase, phase), round: round + 1 },
      deadline: deadline === 0 ? undefined : new Time(deadline),
      ruling: ruling === undefined ? undefined : wordOf(RULINGS, ruling),
      ...{ state: nameOf(CaseState, state), opener },
      bond: new Amount(bond),
      appealCost: appeal && new Amount(appeal.cost),
      sentence,
      pools: pools.map(({ round: opens, asked, raised, missing, funded }) => ({
        ...{ round: opens, asked: wordOf(RULINGS, asked) },
        raised: new Amount(raised),
        missing: new Amount(missing),
        funded,
      })),
    },
  };
}

export async function show(session: ReadingSession, { id }: { id: string }): Promise<Report> {
  return /^\d+$/.test(id) ? showGame(session, id) : showCase(session, id);
}

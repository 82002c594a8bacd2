import { claimTimeout } from "../../actions/claimTimeout.ts";
import { Amount } from "../cells.ts";
import type { Report } from "../report.ts";
import type { Session } from "../session.ts";
import { gameInput } from "./gameInput.ts";
import { overturnedRow } from "./overturned.ts";

export async function timeout(session: Session, args: { game: string }): Promise<Report> {
  const { game, answer } = await gameInput(session, args.game);
  const { gameId } = game;
  const ended = await claimTimeout(session.signer, session.deployment, { gameId, receipt: answer.receipt });
  const common = { game: Number(gameId), operatorLost: ended.operatorLost };
  if (ended.operatorLost) {
    return {
      sentence: "The operator's clock ran out: the answer is overturned.",
      data: { ...common, ...overturnedRow(ended) },
    };
  }
  const { toOperator, toReserve } = ended;
  return {
    sentence: "The challenger's clock ran out: its bond is lost.",
    data: { ...common, toOperator: new Amount(toOperator), toReserve: new Amount(toReserve) },
  };
}

import type { Signer } from "ethers";

import { claimTimeout } from "../../src/actions/claimTimeout.ts";
import { openGame } from "../../src/actions/openGame.ts";
import { playMove } from "../../src/actions/playMove.ts";
import { readGame } from "../../src/actions/readGame.ts";
import {
  findFault,
  replayClaim,
  type Claim,
  type ProvableFault,
  type Replay,
  type ShownTrace,
} from "../../src/inference/faults.ts";
import { bareLeaf } from "../../src/protocol/answers.ts";
import { challengerMove, operatorMove, type ChallengerMove, type OperatorMove } from "../../src/protocol/gamePlayer.ts";
import { receiptId, type Receipt } from "../../src/protocol/receipts.ts";
import type { TraceRecord } from "../../src/protocol/traceRecord.ts";
import { COVERAGE, PENALTY, now, tensor0Of, type Stage } from "./stage.ts";

/** An account that plays. */
export type Player = Signer & { readonly address: string };

/** Who can answer in games on its answers. */
export type Defender = { readonly account: Player; recordOf(receipt: Receipt): TraceRecord | undefined };

/** A game as its challenger keeps it. */
export type OwnGame = { gameId: bigint; receipt: Receipt; claim: Claim; replay: Replay | undefined };

/** What an answer says, as the chain shows it. */
export function claimOf(
  stage: Stage,
  { receipt, request, output }: { receipt: Receipt; request: string; output: string },
): Claim {
  const { traceRoot } = receipt;
  return { request, output, traceRoot, tensor0: tensor0Of(stage, request) };
}

/** What one transaction overturns an answer with. */
export function faultIn({ model }: Stage, claim: Claim, shown: ShownTrace = {}): ProvableFault {
  const fault = findFault(model, claim, shown);
  if (fault === undefined || fault.kind === "withheld" || fault.kind === "preprocessing") {
    throw new Error(`expected a fault that can be proven, found ${fault?.kind}`);
  }
  return fault;
}

/** Tells the ledger that arithmetic, or a clock, overturned an answer. */
export function overturnInLedger({ domain, ledger }: Stage, receipt: Receipt, challenger: string): void {
  const { operator, beneficiary, coverage } = receipt;
  const penalty = (coverage * PENALTY) / COVERAGE;
  ledger.overturn({ caseId: receiptId(domain, receipt), operator, beneficiary, challenger, coverage, penalty });
}

/** Plays games to the end, with whatever move the package proposes, and tells the ledger. */
export class Challenger {
  readonly games: OwnGame[] = [];
  readonly #stage: Stage;
  readonly #account: Player;

  constructor(stage: Stage, account: Player) {
    this.#stage = stage;
    this.#account = account;
  }

  /** Puts down the bond. */
  async open(receipt: Receipt, claim: Claim): Promise<OwnGame> {
    const { deployment, ledger, model } = this.#stage;
    const { gameId, bond } = await openGame(this.#account, deployment, { leaf: bareLeaf(receipt) });
    ledger.openGame(gameId, { challenger: this.#account.address, operator: receipt.operator, bond });
    const game = { gameId, receipt, claim, replay: replayClaim(model, claim) };
    this.games.push(game);
    return game;
  }

  /** What is to be done in a game now. */
  async next({ gameId, claim, replay }: OwnGame): Promise<ChallengerMove> {
    const { deployment, provider, model } = this.#stage;
    const knowledge = { model, claim, ...(replay && { replay }) };
    return challengerMove(await readGame(provider, deployment, { gameId }), knowledge, await now(this.#stage));
  }

  /** Does it. @returns what was done; `wait` and `none` are nothing. */
  async move(game: OwnGame): Promise<ChallengerMove["kind"]> {
    const { deployment, ledger } = this.#stage;
    const { gameId, receipt } = game;
    const move = await this.next(game);
    await playMove(this.#account, deployment, { gameId, receipt, move });
    if (move.kind === "prove") overturnInLedger(this.#stage, receipt, this.#account.address);
    if (move.kind === "claimTimeout") overturnInLedger(this.#stage, receipt, this.#account.address);
    if (move.kind === "withdrawBond" || move.kind === "claimTimeout") ledger.returnBond(gameId);
    return move.kind;
  }

  /**
   * Both sides move as long as one of them can, without waiting for a clock.
   * @param silent The operator stays away.
   * @returns the moves, in order.
   */
  async play(game: OwnGame, defender: Defender, { silent = false } = {}): Promise<string[]> {
    const played: string[] = [];
    for (;;) {
      const own = await this.move(game);
      if (own !== "wait" && own !== "none") {
        played.push(own);
        continue;
      }
      const theirs = silent ? "none" : await defend(this.#stage, defender, game);
      if (theirs === "wait" || theirs === "none") return played;
      played.push(theirs);
    }
  }
}

/** One move of an operator, out of what it kept. @returns what was done; `wait` and `none` are nothing. */
export async function defend(
  stage: Stage,
  defender: Defender,
  { gameId, receipt }: Pick<OwnGame, "gameId" | "receipt">,
): Promise<OperatorMove["kind"]> {
  const { deployment, provider, ledger } = stage;
  const record = defender.recordOf(receipt);
  if (record === undefined) return "none";
  const move = operatorMove(await readGame(provider, deployment, { gameId }), record, await now(stage));
  if (move.kind !== "claimTimeout") {
    await playMove(defender.account, deployment, { gameId, receipt, move });
    return move.kind;
  }
  await claimTimeout(defender.account, deployment, { gameId, receipt });
  ledger.forfeitBond(gameId);
  return move.kind;
}

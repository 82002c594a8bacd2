import { describeCase } from "../protocol/caseSentences.ts";
import {
  Phase,
  readClock,
  readConfig,
  readTally,
  type CaseClock,
  type CourtConfig,
  type RoundTally,
} from "../protocol/court.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import { Ruling, type CaseState } from "../protocol/rulings.ts";
import type { Contracts } from "./contracts.ts";

/** Who together ask for one ruling in one appeal. Amounts of the stake token, smallest unit. */
export type AppealPool = {
  /** That it opens or opened, from 1. */
  round: number;
  asked: Ruling;
  /** Less what was withdrawn. */
  raised: bigint;
  /** What it still needs to open the round; 0 if it did, or cannot any more. */
  missing: bigint;
  /** Left for its contributors, once the case is settled. */
  payout: bigint;
  /** It opened the round. */
  funded: boolean;
};

/** A case: the question, which the court has, and the money, which the DisputeManager has. */
export type CourtCase = CaseClock & {
  /** Id of the receipt that the case is about. */
  caseId: ReceiptId;
  terms: CourtConfig;
  /** One for each round up to the current one. */
  rounds: RoundTally[];
  /** The one that stands, provisional until the phase is `Final`; undefined while none does. */
  ruling: Ruling | undefined;
  state: CaseState;
  /** The zero address if there is no such case. */
  opener: string;
  /** Of the opener, stake token, smallest unit; an appeal to round r puts down 2^r times as much. */
  bond: bigint;
  /** The round that an appeal would open now, and what it costs in all; undefined if none is possible. */
  appeal: { round: number; cost: bigint } | undefined;
  /** Those in which somebody has put or had money. */
  pools: AppealPool[];
  /** Where it stands and what can be done, for a person. */
  sentence: string;
};

/** Reads a case at one block; `None` in `phase` and `state` if there is none. */
export async function readCourtCase(contracts: Contracts, caseId: ReceiptId, blockTag: number): Promise<CourtCase> {
  const { court, disputes } = contracts;
  const at = { blockTag };
  const [clockView, money] = await Promise.all([court.caseOf(caseId, at), disputes.caseOf(caseId, at)]);
  const clock = readClock(clockView);
  const numbers = Array.from({ length: clock.phase === Phase.None ? 0 : clock.round + 1 }, (_, round) => round);
  const stands = clock.phase === Phase.Appeal || clock.phase === Phase.Final || clock.round > 0;
  const [config, tallies, ruling, appeal] = await Promise.all([
    court.configOf(clock.config, at),
    Promise.all(numbers.map((round) => court.roundOf(caseId, round, at))),
    stands && clock.phase !== Phase.Ended ? court.currentRuling(caseId, at) : undefined,
    clock.phase === Phase.Appeal ? disputes.appealCost(caseId, at) : undefined,
  ]);
  const cost = appeal && { round: Number(appeal.round), cost: appeal.cost };
  const known = {
    ...clock,
    caseId,
    terms: readConfig(config),
    rounds: tallies.map(readTally),
    ruling: ruling === undefined ? undefined : (Number(ruling) as Ruling),
    state: Number(money.state) as CaseState,
    opener: money.opener,
    bond: money.bond,
    appeal: cost,
  };
  const last = cost?.round ?? clock.round;
  const pools = await readPools(contracts, caseId, last, cost, at);
  return { ...known, pools, sentence: describeCase(known) };
}

async function readPools(
  { disputes }: Contracts,
  caseId: ReceiptId,
  last: number,
  appeal: CourtCase["appeal"],
  at: { blockTag: number },
): Promise<AppealPool[]> {
  const places = Array.from({ length: last }, (_, i) =>
    Object.values(Ruling).map((asked) => ({ round: i + 1, asked })),
  );
  const pools = await Promise.all(
    places.flat().map(async ({ round, asked }) => {
      const { raised, payout, funded } = await disputes.poolOf(caseId, round, asked, at);
      const missing = appeal?.round === round ? appeal.cost - raised : 0n;
      return { round, asked, raised, missing, payout, funded };
    }),
  );
  return pools.filter(({ raised, funded }) => raised > 0n || funded);
}

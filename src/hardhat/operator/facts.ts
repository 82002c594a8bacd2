import { readHistory } from "../../actions/readHistory.ts";
import { readOperator } from "../../actions/readOperator.ts";
import { translated } from "../../chain/calls.ts";
import { contractsOf } from "../../chain/contracts.ts";
import { eventsOf } from "../../chain/logs.ts";
import { CaseState } from "../../protocol/rulings.ts";
import { OperatorStatus } from "../../protocol/operators.ts";
import { Amount, type Row, Time } from "../cells.ts";
import type { ReadingSession } from "../session.ts";
import { nameOf } from "../words.ts";
import { readKey } from "./readKey.ts";

async function keysOf(
  { provider, deployment, fromBlock }: ReadingSession,
  operator: string,
  block: number,
): Promise<Row[]> {
  const contracts = contractsOf(deployment, provider);
  const { operators } = contracts;
  type Added = { signerId: string; signer: string };
  const added = await eventsOf<Added>(operators, operators.filters.SignerAdded(operator), fromBlock, block);
  return Promise.all(
    added.map(async ({ signerId, signer }) => {
      const { validFrom, validUntil, compromisedSince, reportedAt } = await readKey(contracts, signerId);
      const stolen = reportedAt === 0n ? {} : { stolenSince: new Time(compromisedSince) };
      return { key: signer, signerId, validFrom: new Time(validFrom), validUntil: new Time(validUntil), ...stolen };
    }),
  );
}

async function modelsOf(
  { provider, deployment, fromBlock }: ReadingSession,
  operator: string,
  block: number,
): Promise<string[]> {
  const { operators } = contractsOf(deployment, provider);
  const filter = operators.filters.ModelHosted(operator);
  const hosted = await eventsOf<{ modelId: string }>(operators, filter, fromBlock, block);
  const ids = [...new Set(hosted.map(({ modelId }) => modelId))];
  const hosts = await Promise.all(ids.map((id) => operators.hosts(operator, id)));
  return ids.filter((_, i) => hosts[i]);
}

type Opened = { caseId: string };
type Started = { gameId: bigint; receiptId: string; operator: string };

/** Cases and games on an operator's answers that are not over. */
async function contested(
  { provider, deployment, fromBlock }: ReadingSession,
  operator: string,
  block: number,
): Promise<Row> {
  const { disputes } = contractsOf(deployment, provider);
  const { CaseOpened, GameOpened } = disputes.filters;
  const [cases, allGames] = await Promise.all([
    eventsOf<Opened>(disputes, CaseOpened(undefined, operator), fromBlock, block),
    eventsOf<Started>(disputes, GameOpened(), fromBlock, block),
  ]);
  const games = allGames.filter((game) => game.operator === operator);
  const [caseStates, bonds] = await Promise.all([
    Promise.all(cases.map(({ caseId }) => disputes.caseOf(caseId))),
    Promise.all(games.map(({ gameId }) => disputes.bondOf(gameId))),
  ]);
  return {
    openCases: cases.filter((_, i) => Number(caseStates[i]!.state) === CaseState.Open).map(({ caseId }) => caseId),
    openGames: games
      .filter((_, i) => bonds[i]!.bond > 0n)
      .map(({ gameId, receiptId }) => ({ gameId: Number(gameId), receiptId })),
  };
}

/** What an operator was punished for, each offence in a line; nothing for a clean record. */
async function punishments({ provider, deployment }: ReadingSession, operator: string): Promise<Row[]> {
  const history = await readHistory(provider, deployment, { operator });
  return Object.entries(history)
    .filter(([, { count }]) => count > 0)
    .map(([offence, { count, streak, taken }]) => ({ offence, count, streak, taken: new Amount(taken) }));
}

/** All that is known of an operator; undefined for an address that is none. */
export async function operatorFacts(session: ReadingSession, operator: string): Promise<Row | undefined> {
  const { provider, deployment } = session;
  const state = await readOperator(provider, deployment, { operator });
  if (state.status === OperatorStatus.None) return undefined;
  const block = await provider.getBlockNumber();
  const contracts = contractsOf(deployment, provider);
  const [keys, models, open, history] = await translated(contracts, async () =>
    Promise.all([
      keysOf(session, operator, block),
      modelsOf(session, operator, block),
      contested(session, operator, block),
      punishments(session, operator),
    ]),
  );
  const { jailedFrom, jailedUntil, retiredAt, tombstonedAt } = state;
  return {
    status: nameOf(OperatorStatus, state.status),
    bond: new Amount(state.bond),
    exposureCap: new Amount(state.exposureCap),
    lockable: new Amount(state.lockable),
    ...(jailedFrom === 0 ? {} : { jailedFrom: new Time(jailedFrom), jailedUntil: new Time(jailedUntil) }),
    ...(retiredAt === 0 ? {} : { retiredAt: new Time(retiredAt) }),
    ...(tombstonedAt === 0 ? {} : { tombstonedAt: new Time(tombstonedAt) }),
    models,
    ...open,
    keys,
    history,
  };
}

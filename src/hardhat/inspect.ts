import { ZeroAddress } from "ethers";

import { readDuties } from "../actions/readDuties.ts";
import { translated } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import { eventsOf } from "../chain/logs.ts";
import { signerIdOf } from "../protocol/signers.ts";
import { CaseState } from "../protocol/rulings.ts";
import { type Row, Time } from "./cells.ts";
import { addressInput } from "./inputs.ts";
import { operatorFacts } from "./operator/facts.ts";
import { readKey } from "./operator/readKey.ts";
import type { Report } from "./report.ts";
import type { ReadingSession } from "./session.ts";
import { stakeFacts } from "./stake/facts.ts";

/** Names under which the deployment knows an address. */
function rolesOf({ addresses }: ReadingSession, address: string): string[] {
  return Object.entries(addresses)
    .filter(([, known]) => known.toLowerCase() === address.toLowerCase())
    .map(([name]) => name);
}

/** Whose receipts the address signs, if it is an operator's hot key. */
async function keyFacts({ provider, deployment }: ReadingSession, address: string): Promise<Row | undefined> {
  const contracts = contractsOf(deployment, provider);
  const signerId = signerIdOf(address);
  const { operator, validFrom, validUntil } = await translated(contracts, () => readKey(contracts, signerId));
  if (operator === ZeroAddress) return undefined;
  return { operator, signerId, validFrom: new Time(validFrom), validUntil: new Time(validUntil) };
}

/** Cases that the address opened, and games that it plays, that are not over. */
async function challenges({ provider, deployment, fromBlock }: ReadingSession, address: string): Promise<Row> {
  const contracts = contractsOf(deployment, provider);
  const { disputes } = contracts;
  return translated(contracts, async () => {
    const block = await provider.getBlockNumber();
    const { CaseOpened, GameOpened } = disputes.filters;
    const [ownCases, ownGames] = await Promise.all([
      eventsOf<{ caseId: string }>(disputes, CaseOpened(undefined, undefined, address), fromBlock, block),
      eventsOf<{ gameId: bigint }>(disputes, GameOpened(undefined, undefined, address), fromBlock, block),
    ]);
    const states = await Promise.all(ownCases.map(({ caseId }) => disputes.caseOf(caseId)));
    const bonds = await Promise.all(ownGames.map(({ gameId }) => disputes.bondOf(gameId)));
    return {
      cases: ownCases.filter((_, i) => Number(states[i]!.state) === CaseState.Open).map(({ caseId }) => caseId),
      games: ownGames.filter((_, i) => bonds[i]!.bond > 0n).map(({ gameId }) => Number(gameId)),
    };
  });
}

/** What there is of a person: everything but zeros. */
async function personFacts(session: ReadingSession, address: string): Promise<Row> {
  const { provider, deployment, fromBlock } = session;
  const [operator, key, opened, duties] = await Promise.all([
    operatorFacts(session, address),
    keyFacts(session, address),
    challenges(session, address),
    readDuties(provider, deployment, { account: address, fromBlock }),
  ]);
  return {
    ...(operator === undefined ? {} : { operator }),
    ...(key === undefined ? {} : { signsFor: key }),
    opened,
    duties: duties.map(({ sentence }) => sentence),
  };
}

const kindsOf = (roles: readonly string[], { operator, signsFor }: Row, stake: Row): string[] => [
  ...roles.map((role) => `the deployment's ${role}`),
  ...(operator === undefined ? [] : ["an operator"]),
  ...(signsFor === undefined ? [] : ["a key that signs for an operator"]),
  ...(stake.enrolled === true ? ["a voter"] : []),
];

export async function inspect(session: ReadingSession, args: { address: string }): Promise<Report> {
  const address = addressInput("address", args.address);
  const roles = rolesOf(session, address);
  session.say("reading the chain");
  const [code, stake, person] = await Promise.all([
    session.provider.getCode(address),
    stakeFacts(session, address),
    personFacts(session, address),
  ]);
  const kinds = kindsOf(roles, person, stake);
  const what = code === "0x" ? "an account" : "a contract";
  return {
    sentence: `${address} is ${[what, ...kinds].join(", ")}.`,
    data: { address, isContract: code !== "0x", roles, stake, ...person },
  };
}

import { ZeroAddress } from "ethers";

import { readAccount } from "../../actions/readAccount.ts";
import { translated } from "../../chain/calls.ts";
import { contractsOf } from "../../chain/contracts.ts";
import { OPEN_ENDED } from "../../protocol/operators.ts";
import { Amount, type Row, Time } from "../cells.ts";
import type { ReadingSession } from "../session.ts";

/** All that token and vault know of an account. */
export async function stakeFacts({ provider, deployment }: ReadingSession, account: string): Promise<Row> {
  const contracts = contractsOf(deployment, provider);
  const { operators, attestations, court } = deployment;
  const modules = Object.entries({ operators, attestations, court });
  const [state, [balance, votes, votingKey, ...optedIn]] = await Promise.all([
    readAccount(provider, deployment, { account }),
    translated(contracts, async () =>
      Promise.all([
        contracts.token.balanceOf(account),
        contracts.vault.getVotes(account),
        contracts.vault.votingKeyOf(account),
        ...modules.map(([, module]) => contracts.vault.optedInUntil(account, module)),
      ]),
    ),
  ]);
  const { active, unbonding, maturesAt, locked, credit, enrolled } = state;
  return {
    balance: new Amount(balance),
    active: new Amount(active),
    unbonding: new Amount(unbonding),
    maturesAt: maturesAt === 0 ? undefined : new Time(maturesAt),
    locked: new Amount(locked),
    credit: new Amount(credit),
    enrolled,
    votes: new Amount(votes),
    votingKey: votingKey === ZeroAddress ? undefined : votingKey,
    optedIn: modules.filter((_, i) => optedIn[i] === BigInt(OPEN_ENDED)).map(([name]) => name),
  };
}

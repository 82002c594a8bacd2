/** What the chain says of the devnet's operators and challengers, read by itself and not from what the programs say. */
import { contractsOf } from "../../src/chain/contracts.ts";
import { eventsOf } from "../../src/chain/logs.ts";
import { readAccount } from "../../src/actions/readAccount.ts";
import { readOperator, type OperatorState } from "../../src/actions/readOperator.ts";
import type { Devnet } from "./devnet.ts";

/** Of an operator; counts since the beginning, amounts in the stake token's smallest unit. */
export type OperatorScore = OperatorState & {
  /** Answers in its anchored batches. */
  readonly anchored: number;
  readonly batches: number;
  readonly published: number;
  readonly overturned: number;
  /** Times it was punished. */
  readonly slashed: number;
  /** Taken from it in all. */
  readonly taken: bigint;
  /** Active stake, unbonding stake and credit. */
  readonly wealth: bigint;
};

/** Of a challenger's account. */
export type ChallengerScore = {
  readonly gamesOpened: number;
  readonly gamesLost: number;
  /** Answers overturned for it. */
  readonly won: number;
  readonly reported: number;
  /** Wallet and credit, stake token, smallest unit. */
  readonly balance: bigint;
  /** Smallest unit of the chain's coin. */
  readonly ether: bigint;
};

type Tally = {
  anchored: number;
  batches: number;
  published: number;
  overturned: number;
  slashed: number;
  taken: bigint;
};
type Contest = { gamesOpened: number; gamesLost: number; won: number; reported: number };

const newTally = (): Tally => ({ anchored: 0, batches: 0, published: 0, overturned: 0, slashed: 0, taken: 0n });
const newContest = (): Contest => ({ gamesOpened: 0, gamesLost: 0, won: 0, reported: 0 });

export class Scoreboard {
  readonly #devnet: Devnet;
  readonly #tallies = new Map<string, Tally>();
  readonly #contests = new Map<string, Contest>();
  readonly #challengerOf = new Map<bigint, string>();
  #next: number;

  constructor(devnet: Devnet) {
    this.#devnet = devnet;
    this.#next = devnet.book.blocks.first;
  }

  /** Counts the events up to the newest block. @returns that block. */
  async update(): Promise<{ number: number; timestamp: number }> {
    const { provider, deployment } = this.#devnet;
    const head = (await provider.getBlock("latest"))!;
    if (head.number < this.#next) return head;
    const { attestations, disputes, slashing } = contractsOf(deployment, provider);
    const range = [this.#next, head.number] as const;
    type Batch = { operator: string; count: bigint };
    for (const { operator, count } of await eventsOf<Batch>(
      attestations,
      attestations.filters.BatchAnchored(),
      ...range,
    )) {
      this.#tally(operator).batches += 1;
      this.#tally(operator).anchored += Number(count);
    }
    const published = attestations.filters.AnswerPublished();
    for (const { operator } of await eventsOf<{ operator: string }>(attestations, published, ...range)) {
      this.#tally(operator).published += 1;
    }
    type Overturned = { operator: string; challenger: string };
    const overturned = disputes.filters.AnswerOverturned();
    for (const { operator, challenger } of await eventsOf<Overturned>(disputes, overturned, ...range)) {
      this.#tally(operator).overturned += 1;
      this.#contest(challenger).won += 1;
    }
    type Slash = { operator: string; taken: bigint; reporter: string };
    for (const { operator, taken, reporter } of await eventsOf<Slash>(slashing, slashing.filters.Slashed(), ...range)) {
      this.#tally(operator).slashed += 1;
      this.#tally(operator).taken += taken;
      this.#contest(reporter).reported += 1;
    }
    type Opened = { gameId: bigint; challenger: string };
    for (const { gameId, challenger } of await eventsOf<Opened>(disputes, disputes.filters.GameOpened(), ...range)) {
      this.#challengerOf.set(gameId, challenger);
      this.#contest(challenger).gamesOpened += 1;
    }
    const forfeited = disputes.filters.GameBondForfeited();
    for (const { gameId } of await eventsOf<{ gameId: bigint }>(disputes, forfeited, ...range)) {
      this.#contest(this.#challengerOf.get(gameId)!).gamesLost += 1;
    }
    this.#next = head.number + 1;
    return head;
  }

  async operator(address: string): Promise<OperatorScore> {
    const { provider, deployment } = this.#devnet;
    const [state, { active, unbonding, credit }] = await Promise.all([
      readOperator(provider, deployment, { operator: address }),
      readAccount(provider, deployment, { account: address }),
    ]);
    return { ...state, ...this.#tally(address), wealth: active + unbonding + credit };
  }

  async challenger(address: string): Promise<ChallengerScore> {
    const { provider, deployment } = this.#devnet;
    const { token } = contractsOf(deployment, provider);
    const [wallet, { credit }, ether] = await Promise.all([
      token.balanceOf(address),
      readAccount(provider, deployment, { account: address }),
      provider.getBalance(address),
    ]);
    return { ...this.#contest(address), balance: wallet + credit, ether };
  }

  #tally(operator: string): Tally {
    return entry(this.#tallies, operator, newTally);
  }

  #contest(challenger: string): Contest {
    return entry(this.#contests, challenger, newContest);
  }
}

function entry<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const value = map.get(key) ?? make();
  map.set(key, value);
  return value;
}

import type { CourtConfig } from "../../ignition/modules/Court.ts";
import { Choice } from "../../src/protocol/court.ts";
import { Ruling } from "../../src/protocol/rulings.ts";
import { VOTE_PARTS } from "../../src/protocol/sortition.ts";

/** The choice that a ruling proves right. */
const RIGHT = {
  [Ruling.Undecided]: Choice.CannotDecide,
  [Ruling.Overturned]: Choice.AtFault,
  [Ruling.Upheld]: Choice.NotAtFault,
} as const;
const DECIDING = [
  { choice: Choice.AtFault, ruling: Ruling.Overturned },
  { choice: Choice.NotAtFault, ruling: Ruling.Upheld },
  { choice: Choice.CannotDecide, ruling: Ruling.Undecided },
] as const;

const BPS = 10_000n;

/** One voter's ballot in one round. */
export type Ballot = { readonly voter: string; readonly weight: bigint; readonly risk: bigint; choice: Choice };

/** Who asked for a ruling in an appeal, and what each of them put in. */
type Pool = { readonly asked: Ruling; readonly round: number; readonly raised: Map<string, bigint>; payout: bigint };

/** One round: what its financiers asked for and put down, and the ballots. */
type Round = { readonly asked: Ruling; readonly bond: bigint; readonly fee: bigint; readonly seats: bigint } & {
  readonly ballots: Map<string, Ballot>;
};

/** What a case is about. Amounts in the stake token's smallest unit. */
export type Claim = {
  readonly operator: string;
  readonly beneficiary: string;
  readonly opener: string;
  readonly coverage: bigint;
  readonly penalty: bigint;
};

/** Who gets what when a case is over. */
export type Division = {
  /** Of the opener, then of the pool that financed each appeal. */
  readonly payouts: readonly bigint[];
  readonly toOperator: bigint;
  /** Of bonds and fees. */
  readonly toReserve: bigint;
  /** Of the fees, from the court to the DisputeManager. */
  readonly returned: bigint;
  /** Whether the operator loses its lock. */
  readonly overturned: boolean;
  /** Out of the penalty to the DisputeManager, which pays it on. */
  readonly fromPenalty: bigint;
  /** Out of the penalty to whoever proved the answer wrong. */
  readonly toProver: bigint;
};

const sum = (amounts: Iterable<bigint>): bigint => [...amounts].reduce((a, b) => a + b, 0n);
const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const ceilDiv = (a: bigint, b: bigint): bigint => (a + b - 1n) / b;
const weightOf = (ballots: Iterable<Ballot>): bigint => sum([...ballots].map(({ weight }) => weight));

/**
 * The money of one case, reckoned from what happened in it by the rules of the design (waterfall, juror money, bonds).
 * It knows no chain: who has put down what, who voted what with which weight, and whether a proof ended it.
 */
export class Lawsuit {
  readonly claim: Claim;
  readonly #terms: CourtConfig;
  readonly #bond: bigint;
  readonly #rounds: Round[] = [];
  readonly #pools: Pool[] = [];
  #revealing = false;
  #over: "decided" | "proven" | undefined;

  constructor(claim: Claim, terms: CourtConfig, bondBps: bigint) {
    const [first, second = first] = terms.rounds;
    const share = ceilDiv((claim.coverage + claim.penalty) * bondBps, BPS);
    this.claim = claim;
    this.#terms = terms;
    this.#bond = most(least(share, 20n * first!.fee), second!.fee);
    this.#begin(Ruling.Overturned);
  }

  /* WHAT HAPPENS */

  /** Puts a ballot into the current round. */
  commit(ballot: Omit<Ballot, "choice">): void {
    this.#current.ballots.set(ballot.voter, { ...ballot, choice: Choice.None });
  }

  /** The time to commit is over. */
  beginReveal(): void {
    this.#revealing = true;
  }

  reveal(voter: string, choice: Choice): void {
    const ballot = this.#current.ballots.get(voter);
    if (ballot === undefined) throw new Error(`${voter} has no ballot`);
    ballot.choice = choice;
  }

  /** Somebody gives at most `amount` to the appeal that asks for `asked`. */
  contribute(who: string, asked: Ruling, amount: bigint): { taken: bigint; fee: bigint; isFull: boolean } {
    const round = this.#rounds.length;
    const { bond, fee } = this.#priceOf(round);
    let pool = this.#poolOf(round, asked);
    if (pool === undefined) this.#pools.push((pool = { round, asked, raised: new Map(), payout: 0n }));
    const taken = least(amount, bond + fee - sum(pool.raised.values()));
    pool.raised.set(who, (pool.raised.get(who) ?? 0n) + taken);
    const isFull = sum(pool.raised.values()) === bond + fee;
    if (isFull) this.#begin(asked);
    return { taken, fee, isFull };
  }

  /** Nothing can happen any more but payments. @param byProof Arithmetic ended it. */
  conclude(byProof: boolean): Division {
    this.#over = byProof ? "proven" : "decided";
    const division = byProof ? this.#afterProof() : this.#afterRuling();
    for (const [round, payout] of division.payouts.entries()) {
      if (round > 0) this.#poolOf(round, this.#rounds[round]!.asked)!.payout = payout;
    }
    return division;
  }

  /** @returns what somebody has back of an appeal: all of it if another pool was first, else its share. */
  withdraw(who: string, round: number, asked: Ruling): bigint {
    const pool = this.#poolOf(round, asked)!;
    const given = pool.raised.get(who)!;
    const opened = this.#rounds[round]?.asked === asked;
    const amount = opened ? (pool.payout * given) / sum(pool.raised.values()) : given;
    if (opened) pool.payout -= amount;
    pool.raised.delete(who);
    return amount;
  }

  /* WHAT FOLLOWS */

  get bond(): bigint {
    return this.#bond;
  }

  get fee(): bigint {
    return this.#rounds[0]!.fee;
  }

  get round(): number {
    return this.#rounds.length - 1;
  }

  /** Expected seats of the current panel; 0: everybody. */
  get seats(): bigint {
    return this.#current.seats;
  }

  get isOver(): boolean {
    return this.#over !== undefined;
  }

  /** What the next appeal costs in all. */
  get appealCost(): bigint {
    const { bond, fee } = this.#priceOf(this.#rounds.length);
    return bond + fee;
  }

  ballots(round: number): Ballot[] {
    return [...this.#rounds[round]!.ballots.values()];
  }

  /** Everybody's part in every appeal, for `withdraw`. */
  contributions(): { who: string; round: number; asked: Ruling }[] {
    return this.#pools.flatMap(({ round, asked, raised }) => [...raised.keys()].map((who) => ({ who, round, asked })));
  }

  /** What a seat, or a full vote of so many votes, puts at risk. */
  riskOf(weight: bigint, votes: bigint): bigint {
    if (weight === 0n) return 0n;
    const { fee, seats, seatRiskFees, voteRiskBps } = this.#terms.rounds[this.round]!;
    return seats > 0n ? ceilDiv(weight * seatRiskFees * fee, seats) : ceilDiv(votes * voteRiskBps, BPS);
  }

  /** The ruling after each round: what a round does not decide stays as it was. */
  get rulings(): Ruling[] {
    let standing: Ruling = Ruling.Undecided;
    return this.#rounds.map((round) => (standing = decided(round) ?? standing));
  }

  get ruling(): Ruling {
    return this.rulings.at(-1)!;
  }

  /** What a juror is paid for its ballot, by weight and rounded down, and what it loses of its risk. */
  settlementOf(round: number, ballot: Ballot): { paid: bigint; forfeited: bigint } {
    const { sharers, pot } = this.#potOf(round);
    const paid = sharers.includes(ballot) ? (ballot.weight * pot) / weightOf(sharers) : 0n;
    return { paid, forfeited: this.#over === "proven" ? 0n : lossOf(ballot, this.ruling) };
  }

  /* INTERNAL */

  get #current(): Round {
    return this.#rounds.at(-1)!;
  }

  #begin(asked: Ruling): void {
    const { seats } = this.#terms.rounds[this.#rounds.length]!;
    this.#rounds.push({ asked, ...this.#priceOf(this.#rounds.length), seats, ballots: new Map() });
    this.#revealing = false;
  }

  /** The bond doubles from round to round. */
  #priceOf(round: number): { bond: bigint; fee: bigint } {
    return { bond: this.#bond * 2n ** BigInt(round), fee: this.#terms.rounds[round]!.fee };
  }

  #poolOf(round: number, asked: Ruling): Pool | undefined {
    return this.#pools.find((pool) => pool.round === round && pool.asked === asked);
  }

  /** Who shares how much of a round's fee, and what goes back to who paid it. */
  #potOf(round: number): { sharers: Ballot[]; pot: bigint; returned: bigint } {
    const { fee } = this.#rounds[round]!;
    const { sharers, pot } = this.#sharersOf(round);
    return sharers.length === 0 ? { sharers, pot: 0n, returned: fee } : { sharers, pot, returned: fee - pot };
  }

  #sharersOf(round: number): { sharers: Ballot[]; pot: bigint } {
    const held = this.#rounds[round]!;
    const { fee } = held;
    const all = this.ballots(round);
    const revealed = all.filter(({ choice }) => choice !== Choice.None);
    if (this.#over === "proven") {
      const early = round === this.round && !this.#revealing;
      return early ? { sharers: all, pot: fee / 2n } : { sharers: revealed, pot: fee };
    }
    if (!hasQuorum(held)) return { sharers: [], pot: 0n };
    if (this.ruling === Ruling.Undecided) return { sharers: revealed, pot: fee / 2n };
    return { sharers: revealed.filter(({ choice }) => choice === RIGHT[this.ruling]), pot: fee };
  }

  /** Unless nobody could say, losers pay the winners' fees; the penalty pays reserve, fees and bounty, in this order. */
  #afterRuling(): Division {
    const { ruling } = this;
    const fees = this.#rounds.map((_, round) => this.#potOf(round));
    const wins = (round: Round): boolean => ruling === Ruling.Undecided || round.asked === ruling;
    const spent = (i: number): bigint => this.#rounds[i]!.fee - fees[i]!.returned;
    const won = this.#rounds.map((round, i) => (ruling !== Ruling.Undecided && wins(round) ? spent(i) : 0n));
    const owed = sum(won);
    const lost = sum(this.#rounds.filter((round) => !wins(round)).map(({ bond }) => bond));
    const fromBonds = least(lost, owed);
    const overturned = ruling === Ruling.Overturned;
    const fromPenalty = overturned ? this.#ofPenalty(owed - fromBonds) : { fees: 0n, bounty: 0n };
    const paid = fromBonds + fromPenalty.fees;
    const payouts = this.#rounds.map((round, i) => {
      const compensation = owed === 0n ? 0n : (paid * won[i]!) / owed;
      return fees[i]!.returned + (wins(round) ? round.bond : 0n) + compensation;
    });
    const undivided = paid - sum(won.map((fee) => (owed === 0n ? 0n : (paid * fee) / owed)));
    const turner = this.rulings.findLastIndex(
      (after, i, all) => i > 0 && after !== all[i - 1] && all[i - 1] !== Ruling.Undecided,
    );
    const isTurned = turner > 0 && this.#rounds[turner]!.asked === ruling;
    const forTurning = isTurned ? least(fromPenalty.bounty, this.#rounds[turner - 1]!.fee) / 2n : 0n;
    if (isTurned) payouts[turner]! += forTurning;
    payouts[0]! += fromPenalty.bounty - forTurning;
    const toOperator = ruling === Ruling.Upheld ? (lost - fromBonds) / 2n : 0n;
    return {
      payouts,
      toOperator,
      toReserve: lost - fromBonds - toOperator + undivided,
      returned: sum(fees.map(({ returned }) => returned)),
      overturned,
      fromPenalty: fromPenalty.fees + fromPenalty.bounty,
      toProver: 0n,
    };
  }

  /** Everybody has its bond and its fee back; the prover has the bounty. */
  #afterProof(): Division {
    const fees = this.#rounds.map((_, round) => this.#potOf(round));
    const spent = this.#rounds.map(({ fee }, i) => fee - fees[i]!.returned);
    const all = sum(spent);
    const { fees: paid, bounty } = this.#ofPenalty(all);
    const shares = spent.map((fee) => (all === 0n ? 0n : (paid * fee) / all));
    return {
      payouts: this.#rounds.map(({ bond }, i) => bond + fees[i]!.returned + shares[i]!),
      toOperator: 0n,
      toReserve: paid - sum(shares),
      returned: sum(fees.map(({ returned }) => returned)),
      overturned: true,
      fromPenalty: paid,
      toProver: bounty,
    };
  }

  /** 40 % are the reserve's; then fees; then a bounty of at most half of the penalty. */
  #ofPenalty(owed: bigint): { fees: bigint; bounty: bigint } {
    const { penalty } = this.claim;
    const left = penalty - ceilDiv(penalty * 4n, 10n);
    const fees = least(left, owed);
    return { fees, bounty: least(left - fees, penalty / 2n) };
  }
}

/** A third of a panel's seats was revealed, or a fifth of everybody is behind one choice. */
function hasQuorum({ seats, ballots }: Round): boolean {
  const tally = DECIDING.map(({ choice }) => weightOf([...ballots.values()].filter((b) => b.choice === choice)));
  return seats > 0n ? 3n * sum(tally) >= seats : 5n * tally.reduce(most) >= VOTE_PARTS;
}

/** What a round decides: the choice ahead of each other, if there is one and a quorum. */
function decided(round: Round): Ruling | undefined {
  if (!hasQuorum(round)) return undefined;
  const ballots = [...round.ballots.values()];
  const ranked = DECIDING.map(({ choice, ruling }) => ({
    ruling,
    weight: weightOf(ballots.filter((ballot) => ballot.choice === choice)),
  })).sort((a, b) => (a.weight > b.weight ? -1 : 1));
  return ranked[0]!.weight > ranked[1]!.weight ? ranked[0]!.ruling : undefined;
}

/** Silent: everything. Wrong: half. Right, or nobody could say: nothing. */
function lossOf({ choice, risk }: Ballot, ruling: Ruling): bigint {
  if (choice === Choice.None) return risk;
  return ruling === Ruling.Undecided || choice === RIGHT[ruling] ? 0n : ceilDiv(risk, 2n);
}

import { expect } from "chai";
import { ZeroAddress, formatEther, type Provider } from "ethers";

import { readAccount } from "../../src/actions/readAccount.ts";
import type { Deployment } from "../../src/protocol/deployment.ts";
import type { DeployedProtocol } from "./fixture.ts";
import type { Ruling } from "../../src/protocol/rulings.ts";
import type { Lawsuit } from "./lawsuit.ts";

/** What one account has: tokens of its own, stake (active and unbonding), and credit in the vault. Smallest unit. */
type Purse = { wallet: bigint; staked: bigint; credit: bigint };

/** What a challenger puts down for a game. */
type Bond = { challenger: string; operator: string; bond: bigint };

/** How an overturned answer is divided, reckoned from the receipt alone. */
export type Overturned = {
  /** Its id, which is that of the case on it, if there is one. */
  caseId: string;
  operator: string;
  beneficiary: string;
  challenger: string;
  coverage: bigint;
  penalty: bigint;
};

/**
 * Everybody's money as the story says it must be. It is told what happens and asks the chain nothing before the end,
 * so that what it expects is reckoned apart from the contracts.
 */
export class Ledger {
  readonly #provider: Provider;
  readonly #protocol: DeployedProtocol;
  readonly #deployment: Deployment;
  readonly #reserve: string;
  readonly #names = new Map<string, string>();
  readonly #purses = new Map<string, Purse>();
  readonly #votes = new Map<string, { from: number; votes: bigint }[]>();
  readonly #cases = new Map<string, Lawsuit>();
  readonly #games = new Map<bigint, Bond>();

  constructor(provider: Provider, protocol: DeployedProtocol, deployment: Deployment, reserve: string) {
    this.#provider = provider;
    this.#protocol = protocol;
    this.#deployment = deployment;
    this.#reserve = reserve;
    this.open("reserve", reserve);
    this.open("court", deployment.court);
    this.open("disputes", deployment.disputes);
  }

  /** Accounts that the story does not name have no money, which is asserted through the total. */
  open(name: string, address: string): void {
    this.#names.set(address, name);
    this.#purses.set(address, { wallet: 0n, staked: 0n, credit: 0n });
  }

  /** Tokens from the treasury. */
  fund(to: string, amount: bigint): void {
    this.#purse(to).wallet += amount;
  }

  stake(account: string, amount: bigint): void {
    this.#purse(account).wallet -= amount;
    this.#purse(account).staked += amount;
  }

  withdraw(account: string, amount: bigint): void {
    this.stake(account, -amount);
  }

  /** All of the account's credit becomes tokens. */
  claim(account: string): void {
    const purse = this.#purse(account);
    purse.wallet += purse.credit;
    purse.credit = 0n;
  }

  transfer(from: string, to: string, amount: bigint): void {
    this.#purse(from).wallet -= amount;
    this.#purse(to).wallet += amount;
  }

  /** `share` of what is taken goes to `recipient`, the rest to the reserve. */
  slash(operator: string, taken: bigint, recipient: string, share: bigint): void {
    this.#purse(operator).staked -= taken;
    this.#purse(recipient === ZeroAddress ? this.#reserve : recipient).credit += share;
    this.#purse(this.#reserve).credit += taken - share;
  }

  /**
   * By proof: coverage to the beneficiary, half of the penalty to the challenger, the rest to the reserve; but a case that
   * was open on it ends, and its fees come before the challenger.
   */
  overturn({ caseId, operator, beneficiary, challenger, coverage, penalty }: Overturned): void {
    const lawsuit = this.#cases.get(caseId);
    if (lawsuit !== undefined && !lawsuit.isOver) {
      this.#conclude(lawsuit, challenger);
      return;
    }
    this.slash(operator, coverage, beneficiary, coverage);
    this.slash(operator, penalty, challenger, penalty / 2n);
  }

  /* CASES BEFORE TOKEN HOLDERS */

  /** From that second on, the account's stake carries votes. */
  enroll(account: string, from: number): void {
    this.#votes.set(account, [{ from, votes: this.#purse(account).staked }]);
  }

  /** Votes at the end of a second; without an account, of everybody. */
  votesAt(second: number, account?: string): bigint {
    const histories = account === undefined ? [...this.#votes.values()] : [this.#votes.get(account) ?? []];
    return histories
      .map((history) => history.findLast(({ from }) => from <= second)?.votes ?? 0n)
      .reduce((sum, votes) => sum + votes, 0n);
  }

  /** The opener puts down the bond, and pays the fee to the court. */
  sue(caseId: string, lawsuit: Lawsuit): void {
    this.#cases.set(caseId, lawsuit);
    const { bond, fee } = lawsuit;
    this.#deposit(lawsuit.claim.opener, bond + fee);
    this.#pay(this.#deployment.disputes, this.#deployment.court, fee);
  }

  /** @returns how much of the amount is taken, and whether that opens the next round. */
  contribute(caseId: string, who: string, asked: Ruling, amount: bigint): { taken: bigint; isFull: boolean } {
    const { taken, fee, isFull } = this.#cases.get(caseId)!.contribute(who, asked, amount);
    this.#deposit(who, taken);
    if (isFull) this.#pay(this.#deployment.disputes, this.#deployment.court, fee);
    return { taken, isFull };
  }

  /** A case that the clock has decided is settled. */
  settle(caseId: string): void {
    this.#conclude(this.#cases.get(caseId)!);
  }

  /** One ballot of a case that is over, at that second. */
  settleBallot(caseId: string, round: number, voter: string, second: number): { paid: bigint; forfeited: bigint } {
    const lawsuit = this.#cases.get(caseId)!;
    const ballot = lawsuit.ballots(round).find((cast) => cast.voter === voter)!;
    const { paid, forfeited } = lawsuit.settlementOf(round, ballot);
    this.#pay(this.#deployment.court, voter, paid);
    if (forfeited > 0n) {
      this.slash(voter, forfeited, this.#reserve, forfeited);
      this.#votes.get(voter)!.push({ from: second, votes: this.#purse(voter).staked });
    }
    return { paid, forfeited };
  }

  /** @returns what the contributor is credited. */
  withdrawContribution(caseId: string, round: number, asked: Ruling, who: string): bigint {
    const amount = this.#cases.get(caseId)!.withdraw(who, round, asked);
    this.#pay(this.#deployment.disputes, who, amount);
    return amount;
  }

  /* GAMES */

  /** The challenger puts down its bond. */
  openGame(gameId: bigint, game: Bond): void {
    this.#games.set(gameId, game);
    this.#deposit(game.challenger, game.bond);
  }

  /** The answer was overturned, in this game or elsewhere. */
  returnBond(gameId: bigint): void {
    const { challenger, bond } = this.#endGame(gameId);
    this.#pay(this.#deployment.disputes, challenger, bond);
  }

  /** The challenger's clock ran out: half of the bond, rounded down, is the operator's, the rest the reserve's. */
  forfeitBond(gameId: bigint): void {
    const { operator, bond } = this.#endGame(gameId);
    this.#pay(this.#deployment.disputes, operator, bond / 2n);
    this.#pay(this.#deployment.disputes, this.#reserve, bond - bond / 2n);
  }

  #endGame(gameId: bigint): Bond {
    const game = this.#games.get(gameId);
    if (game === undefined) throw new Error(`the ledger has no game ${gameId}`);
    this.#games.delete(gameId);
    return game;
  }

  /* INTERNAL */

  #conclude(lawsuit: Lawsuit, prover?: string): void {
    const { court, disputes } = this.#deployment;
    const { operator, beneficiary, opener, coverage, penalty } = lawsuit.claim;
    const division = lawsuit.conclude(prover !== undefined);
    this.#pay(court, disputes, division.returned);
    if (division.overturned) {
      this.slash(operator, coverage, beneficiary, coverage);
      this.slash(operator, division.fromPenalty, disputes, division.fromPenalty);
      this.slash(operator, penalty - division.fromPenalty, prover ?? this.#reserve, division.toProver);
    }
    this.#pay(disputes, opener, division.payouts[0]!); // what is for appeals is withdrawn
    this.#pay(disputes, operator, division.toOperator);
    this.#pay(disputes, this.#reserve, division.toReserve);
  }

  /** Tokens that become credit of the DisputeManager. */
  #deposit(from: string, amount: bigint): void {
    this.#purse(from).wallet -= amount;
    this.#purse(this.#deployment.disputes).credit += amount;
  }

  #pay(from: string, to: string, amount: bigint): void {
    this.#purse(from).credit -= amount;
    this.#purse(to).credit += amount;
  }

  /* WHAT FOLLOWS */

  /** What the account must have in the vault as stake. */
  stakeOf(account: string): bigint {
    return this.#purse(account).staked;
  }

  creditOf(account: string): bigint {
    return this.#purse(account).credit;
  }

  /** What the account must have in all. */
  total(account: string): bigint {
    const { wallet, staked, credit } = this.#purse(account);
    return wallet + staked + credit;
  }

  /** Asserts every account against the chain, and that no token was made or lost. */
  async assertSettled(): Promise<void> {
    const { token, vault, deployer } = this.#protocol;
    const [expected, actual]: Record<string, string>[] = [{}, {}];
    let [wallets, owed] = [await token.balanceOf(deployer), 0n];
    for (const [address, purse] of this.#purses) {
      const name = this.#names.get(address)!;
      const onChain = await this.#read(address);
      expected![name] = describePurse(purse);
      actual![name] = describePurse(onChain);
      wallets += onChain.wallet;
      owed += onChain.staked + onChain.credit;
    }
    expect(actual).to.deep.equal(expected);
    expect(await token.balanceOf(vault), "the vault holds what it owes").to.equal(owed);
    expect(wallets + owed, "no token was made or lost").to.equal(await token.totalSupply());
  }

  async #read(address: string): Promise<Purse> {
    const { token } = this.#protocol;
    const state = await readAccount(this.#provider, this.#deployment, { account: address });
    return {
      wallet: await token.balanceOf(address),
      staked: state.active + state.unbonding,
      credit: state.credit,
    };
  }

  #purse(address: string): Purse {
    const purse = this.#purses.get(address);
    if (purse === undefined) throw new Error(`the ledger has no account ${address}`);
    return purse;
  }
}

function describePurse({ wallet, staked, credit }: Purse): string {
  return `wallet ${formatEther(wallet)}, stake ${formatEther(staked)}, credit ${formatEther(credit)}`;
}

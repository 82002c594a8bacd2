import { expect } from "chai";
import { ZeroAddress, formatEther, type Provider } from "ethers";

import { readAccount } from "../../src/actions/readAccount.ts";
import type { Deployment } from "../../src/protocol/deployment.ts";
import type { DeployedProtocol } from "./fixture.ts";

/** What one account has: tokens of its own, stake (active and unbonding), and credit in the vault. Smallest unit. */
type Purse = { wallet: bigint; staked: bigint; credit: bigint };

/** How an overturned answer is divided, reckoned from the receipt alone. */
export type Overturned = {
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

  constructor(provider: Provider, protocol: DeployedProtocol, deployment: Deployment, reserve: string) {
    this.#provider = provider;
    this.#protocol = protocol;
    this.#deployment = deployment;
    this.#reserve = reserve;
    this.open("reserve", reserve);
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

  /** Coverage to the beneficiary, half of the penalty to the challenger, the other half to the reserve. */
  overturn({ operator, beneficiary, challenger, coverage, penalty }: Overturned): void {
    this.slash(operator, coverage, beneficiary, coverage);
    this.slash(operator, penalty, challenger, penalty / 2n);
  }

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

import type { HardhatEthersSigner } from "@nomicfoundation/hardhat-ethers/types";
import { expect } from "chai";
import { MaxUint256, Wallet, hexlify, id, keccak256, toUtf8Bytes } from "ethers";

import { proveFault } from "../../src/actions/proveFault.ts";
import type { Claim } from "../../src/inference/faults.ts";
import type { Answer } from "../../src/operator/answerer.ts";
import { bareLeaf } from "../../src/protocol/answers.ts";
import { Choice, Phase } from "../../src/protocol/court.ts";
import { receiptId, type Receipt } from "../../src/protocol/receipts.ts";
import { Ruling } from "../../src/protocol/rulings.ts";
import { fullVoteWeight, seats as seatsOf } from "../../src/protocol/sortition.ts";
import { isTrue } from "./agents.ts";
import { claimOf, faultIn, overturnInLedger } from "./challenger.ts";
import { Lawsuit, type Ballot } from "./lawsuit.ts";
import { COVERAGE, PENALTY, enter, now, type Stage } from "./stage.ts";

const ETHER = 10n ** 20n;

/** Somebody who opens cases and funds appeals. */
export type Party = Wallet | HardhatEthersSigner;

/** A case that is open, and what the model says about it. */
export type Case = { readonly caseId: string; readonly receipt: Receipt; readonly lawsuit: Lawsuit } & {
  /** What was answered, to what. */
  readonly claim: Claim;
  /** What an honest juror finds who runs the model. */
  readonly truth: Choice;
};

/** What a juror does in a round; `null`: it stays away. */
export type Vote = { readonly choice: Choice; readonly isSilent?: boolean } | null;
/** How a population votes. */
export type Conduct = (juror: Juror, on: Case) => Vote;

/** A token holder whose stake carries votes: a wallet, from which the salts of its ballots follow. */
export class Juror {
  readonly name: string;
  readonly wallet: Wallet;
  readonly #court: { chainId: bigint; address: string };

  constructor(name: string, wallet: Wallet, court: { chainId: bigint; address: string }) {
    this.name = name;
    this.wallet = wallet;
    this.#court = court;
  }

  get address(): string {
    return this.wallet.address;
  }

  /** Distinct for each chain, court, case and round, and found again by whoever has the key. */
  async salt({ caseId, lawsuit: { round } }: Case): Promise<string> {
    const { chainId, address: verifyingContract } = this.#court;
    const domain = { name: "Credence", version: "1", chainId, verifyingContract };
    const fields = [
      { name: "caseId", type: "bytes32" },
      { name: "round", type: "uint256" },
    ];
    return keccak256(await this.wallet.signTypedData(domain, { Salt: fields }, { caseId, round }));
  }
}

const right: Conduct = (_, { truth }) => ({ choice: truth });
const wrong: Conduct = (_, { truth }) => ({ choice: opposite(truth) });

/** What a population does, whatever the case. */
export const CONDUCT = {
  honest: right,
  bribed: wrong,
  lazy: (): Vote => ({ choice: Choice.CannotDecide }),
  silent: (juror: Juror, on: Case): Vote => ({ choice: right(juror, on)!.choice, isSilent: true }),
  absent: (): Vote => null,
} as const satisfies Record<string, Conduct>;

/** Of the two that decide. */
export function opposite(choice: Choice): Choice {
  return choice === Choice.AtFault ? Choice.NotAtFault : Choice.AtFault;
}

/** What somebody asks for who thinks so. */
export function rulingFor(choice: Choice): Ruling {
  if (choice === Choice.CannotDecide) return Ruling.Undecided;
  return choice === Choice.AtFault ? Ruling.Overturned : Ruling.Upheld;
}

/**
 * Token holders at work. Each method acts on chain, tells the ledger, and asserts that the chain did what the ledger
 * reckons: seats, risks, prices, rulings, pay.
 */
export class Courthouse {
  readonly stage: Stage;
  readonly jurors: Juror[] = [];
  readonly #chainId: bigint;

  private constructor(stage: Stage, chainId: bigint) {
    this.stage = stage;
    this.#chainId = chainId;
  }

  static async build(stage: Stage): Promise<Courthouse> {
    return new Courthouse(stage, (await stage.provider.getNetwork()).chainId);
  }

  /* WHO IS THERE */

  /** A wallet of its own for each name, with this many tokens and an allowance to open cases and fund appeals. */
  async party(name: string, tokens: bigint): Promise<Wallet> {
    const { protocol, connection, provider } = this.stage;
    const wallet = new Wallet(id(name), provider);
    await connection.networkHelpers.setBalance(wallet.address, ETHER);
    await enter(this.stage, name, wallet, tokens);
    await protocol.token.connect(wallet).approve(protocol.disputes, MaxUint256);
    return wallet;
  }

  /** Token holders of this stake each, enrolled and opted in to the court. */
  async seat(names: readonly string[], stake: bigint): Promise<Juror[]> {
    const { protocol, ledger, deployment } = this.stage;
    const added: Juror[] = [];
    for (const name of names) {
      const wallet = await this.party(name, stake);
      await protocol.token.connect(wallet).approve(protocol.vault, stake);
      await protocol.vault.connect(wallet).stakeAndEnroll(stake);
      ledger.stake(wallet.address, stake);
      ledger.enroll(wallet.address, await now(this.stage));
      await protocol.vault.connect(wallet).optIn(protocol.court);
      added.push(new Juror(name, wallet, { chainId: this.#chainId, address: deployment.court }));
    }
    this.jurors.push(...added);
    return added;
  }

  /** Until everybody's votes are old enough. */
  async mature(): Promise<void> {
    await this.stage.connection.networkHelpers.time.increase(this.stage.court.maturity + 1);
  }

  /* A CASE */

  /** Contests a published answer. */
  async open(answer: Answer, by: Party): Promise<Case> {
    const { protocol, ledger, court, domain } = this.stage;
    const { receipt } = answer;
    const { operator, beneficiary, coverage } = receipt;
    const penalty = (coverage * PENALTY) / COVERAGE;
    const claim = { operator, beneficiary, opener: by.address, coverage, penalty };
    const lawsuit = new Lawsuit(claim, court.config, court.bondBps);
    const caseId = receiptId(domain, receipt);
    const opened = protocol.disputes.connect(by).open(bareLeaf(receipt), "0x", "0x", "https://evidence.example/1");
    await expect(opened)
      .to.emit(protocol.disputes, "CaseOpened")
      .withArgs(caseId, operator, by.address, lawsuit.bond, lawsuit.fee);
    ledger.sue(caseId, lawsuit);
    const truth = isTrue(this.stage, answer) ? Choice.NotAtFault : Choice.AtFault;
    return { caseId, receipt, claim: claimOf(this.stage, answer), lawsuit, truth };
  }

  /** From evidence, or from the start of an appeal, to the commit phase: names and fixes the seeds of panels. */
  async convene(cases: readonly Case[]): Promise<void> {
    const { court } = this.stage.protocol;
    await this.#waitFor(cases, Phase.Evidence);
    const panels = cases.filter(({ lawsuit }) => lawsuit.seats > 0n);
    for (const { caseId } of panels) await court.nameSeed(caseId);
    await this.stage.connection.networkHelpers.mine(2);
    for (const { caseId } of panels) await court.fixSeed(caseId);
    await this.assertPhase(cases, Phase.Commit);
  }

  /** Weight and risk of a juror in the current round, reckoned from what it staked; the court must agree. */
  async weightOf({ caseId, lawsuit }: Case, { address, name }: Juror): Promise<{ weight: bigint; risk: bigint }> {
    const { ledger, court: terms, protocol } = this.stage;
    const { court } = protocol;
    const snapshot = Number((await court.caseOf(caseId)).openedAt) - terms.maturity;
    const votes = ledger.votesAt(snapshot, address);
    const everybody = ledger.votesAt(snapshot);
    const total = everybody > terms.totalFloor ? everybody : terms.totalFloor;
    const { round, seats } = lawsuit;
    const { seed } = await court.roundOf(caseId, round);
    const weight = BigInt(
      seats > 0n
        ? seatsOf({ seed, caseId, round, voter: address, votes, total, expected: Number(seats) })
        : fullVoteWeight(votes, total),
    );
    const risk = lawsuit.riskOf(weight, votes);
    expect([...(await court.weightOf(caseId, address))], `weight and risk of ${name}`).to.deep.equal([weight, risk]);
    return { weight, risk };
  }

  /** Casts a ballot, if the juror has weight. @returns its weight. */
  async commit(on: Case, juror: Juror, choice: Choice): Promise<bigint> {
    const { court } = this.stage.protocol;
    const { weight, risk } = await this.weightOf(on, juror);
    if (weight === 0n) return 0n;
    const { caseId, lawsuit } = on;
    const hash = await court.commitHashOf(caseId, lawsuit.round, juror.address, choice, await juror.salt(on));
    await court.connect(juror.wallet).commit(caseId, juror.address, hash, hexlify(toUtf8Bytes("sealed")));
    lawsuit.commit({ voter: juror.address, weight, risk });
    return weight;
  }

  async reveal(on: Case, juror: Juror, choice: Choice): Promise<void> {
    const { court } = this.stage.protocol;
    await court.connect(juror.wallet).reveal(on.caseId, juror.address, choice, await juror.salt(on));
    on.lawsuit.reveal(juror.address, choice);
  }

  /** To the end of the commit phase. */
  async closeCommit(cases: readonly Case[]): Promise<void> {
    await this.#waitFor(cases, Phase.Commit);
    for (const { lawsuit } of cases) lawsuit.beginReveal();
    await this.assertPhase(cases, Phase.Reveal);
  }

  /** To the end of the reveal phase; the rulings are those of the ledger. */
  async closeReveal(cases: readonly Case[]): Promise<void> {
    const { court } = this.stage.protocol;
    await this.#waitFor(cases, Phase.Reveal);
    for (const { caseId, lawsuit } of cases) {
      expect(await court.currentRuling(caseId), "the ruling").to.equal(BigInt(lawsuit.ruling));
    }
  }

  /** A whole round of cases that stand alike: seeds, commits, reveals. */
  async vote(cases: readonly Case[], conductOf: (juror: Juror) => Conduct): Promise<void> {
    await this.convene(cases);
    const cast: { on: Case; juror: Juror; choice: Choice }[] = [];
    for (const on of cases) {
      for (const juror of this.jurors) {
        const vote = conductOf(juror)(juror, on);
        if (vote === null || (await this.commit(on, juror, vote.choice)) === 0n) continue;
        if (vote.isSilent !== true) cast.push({ on, juror, choice: vote.choice });
      }
    }
    await this.closeCommit(cases);
    for (const { on, juror, choice } of cast) await this.reveal(on, juror, choice);
    await this.closeReveal(cases);
  }

  /** Gives at most this much to an appeal. @returns whether that opens the next round. */
  async contribute({ caseId }: Case, asked: Ruling, by: Party, amount: bigint): Promise<boolean> {
    const { protocol, ledger } = this.stage;
    const before = await protocol.token.balanceOf(by);
    await protocol.disputes.connect(by).contribute(caseId, asked, amount);
    const { taken, isFull } = ledger.contribute(caseId, by.address, asked, amount);
    expect(before - (await protocol.token.balanceOf(by)), "taken for the appeal").to.equal(taken);
    return isFull;
  }

  /** Funds a whole appeal. */
  async appeal(on: Case, asked: Ruling, by: Party): Promise<void> {
    expect((await this.stage.protocol.disputes.appealCost(on.caseId)).cost).to.equal(on.lawsuit.appealCost);
    expect(await this.contribute(on, asked, by, MaxUint256), "the appeal is open").to.equal(true);
  }

  /** A proof ends the case, the caller being the prover: there is one without being shown anything. */
  async prove({ receipt, claim }: Case, by: Party): Promise<void> {
    await proveFault(by, this.stage.deployment, { receipt, fault: faultIn(this.stage, claim) });
    overturnInLedger(this.stage, receipt, by.address);
  }

  /* THE END */

  /** Waits until nobody can appeal, settles, and pays everybody; by a stranger. */
  async close(cases: readonly Case[]): Promise<void> {
    const { protocol, ledger } = this.stage;
    await this.#waitFor(cases, Phase.Appeal);
    await this.assertPhase(cases, Phase.Final);
    for (const { caseId, receipt, lawsuit } of cases) {
      await expect(protocol.disputes.settle(receipt))
        .to.emit(protocol.disputes, "RulingApplied")
        .withArgs(protocol.court, BigInt(caseId), lawsuit.ruling);
      ledger.settle(caseId);
    }
    await this.payOut(cases);
  }

  /** All ballots and contributions of cases that are settled or ended. */
  async payOut(cases: readonly Case[]): Promise<void> {
    const { protocol, ledger } = this.stage;
    for (const { caseId, lawsuit } of cases) {
      for (let round = 0; round <= lawsuit.round; round++) {
        for (const ballot of lawsuit.ballots(round)) await this.#payBallot(caseId, round, ballot);
      }
      for (const { who, round, asked } of lawsuit.contributions()) {
        const amount = ledger.withdrawContribution(caseId, round, asked, who);
        await expect(protocol.disputes.withdrawContribution(caseId, round, asked, who))
          .to.emit(protocol.disputes, "ContributionWithdrawn")
          .withArgs(caseId, round, who, asked, amount);
      }
    }
  }

  async assertPhase(cases: readonly Case[], expected: Phase): Promise<void> {
    for (const { caseId } of cases) {
      expect(Number((await this.stage.protocol.court.caseOf(caseId)).phase), "phase").to.equal(expected);
    }
  }

  async #payBallot(caseId: string, round: number, { voter }: Ballot): Promise<void> {
    const { protocol, ledger } = this.stage;
    const claimed = await protocol.court.claim(caseId, round, voter);
    const { paid, forfeited } = ledger.settleBallot(caseId, round, voter, await now(this.stage));
    await expect(claimed).to.emit(protocol.court, "BallotSettled").withArgs(caseId, round, voter, paid, forfeited);
  }

  /** Until none of the cases is in that phase. */
  async #waitFor(cases: readonly Case[], phase: Phase): Promise<void> {
    const { protocol, connection } = this.stage;
    for (const { caseId } of cases) {
      const { phase: actual, deadline } = await protocol.court.caseOf(caseId);
      if (Number(actual) === phase) await connection.networkHelpers.time.increaseTo(deadline);
    }
  }
}

import type { Logger } from "pino";

import { translated, unitOf } from "../chain/calls.ts";
import { caseDuties, type Duty } from "../chain/caseDuties.ts";
import { readCourtCase, type CourtCase } from "../chain/courtCase.ts";
import type { Head } from "../chain/head.ts";
import { CredenceError, FatalError, RetryableError } from "../errors.ts";
import { Phase } from "../protocol/court.ts";
import { CaseState } from "../protocol/rulings.ts";
import { canOpen, resumeVote, reveal } from "./ballotDuties.ts";
import type { KnownCase } from "./caseTable.ts";
import { castVote, type CastVote, type CastVoteParameters } from "./castVote.ts";
import { collectCredit, doCollectDuty } from "./collectDuties.ts";
import type { Juror } from "./juror.ts";
import type { JurorMetrics } from "./jurorMetrics.ts";
import { remind } from "./remind.ts";
import { doSeedDuty } from "./seedDuties.ts";
import { Turns } from "./turns.ts";

/** What was found in one case. */
type Look = { duties: Duty[]; isAtRisk: boolean };

/** Nothing may be done without the journal. */
export function isJournalFault(error: unknown): boolean {
  return error instanceof FatalError && error.code.startsWith("JOURNAL_");
}

/** Looks at every case again and again, and does or remembers what is due there. */
export class JurorProgram {
  readonly #juror: Juror;
  readonly #metrics: JurorMetrics;
  readonly #turns = new Turns();
  /** When a seed may be asked for or fixed, so that not all jurors do it at once; monotonic milliseconds. */
  readonly #seedsDue = new Map<string, number>();
  /** What failed in which way, so that it is said once. */
  readonly #said = new Set<string>();
  /** Ballots that neither journal nor key can open, by case and round. */
  readonly #closed = new Set<string>();
  /** Ends the program. */
  #fault: unknown;
  #lastPass: number;
  #atRisk = 0;

  constructor(juror: Juror, metrics: JurorMetrics) {
    this.#juror = juror;
    this.#metrics = metrics;
    this.#lastPass = juror.environment.monotonic();
  }

  /** Votes as the person says, in turn with what the program does in the case. @throws as `castVote`. */
  async vote(parameters: CastVoteParameters): Promise<CastVote> {
    return this.#turns.run(parameters.caseId, () => castVote(this.#juror, parameters));
  }

  /** What keeps it from working; undefined if nothing does. */
  trouble(): string | undefined {
    const { environment, config } = this.#juror;
    const idle = (environment.monotonic() - this.#lastPass) / 1000;
    const limit = Math.max(60, 10 * config.chain.pollSeconds);
    if (idle > limit) return `the chain was last read ${Math.round(idle)} seconds ago`;
    return this.#atRisk > 0 ? `${this.#atRisk} ballots cannot be opened here, or are late` : undefined;
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    await this.#turns.idle();
  }

  /**
   * Follows the chain to its newest block and starts whatever is due there.
   * @throws RetryableError if the chain does not answer; FatalError of the journal.
   */
  async pass(signal: AbortSignal): Promise<void> {
    if (this.#fault !== undefined) throw this.#fault as Error;
    const { follower, cases, contracts, environment } = this.#juror;
    const head = await translated(contracts, () => follower.poll(signal));
    const duties: Duty[] = [];
    let atRisk = 0;
    for (const known of cases.open()) {
      signal.throwIfAborted();
      const look = await this.#lookSafely(known, head);
      duties.push(...look.duties);
      if (look.isAtRisk) atRisk++;
    }
    this.#start("claim credit", "claimCredit", async () => {
      const amount = this.#juror.config.collect.enabled ? await collectCredit(this.#juror) : 0n;
      if (amount > 0n) environment.log.info({ amount }, "credit claimed");
      return amount > 0n;
    });
    this.#measure(head, duties, atRisk);
    this.#lastPass = environment.monotonic();
  }

  /** What is wrong with one case does not keep the program from the others. */
  async #lookSafely(known: KnownCase, head: Head): Promise<Look> {
    try {
      return await this.#lookAt(known, head);
    } catch (error) {
      if (isJournalFault(error)) throw error;
      this.#fail("look", error, { caseId: known.caseId, round: 0 });
      return { duties: [], isAtRisk: false };
    }
  }

  async #lookAt(known: KnownCase, head: Head): Promise<Look> {
    const { contracts, account, cases } = this.#juror;
    const { caseId, operator, opener, block } = known;
    const [subject, unit] = await translated(contracts, () =>
      Promise.all([readCourtCase(contracts, caseId, head.number), unitOf(contracts)]),
    );
    if (subject.phase === Phase.None) return { duties: [], isAtRisk: false }; // a reorg that is not followed yet
    const view = { contracts, account, block: head.number, unit, subject };
    const duties = await translated(contracts, () => caseDuties(view, [operator, opener]));
    const isOver = subject.phase >= Phase.Final && subject.state !== CaseState.Open;
    if (isOver && duties.length === 0 && head.number > block) cases.close(caseId, head.number);
    if (subject.phase === Phase.Commit) {
      this.#startBallot(subject, "commitBallot", head.timestamp, async () => resumeVote(this.#juror, subject));
    }
    for (const duty of duties) this.#attend(duty, subject, head);
    return { duties, isAtRisk: this.#isAtRisk(subject, duties, head) };
  }

  #isAtRisk({ caseId, deadline, round, terms }: CourtCase, duties: readonly Duty[], { timestamp: now }: Head): boolean {
    if (this.#closed.has(`${caseId} ${round}`)) return true;
    const unopened = duties.some(({ kind }) => kind === "revealBallot");
    const secondsLeft = deadline - now;
    const isLate = unopened && 2 * secondsLeft < terms.rounds[round]!.reveal;
    if (isLate) {
      this.#sayOnce(`${caseId} ${round} late`, (log) => {
        log.error(
          { caseId, round, deadline, secondsLeft },
          "half of the reveal phase is over, and the ballot is not open",
        );
      });
    }
    return isLate;
  }

  #attend(duty: Duty, subject: CourtCase, { timestamp: now }: Head): void {
    const { config } = this.#juror;
    const key = `${duty.kind} ${duty.caseId} ${duty.round} ${duty.asked ?? ""}`;
    switch (duty.kind) {
      case "commitBallot":
        this.#remind(key, duty, now);
        return;
      case "revealBallot":
        this.#remind(key, duty, now);
        this.#startBallot(subject, duty.kind, now, async () => reveal(this.#juror, subject, now));
        return;
      case "nameSeed":
      case "fixSeed":
        if (config.seeds.enabled && this.#isSeedDue(key, duty, now)) {
          this.#start(key, duty.kind, async () => doSeedDuty(this.#juror, duty, now), duty);
        }
        return;
      case "claimBallot":
      case "settleCase":
      case "withdrawContribution":
        if (config.collect.enabled) this.#start(key, duty.kind, async () => doCollectDuty(this.#juror, duty), duty);
    }
  }

  #remind(key: string, duty: Duty, now: number): void {
    this.#start(`remind ${key}`, "remind", async () => remind(this.#juror, duty, now), duty);
  }

  /** Works on a ballot, then finds out whether it can be opened: in the commit phase something can be done about it. */
  #startBallot(subject: CourtCase, kind: Duty["kind"], now: number, work: () => Promise<unknown>): void {
    const { caseId, round, deadline } = subject;
    const name = `${caseId} ${round}`;
    const watched = async (): Promise<unknown> => {
      try {
        return await work();
      } finally {
        if (await canOpen(this.#juror, subject, now)) this.#closed.delete(name);
        else {
          this.#closed.add(name);
          this.#sayOnce(`${name} closed`, (log) => {
            const sentence = "the ballot was committed with another key: open it with that one, or its risk is lost";
            log.error({ caseId, round, deadline }, sentence);
          });
        }
      }
    };
    this.#start(caseId, kind, watched, subject);
  }

  /** After a wait by chance, which is none if it is urgent. */
  #isSeedDue(key: string, { deadline }: Duty, now: number): boolean {
    const { config, environment } = this.#juror;
    const jitter = config.seeds.jitterSeconds;
    if (deadline - now < 10 * jitter) return true;
    const due = this.#seedsDue.get(key) ?? environment.monotonic() + Math.random() * jitter * 1000;
    this.#seedsDue.set(key, due);
    return environment.monotonic() >= due;
  }

  /** Starts work unless some of the same key is under way; what is due then is found again in the next pass. */
  #start(key: string, kind: string, work: () => Promise<unknown>, about?: Pick<Duty, "caseId" | "round">): void {
    if (this.#turns.isBusy(key)) return;
    void this.#turns.run(key, async () => {
      try {
        if ((await work()) === false) return;
        this.#metrics.done.inc({ kind });
        this.#juror.environment.log.info({ kind, caseId: about?.caseId, round: about?.round }, "done");
      } catch (error) {
        this.#fail(kind, error, about);
      }
    });
  }

  #fail(kind: string, error: unknown, about: Pick<Duty, "caseId" | "round"> | undefined): void {
    const { environment } = this.#juror;
    if (environment.signal.aborted) return;
    const code = error instanceof CredenceError ? error.code : "UNEXPECTED";
    this.#metrics.failed.inc({ kind, code });
    if (isJournalFault(error)) this.#fault = error;
    const fields = { kind, caseId: about?.caseId, round: about?.round, err: error };
    if (error instanceof RetryableError) environment.log.warn(fields, "it did not work, it is tried again");
    else {
      this.#sayOnce(`${kind} ${about?.caseId ?? ""} ${about?.round ?? ""} ${code}`, (log) => {
        log.error(fields, "it did not work");
      });
    }
  }

  #sayOnce(key: string, say: (log: Logger) => void): void {
    if (this.#said.has(key)) return;
    this.#said.add(key);
    say(this.#juror.environment.log);
  }

  #measure({ number, timestamp }: Head, duties: readonly Duty[], atRisk: number): void {
    const { head, headTime, secondsToDeadline, unrevealed, atRisk: gauge } = this.#metrics;
    head.set(number);
    headTime.set(timestamp);
    secondsToDeadline.reset();
    for (const { kind, caseId, round, deadline } of duties) {
      if (deadline > 0) secondsToDeadline.set({ kind, case: caseId, round: String(round) }, deadline - timestamp);
    }
    unrevealed.set(duties.filter(({ kind }) => kind === "revealBallot").length);
    gauge.set(atRisk);
    this.#atRisk = atRisk;
  }
}

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { id } from "ethers";

import { openJournal, type Journal } from "../../../src/daemon/journal.ts";
import { CASE_TABLE, caseTable } from "../../../src/juror/caseTable.ts";
import { REMINDER_TABLE, reminderTable } from "../../../src/juror/reminderTable.ts";
import { SPENDING_TABLE, spendingTable } from "../../../src/juror/spendingTable.ts";
import { VOTE_TABLE, voteTable } from "../../../src/juror/voteTable.ts";
import { Choice } from "../../../src/protocol/court.ts";
import { parseId, type ReceiptId } from "../../../src/protocol/ids.ts";

const DAY = 86_400;
const caseOf = (name: string): ReceiptId => parseId(id(name));

describe("juror: tables of the journal", function () {
  let folder: string;
  let journal: Journal;
  const open = (): Journal => {
    const migrations = [CASE_TABLE, VOTE_TABLE, REMINDER_TABLE, SPENDING_TABLE];
    return openJournal(join(folder, "j.sqlite"), { program: "juror", identity: {}, migrations });
  };
  const reopen = (): void => {
    journal.close();
    journal = open();
  };
  beforeEach(async function () {
    folder = await mkdtemp(join(tmpdir(), "credence-tables-"));
    journal = open();
  });
  afterEach(async function () {
    journal.close();
    await rm(folder, { recursive: true });
  });

  it("cases: known once, closed, and back again in a reorg", function () {
    const cases = caseTable(journal);
    const [a, b] = [caseOf("a"), caseOf("b")];
    cases.add({ caseId: a, operator: "0x1", opener: "0x2", block: 5 });
    cases.add({ caseId: b, operator: "0x1", opener: "0x2", block: 8 });
    cases.add({ caseId: a, operator: "0x9", opener: "0x9", block: 9 });
    const names = (): ReceiptId[] => cases.open().map(({ caseId }) => caseId);
    expect(cases.open()[0]).to.deep.equal({ caseId: a, operator: "0x1", opener: "0x2", block: 5 });
    expect(names()).to.deep.equal([a, b]);
    cases.close(a, 10);
    expect(names()).to.deep.equal([b]);
    cases.rollback(10); // it was closed at 10, which stays
    expect(names()).to.deep.equal([b]);
    cases.rollback(7);
    expect(names()).to.deep.equal([a]);
  });

  it("votes: every choice is kept, in order, over restarts", function () {
    const [caseId, other] = [caseOf("a"), caseOf("b")];
    const fresh = { caseId, round: 0, salt: id("s"), cipher: "0x12", chosenAt: 7, state: "chosen" } as const;
    const first = voteTable(journal).add({ ...fresh, choice: Choice.AtFault, commitHash: id("1") });
    const second = voteTable(journal).add({ ...fresh, choice: Choice.NotAtFault, commitHash: id("2") });
    voteTable(journal).add({ ...fresh, round: 1, choice: Choice.AtFault, commitHash: id("3") });
    voteTable(journal).add({ ...fresh, caseId: other, choice: Choice.AtFault, commitHash: id("4") });
    voteTable(journal).mark(second.id, "committed");
    reopen();
    const votes = voteTable(journal);
    expect(votes.ofSeat(caseId, 0)).to.deep.equal([first, { ...second, state: "committed" }]);
    expect(votes.all().map(({ commitHash }) => commitHash)).to.deep.equal(["4", "3", "2", "1"].map(id));
  });

  it("reminders: once, over restarts", function () {
    expect(reminderTable(journal).add("commitBallot a", 6)).to.equal(true);
    reopen();
    const reminders = reminderTable(journal);
    expect(reminders.add("commitBallot a", 6)).to.equal(false);
    expect(reminders.add("commitBallot a", 1)).to.equal(true);
    expect(reminders.add("commitBallot b", 6)).to.equal(true);
  });

  it("spending: never more than the budget of a day of the chain", function () {
    const spending = spendingTable(journal);
    expect(spending.reserve(DAY - 1, 60n, 100n)).to.equal(true);
    expect(spending.reserve(DAY - 1, 41n, 100n)).to.equal(false);
    spending.settle(DAY - 1, 60n, 20n);
    reopen();
    const again = spendingTable(journal);
    expect(again.reserve(DAY - 1, 80n, 100n)).to.equal(true);
    expect(again.reserve(DAY - 1, 1n, 100n)).to.equal(false);
    expect(again.reserve(DAY, 100n, 100n)).to.equal(true); // the next day
  });
});

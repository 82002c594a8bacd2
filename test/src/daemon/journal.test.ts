import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { expect } from "chai";

import { openJournal, type Journal, type JournalOptions } from "../../../src/daemon/journal.ts";
import { FatalError } from "../../../src/errors.ts";
import { temporaryFolder } from "../../setup/sending.ts";

const NOTES = "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL) STRICT";
const OPTIONS: JournalOptions = {
  program: "operator",
  identity: { chainId: "31337", attestations: "0x01" },
  migrations: [NOTES],
};

describe("openJournal", () => {
  const ends: (() => void)[] = [];
  let path: string;

  beforeEach(() => {
    const folder = temporaryFolder();
    ends.push(folder.remove);
    path = join(folder.path, "journal.sqlite");
  });

  afterEach(() => {
    for (const end of ends.splice(0).reverse()) end();
  });

  const open = (options: Partial<JournalOptions> = {}): Journal => {
    const journal = openJournal(path, { ...OPTIONS, ...options });
    ends.push(journal.close);
    return journal;
  };
  const note = ({ database }: Journal, text: string): void => {
    database.prepare("INSERT INTO notes (text) VALUES (?)").run(text);
  };
  const notes = ({ database }: Journal): unknown[] =>
    database
      .prepare("SELECT text FROM notes ORDER BY id")
      .all()
      .map(({ text }) => text);

  it("keeps what was written, for its owner alone, synced with every transaction", () => {
    const journal = open();
    journal.transaction(() => {
      note(journal, "a");
    });
    expect(journal.database.prepare("PRAGMA synchronous").get()).to.deep.include({ synchronous: 2 });
    expect(journal.database.prepare("PRAGMA journal_mode").get()).to.deep.include({ journal_mode: "wal" });
    expect(statSync(path).mode & 0o777).to.equal(0o600);
    journal.close();
    journal.close();
    expect(notes(open())).to.deep.equal(["a"]);
  });

  it("writes all of a transaction or nothing, and what is inside another with that one", () => {
    const journal = open();
    const fail = (): void => {
      journal.transaction(() => {
        note(journal, "outer");
        journal.transaction(() => {
          note(journal, "inner");
        });
        throw new Error("stop");
      });
    };
    expect(fail).to.throw("stop");
    expect(notes(journal)).to.deep.equal([]);
    expect(journal.transaction(() => 5)).to.equal(5);
  });

  it("refuses a second instance, of this process and of another, until the first has ended", () => {
    const journal = open();
    refused(() => open(), "JOURNAL_IN_USE", /stop that one/);
    expect(openElsewhere(path)).to.equal("JOURNAL_IN_USE");
    journal.transaction(() => {
      note(journal, "still works");
    });
    journal.close();
    expect(openElsewhere(path)).to.equal("opened");
    expect(notes(open())).to.deep.equal(["still works"]);
  });

  it("refuses the journal of another program, chain or account", () => {
    open().close();
    refused(() => open({ program: "juror" }), "JOURNAL_OTHER", /with program operator, expected juror/);
    const identity = { ...OPTIONS.identity, chainId: "1" };
    refused(() => open({ identity }), "JOURNAL_OTHER", /with chainId 31337, expected 1:/);
    const more = { ...OPTIONS.identity, operator: "0x02" };
    refused(() => open({ identity: more }), "JOURNAL_OTHER", /with operator not set, expected 0x02/);
    expect(notes(open())).to.deep.equal([]);
  });

  it("runs each migration once, in order, and all of them or none", () => {
    open().close();
    const second = "INSERT INTO notes (text) VALUES ('of the second')";
    const broken = [NOTES, second, "INSERT INTO absent VALUES (1)"];
    expect(() => open({ migrations: broken })).to.throw(/no such table/);
    const journal = open({ migrations: [NOTES, second] });
    expect(notes(journal)).to.deep.equal(["of the second"]);
    journal.close();
    const again = open({ migrations: [NOTES, second] });
    expect(notes(again)).to.deep.equal(["of the second"]);
    again.close();
    refused(() => open(), "JOURNAL_NEWER", /has version 2, this program knows 1/);
  });

  it("refuses a damaged file: pages overwritten, cut off, or never a database", () => {
    const journal = open();
    journal.transaction(() => {
      for (let i = 0; i < 500; i++) note(journal, "x".repeat(100));
    });
    journal.close();
    const intact = readFileSync(path);
    const file = openSync(path, "r+");
    for (let page = 2; page < intact.length / 4096; page++) writeSync(file, "garbage".repeat(50), page * 4096);
    closeSync(file);
    refused(() => open(), "JOURNAL_DAMAGED", /keep a copy/);
    writeFileSync(path, intact.subarray(0, intact.length - 3 * 4096));
    refused(() => open(), "JOURNAL_DAMAGED", /keep a copy/);
    writeFileSync(path, "this was never a database ".repeat(100));
    refused(() => open(), "JOURNAL_DAMAGED", /keep a copy/);
    writeFileSync(path, intact);
    expect(notes(open())).to.have.lengthOf(500);
  });

  it("says that the disk is full, keeps what was there, and goes on when there is space", () => {
    const journal = open();
    const { page_count: pages } = journal.database.prepare("PRAGMA page_count").get() as { page_count: number };
    journal.transaction(() => {
      note(journal, "before");
    });
    journal.database.exec(`PRAGMA max_page_count = ${pages + 1}`);
    const fill = (): void => {
      journal.transaction(() => {
        note(journal, "x".repeat(50_000));
      });
    };
    refused(fill, "JOURNAL_FULL", /free some space/);
    expect(journal.database.isTransaction).to.equal(false);
    expect(notes(journal)).to.deep.equal(["before"]);
    journal.database.exec("PRAGMA max_page_count = 100000");
    fill();
    expect(notes(journal)).to.have.lengthOf(2);
  });

  it("says what to check when the file cannot be opened", () => {
    path = join(path, "in a folder that is not there", "journal.sqlite");
    refused(() => open(), "JOURNAL_UNUSABLE", /folder exists/);
    expect(existsSync(path)).to.equal(false);
  });
});

function refused(action: () => unknown, code: string, message: RegExp): void {
  let error: unknown;
  try {
    action();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).to.be.instanceOf(FatalError);
  expect((error as FatalError).code).to.equal(code);
  expect((error as FatalError).message).to.match(message);
}

/** Opens a journal in another process. @returns what came of it. */
function openElsewhere(path: string): string {
  const module = pathToFileURL(join(import.meta.dirname, "../../../src/daemon/journal.ts")).href;
  const script = `
    const { openJournal } = await import(${JSON.stringify(module)});
    try {
      openJournal(${JSON.stringify(path)}, ${JSON.stringify(OPTIONS)}).close();
      console.log("opened");
    } catch (error) {
      console.log(error.code);
    }`;
  return spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    encoding: "utf8",
    timeout: 60_000,
  }).stdout.trim();
}

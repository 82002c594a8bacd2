import { expect } from "chai";

import type { NewEntry, Outbox } from "../../../src/chain/outbox.ts";
import type { Journal } from "../../../src/daemon/journal.ts";
import { outboxTable } from "../../../src/daemon/outboxTable.ts";
import { FatalError } from "../../../src/errors.ts";
import { outboxJournal, temporaryFolder } from "../../setup/sending.ts";

const entry = (nonce: number): NewEntry => ({
  nonce,
  to: "0x01",
  data: "0xabcd",
  value: 2n ** 100n,
  route: "private",
  raw: `raw${nonce}`,
  hash: `hash${nonce}`,
});
const minedIn = (blockNumber: number, nonce: number, status: 0 | 1 = 1) => ({
  minedIn: { blockNumber, blockHash: `block${blockNumber}`, status, hash: `hash${nonce}` },
});

describe("outboxTable", () => {
  let journal: Journal;
  let outbox: Outbox;
  let end: () => void;

  beforeEach(() => {
    const { path, remove } = temporaryFolder();
    journal = outboxJournal(path);
    outbox = outboxTable(journal, "0xaa");
    end = () => {
      journal.close();
      remove();
    };
  });
  afterEach(() => {
    end();
  });

  it("keeps every replacement of an entry, and finds it by each", () => {
    const { id } = outbox.add(entry(4));
    outbox.replace(id, "rawB", "hashB");
    const expected = { id, ...entry(4), raw: "rawB", hash: "hashB", hashes: ["hash4", "hashB"], state: "pending" };
    expect(outbox.find("hash4")).to.deep.equal(expected);
    expect(outbox.find("hashB")).to.deep.equal(expected);
    expect(outbox.find("hashC")).to.equal(undefined);
    expect(outbox.pending()).to.deep.equal([expected]);
  });

  it("settles, reopens and orders entries", () => {
    const ids = [3, 1, 2].map((nonce) => outbox.add(entry(nonce)).id);
    expect(outbox.pending().map(({ nonce }) => nonce)).to.deep.equal([1, 2, 3]);
    outbox.settle(ids[1]!, minedIn(10, 1));
    outbox.settle(ids[2]!, minedIn(11, 2, 0));
    expect(outbox.landed().map(({ nonce, state }) => [nonce, state])).to.deep.equal([
      [2, "failed"],
      [1, "mined"],
    ]);
    expect(outbox.landed()[0]?.minedIn).to.deep.equal(minedIn(11, 2, 0).minedIn);
    outbox.reopen(ids[2]!);
    expect(outbox.pending().map(({ nonce }) => nonce)).to.deep.equal([2, 3]);
    expect(outbox.find("hash2")?.minedIn).to.equal(undefined);
  });

  it("gives the nonce of a lost entry back, and no other twice", () => {
    expect(outbox.lastNonce()).to.equal(undefined);
    const { id } = outbox.add(entry(7));
    expect(outbox.lastNonce()).to.equal(7);
    expect(() => outbox.add({ ...entry(7), hash: "other" })).to.throw();
    outbox.settle(id, { lost: true, block: 5 });
    expect(outbox.lastNonce()).to.equal(undefined);
    outbox.add({ ...entry(7), hash: "other" });
    expect(outbox.pending().map(({ hash }) => hash)).to.deep.equal(["other"]);
  });

  it("forgets what is old, but for the last nonce and what is pending", () => {
    const ids = [0, 1, 2, 3, 4].map((nonce) => outbox.add(entry(nonce)).id);
    outbox.settle(ids[0]!, minedIn(10, 0));
    outbox.settle(ids[1]!, { lost: true, block: 10 });
    outbox.settle(ids[2]!, minedIn(20, 2));
    outbox.settle(ids[4]!, minedIn(10, 4));
    outbox.prune(20);
    expect([0, 1, 2, 3, 4].filter((nonce) => outbox.find(`hash${nonce}`))).to.deep.equal([2, 3, 4]);
    const { count } = journal.database.prepare("SELECT count(*) AS count FROM outbox_hashes").get() as {
      count: number;
    };
    expect(count).to.equal(3);
  });

  it("keeps the entries of keys apart", () => {
    const { id } = outbox.add(entry(0));
    const other = outboxTable(journal, "0xbb");
    other.add({ ...entry(0), hash: "of the other" });
    expect(outbox.pending().map(({ hash }) => hash)).to.deep.equal(["hash0"]);
    expect(other.find("hash0")).to.equal(undefined);
    expect(() => {
      other.settle(id, minedIn(1, 0));
    }).to.throw(FatalError, "the outbox has no entry");
  });
});

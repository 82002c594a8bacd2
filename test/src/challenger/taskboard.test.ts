import { expect } from "chai";
import { pino } from "pino";

import { Taskboard } from "../../../src/challenger/taskboard.ts";
import { FatalError, RetryableError } from "../../../src/errors.ts";

describe("src/challenger/taskboard", () => {
  let now: number;
  let failures: string[];
  let fatal: unknown[];
  let board: Taskboard;

  beforeEach(() => {
    now = 0;
    failures = [];
    fatal = [];
    board = new Taskboard({
      clock: { monotonic: () => now },
      log: pino({ level: "silent" }),
      pauseMs: 100,
      maxPauseMs: 250,
      onFailure: (task, code) => failures.push(`${task} ${code}`),
      onFatal: (error) => fatal.push(error),
    });
  });

  const fail =
    (code = "BUSY") =>
    async () =>
      Promise.reject(new RetryableError(code, "not now"));

  it("runs a task of one name once at a time, and others beside it", async () => {
    let finish = (): void => undefined;
    const slow = async () => new Promise<void>((resolve) => (finish = resolve));
    expect([
      board.start("read:a", slow),
      board.start("read:a", slow),
      board.start("read:b", async () => undefined),
    ]).to.deep.equal([true, false, true]);
    expect([board.countOf("read:"), board.countOf("game:")]).to.deep.equal([2, 0]);
    finish();
    await board.settled();
    expect(board.countOf("read:")).to.equal(0);
    expect(board.start("read:a", async () => undefined)).to.equal(true);
  });

  it("waits longer after each failure in a row, up to a limit, and forgets them after a success", async () => {
    const pauses: number[] = [];
    for (let i = 0; i < 4; i++) {
      expect(board.start("a:1", fail())).to.equal(true);
      await board.settled();
      const failedAt = now;
      while (!board.start("a:1", fail())) now += 50;
      await board.settled();
      pauses.push(now - failedAt);
      now += 1_000;
    }
    expect(pauses).to.deep.equal([100, 250, 250, 250]);
    board.start("a:1", async () => undefined);
    await board.settled();
    board.start("a:1", fail());
    await board.settled();
    now += 100;
    expect(board.start("a:1", fail())).to.equal(true);
    await board.settled();
    expect(failures[0]).to.equal("a BUSY");
    expect(fatal).to.deep.equal([]);
  });

  it("says when there is room again, after a failure, too", async () => {
    const seen: number[] = [];
    const log = pino({ level: "silent" });
    const limits = { pauseMs: 1, maxPauseMs: 1, onFailure: () => undefined, onFatal: () => undefined };
    board = new Taskboard({
      ...{ clock: { monotonic: () => now }, log, ...limits },
      onEnd: () => seen.push(board.countOf("a:")),
    });
    board.start("a:1", fail());
    board.start("a:2", async () => undefined);
    await board.settled();
    expect(seen.toSorted()).to.deep.equal([0, 1]);
  });

  it("tells of what the program must not live with, and nothing of its own end", async () => {
    board.start("a:1", async () => Promise.reject(new FatalError("JOURNAL_FULL", "full")));
    board.start("b:1", fail("STOPPING"));
    board.start("c:1", async () => Promise.reject(new Error("a bug")));
    await board.settled();
    expect(fatal.map((error) => (error as FatalError).code)).to.deep.equal(["JOURNAL_FULL"]);
    expect(failures).to.deep.equal(["a JOURNAL_FULL", "c UNEXPECTED"]);
  });
});

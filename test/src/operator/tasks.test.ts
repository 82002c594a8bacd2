import { expect } from "chai";
import pino from "pino";

import { FatalError } from "../../../src/errors.ts";
import { Tasks, type Task } from "../../../src/operator/tasks.ts";

describe("src/operator/tasks", () => {
  let now: number;
  let errors: string[];
  let tasks: Tasks;

  beforeEach(() => {
    now = 0;
    errors = [];
    tasks = new Tasks({
      log: pino({ level: "silent" }),
      monotonic: () => now,
      limit: 2,
      ...{ restMs: 100, retryMs: 10, maxRetryMs: 35 },
      onError: (duty, code) => errors.push(`${duty} ${code}`),
    });
  });

  const task = (subject: string, run: () => Promise<void>, more: Partial<Task> = {}): Task => ({
    ...{ duty: "anchor", subject, run },
    ...more,
  });
  const never = (): Promise<void> => new Promise(() => undefined);
  const fails = (): Promise<void> => Promise.reject(new FatalError("REFUSED", "no"));

  it("runs one at a time of each, and lets what went well rest until it was followed", async () => {
    let runs = 0;
    const counted = task("a", async () => void (runs += 1));
    expect([tasks.start(counted), tasks.start(counted)]).to.deep.equal([true, false]);
    await tasks.settled();
    now = 99;
    expect(tasks.start(counted)).to.equal(false);
    now = 100;
    expect(tasks.start(counted)).to.equal(true);
    await tasks.settled();
    expect(runs).to.equal(2);
  });

  it("runs so many at a time, and what is urgent besides", () => {
    expect(tasks.start(task("a", never))).to.equal(true);
    expect(tasks.start(task("b", never))).to.equal(true);
    expect(tasks.start(task("c", never))).to.equal(false);
    expect(tasks.start(task("d", never, { isUrgent: true }))).to.equal(true);
    expect(tasks.start(task("a", never, { duty: "publish", isUrgent: true }))).to.equal(true); // another duty
    expect(tasks.running).to.equal(4);
  });

  it("tries again what failed, after twice as long each time up to a limit, and says why", async () => {
    const starts: number[] = [];
    for (now = 0; now <= 150; now++) {
      if (tasks.start(task("a", fails))) starts.push(now);
      await tasks.settled();
    }
    expect(starts).to.deep.equal([0, 10, 30, 65, 100, 135]);
    expect(errors).to.deep.equal(starts.map(() => "anchor REFUSED"));
  });

  it("waits less where a deadline is near", async () => {
    const starts: number[] = [];
    for (now = 0; now <= 40; now++) {
      if (tasks.start(task("a", fails, { maxRetryMs: 10 }))) starts.push(now);
      await tasks.settled();
    }
    expect(starts).to.deep.equal([0, 10, 20, 30, 40]);
  });

  it("starts from the shortest pause again after a success, and forgets pauses that are over", async () => {
    let isFailing = true;
    const flaky = task("a", () => (isFailing ? fails() : Promise.resolve()));
    for (now = 0; now <= 30; now++) {
      tasks.start(flaky);
      await tasks.settled();
    }
    isFailing = false;
    now = 65;
    expect(tasks.start(flaky)).to.equal(true);
    await tasks.settled();
    isFailing = true;
    now = 165;
    expect(tasks.start(flaky)).to.equal(true);
    await tasks.settled();
    now = 174;
    tasks.tidy();
    expect(tasks.start(flaky)).to.equal(false);
    now = 175;
    expect(tasks.start(flaky)).to.equal(true);
    expect(errors).to.have.length(4);
  });
});

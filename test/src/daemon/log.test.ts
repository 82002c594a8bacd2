import { expect } from "chai";

import { createLog } from "../../../src/daemon/log.ts";
import { FatalError } from "../../../src/errors.ts";

type Line = Record<string, unknown>;

describe("daemon: createLog", function () {
  function logTo(isReadable: boolean) {
    const lines: string[] = [];
    const destination = { write: (line: string) => void lines.push(line) };
    const secrets = ["https://node.example/v1/key?a=b", ""];
    return { lines, log: createLog({ program: "juror", level: "info", isReadable, secrets, destination }) };
  }

  it("writes one JSON object in each line: time, level, program, fields", function () {
    const { lines, log } = logTo(false);
    log.info({ amount: 10n ** 18n, round: 1 }, "claimed");
    log.debug("not at this level");
    expect(lines).to.have.length(1);
    expect(lines[0]).to.match(/\}\n$/);
    const { time, ...line } = JSON.parse(lines[0]!) as Line;
    expect(line).to.deep.equal({
      level: "info",
      program: "juror",
      amount: "1000000000000000000",
      round: 1,
      msg: "claimed",
    });
    expect(Math.abs(Date.parse(time as string) - Date.now())).to.be.below(10_000);
  });

  it("our errors are code and sentence; what is unexpected has its stack", function () {
    const { lines, log } = logTo(false);
    log.error({ err: new FatalError("JOURNAL_FULL", "no room") }, "stopped");
    log.error({ err: new TypeError("oops") }, "stopped");
    const [own, other] = lines.map((line) => (JSON.parse(line) as Line).err) as [Line, Line];
    expect(own).to.deep.equal({ code: "JOURNAL_FULL", message: "no room" });
    expect(other.message).to.equal("oops");
    expect(other.stack).to.match(/^TypeError: oops\n {4}at .*log\.test\.ts/);
  });

  it("never writes secrets, wherever they stand", function () {
    for (const isReadable of [false, true]) {
      const { lines, log } = logTo(isReadable);
      const url = "https://node.example/v1/key?a=b";
      log.warn({ rpcUrl: "https://a", config: { password: "hunter2", privateKey: "0xabc" }, salt: "0x12" }, "start");
      log.warn({ err: new Error(`cannot reach ${url}`), where: [url] }, `cannot reach ${url}`);
      const text = lines.join("");
      for (const secret of ["hunter2", "0xabc", "0x12", "https://a", "v1/key"]) expect(text).not.to.include(secret);
      expect(text).to.include("cannot reach [hidden]");
    }
  });

  it("is readable for people", function () {
    const { lines, log } = logTo(true);
    log.warn({ caseId: "0xab", sentence: "two words", round: 0, deep: { a: 1 } }, "vote soon");
    expect(lines[0]).to.match(
      /^\d\d:\d\d:\d\d WARN {2}vote soon caseId=0xab sentence="two words" round=0 deep=\{"a":1\}\n$/,
    );
  });
});

import { mkdtemp, rm, stat, symlink, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { id } from "ethers";

import { FatalError, RetryableError } from "../../../src/errors.ts";
import type { CastVote, CastVoteParameters } from "../../../src/juror/castVote.ts";
import { askForVote, askForVotes, serveControl } from "../../../src/juror/control.ts";
import type { Vote } from "../../../src/juror/voteTable.ts";
import { Choice } from "../../../src/protocol/court.ts";
import { parseId } from "../../../src/protocol/ids.ts";

describe("juror: the control socket", function () {
  let folder: string;
  let journal: string;
  let close: (() => Promise<void>) | undefined;
  let asked: CastVoteParameters[];
  let refusal: Error | undefined;
  const caseId = id("case");
  const vote: Vote = {
    ...{ id: 1, caseId: parseId(caseId), round: 0, choice: Choice.AtFault, salt: id("salt"), commitHash: id("hash") },
    ...{ cipher: "0x12", chosenAt: 5, state: "committed" },
  };
  const handler = {
    vote: async (parameters: CastVoteParameters): Promise<CastVote> => {
      asked.push(parameters);
      if (refusal !== undefined) throw refusal;
      const { choice } = parameters;
      return { caseId: parameters.caseId, round: 0, choice, commitHash: id("hash"), wasThere: false };
    },
    votes: () => [vote],
  };

  beforeEach(async function () {
    folder = await mkdtemp(join(tmpdir(), "credence-control-"));
    journal = join(folder, "j.sqlite");
    [asked, refusal] = [[], undefined];
  });
  afterEach(async function () {
    await close?.();
    close = undefined;
    await rm(folder, { recursive: true });
  });
  async function codeOf(work: Promise<unknown>): Promise<[unknown, unknown]> {
    return work.then(
      () => [undefined, undefined],
      (error: unknown) => [(error as Error).constructor, (error as { code: string }).code],
    );
  }
  /** Sends anything. */
  function post(path: string, body: string): Promise<{ status: number | undefined; text: string }> {
    return new Promise((resolve, reject) => {
      const socketPath = join(`${journal}.control`, "socket");
      const message = request({ socketPath, method: "POST", path }, (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("end", () => {
          resolve({ status: response.statusCode, text });
        });
      });
      message.on("error", reject);
      message.end(body);
    });
  }

  it("hands votes over, and errors back as they were", async function () {
    close = await serveControl(journal, handler);
    const cast = await askForVote(journal, { caseId, choice: "overturned", change: true });
    expect(cast).to.deep.equal({ caseId, round: 0, choice: Choice.AtFault, commitHash: id("hash"), wasThere: false });
    expect(asked).to.deep.equal([{ caseId, choice: Choice.AtFault, mayChange: true }]);
    const ask = () => askForVote(journal, { caseId, choice: "upheld", change: false });
    refusal = new FatalError("NoSeats", "no seat");
    expect(await codeOf(ask())).to.deep.equal([FatalError, "NoSeats"]);
    refusal = new RetryableError("CHAIN_UNREACHABLE", "later");
    expect(await codeOf(ask())).to.deep.equal([RetryableError, "CHAIN_UNREACHABLE"]);
  });

  it("tells the votes, but no salt", async function () {
    close = await serveControl(journal, handler);
    const { salt: _salt, cipher: _cipher, ...listed } = vote;
    expect(await askForVotes(journal)).to.deep.equal([listed]);
  });

  it("nobody is there: before the first run, and after a run that was killed", async function () {
    expect(await askForVotes(journal)).to.equal(undefined);
    close = await serveControl(journal, handler);
    await close();
    await writeFile(join(`${journal}.control`, "socket"), ""); // what is left is no socket that answers
    expect(await askForVotes(journal)).to.equal(undefined);
    close = await serveControl(journal, handler);
    expect(await askForVotes(journal)).to.have.length(1);
  });

  it("is for its own user, in a folder of its own", async function () {
    close = await serveControl(journal, handler);
    expect((await stat(`${journal}.control`)).mode & 0o777).to.equal(0o700);
    const elsewhere = join(folder, "other.sqlite");
    await symlink(folder, `${elsewhere}.control`);
    expect((await codeOf(serveControl(elsewhere, handler)))[1]).to.equal("CONTROL_UNUSABLE");
    const long = join(folder, "x".repeat(100));
    expect((await codeOf(serveControl(long, handler)))[1]).to.equal("CONTROL_UNUSABLE");
  });

  it("refuses what is malformed, too long, or not there", async function () {
    close = await serveControl(journal, handler);
    const bodies = ["", "{}", "[", JSON.stringify({ caseId, choice: "guilty", change: false }), "x".repeat(5_000)];
    for (const body of bodies) expect((await post("/votes", body)).status, body.slice(0, 20)).to.equal(400);
    expect((await post("/salts", "{}")).text).to.include("NOT_FOUND");
    expect(asked).to.deep.equal([]);
  });
});

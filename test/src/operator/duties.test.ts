import { expect } from "chai";
import pino from "pino";
import type { FatalError } from "../../../src/errors.ts";
import { runDuties } from "../../../src/operator/duties.ts";
import { DutyStage } from "../../setup/dutyStage.ts";

describe("src/operator/duties", () => {
  let stage: DutyStage;

  beforeEach(async () => {
    stage = await DutyStage.open();
  });

  afterEach(async () => {
    await stage.desk.remove();
  });

  it("goes on when the disk is full, and has followed the chain as soon as there is space", async () => {
    const { database } = stage.desk.journal;
    await stage.desk.step();
    const { page_count: pages } = database.prepare("PRAGMA page_count").get() as { page_count: number };
    database.exec(`PRAGMA max_page_count = ${pages}`);
    let refused: unknown;
    for (let blocks = 0; blocks < 400 && refused === undefined; blocks++) {
      await stage.mine();
      await stage.desk.step().catch((error: unknown) => (refused = error));
    }
    expect((refused as FatalError).code).to.equal("JOURNAL_FULL");
    const controller = new AbortController();
    const pauses: number[] = [];
    const sleep = async (ms: number): Promise<void> => {
      pauses.push(ms);
      if (pauses.length === 3) database.exec(`PRAGMA max_page_count = ${pages + 1_000}`);
      if (pauses.length === 4) controller.abort(new Error("enough"));
    };
    const failed: string[] = [];
    const log = pino(
      { level: "error" },
      { write: (line) => void failed.push((JSON.parse(line) as { err: { code: string } }).err.code) },
    );
    const environment = { log, monotonic: () => 0, sleep, signal: controller.signal };
    await runDuties(stage.desk.duties, environment, 100);
    expect(failed).to.deep.equal(["JOURNAL_FULL", "JOURNAL_FULL", "JOURNAL_FULL"]);
    expect(stage.desk.duties.follower.head!.number).to.equal(await stage.connection.ethers.provider.getBlockNumber());
  });
});

import { expect } from "chai";

import type { ReceiptId } from "../../../src/protocol/ids.ts";
import { GameArena } from "../../setup/gameArena.ts";
import { DAY, HOUR, WINDOW } from "../../setup/operation.ts";

describe("src/operator/retention", () => {
  let arena: GameArena;

  beforeEach(async () => {
    arena = await GameArena.open();
  });

  afterEach(async () => {
    await arena.desk.remove();
  });

  const KEEP = 3_600;
  const has = (id: ReceiptId): boolean => arena.desk.answers.traceOf(id) !== undefined;
  /** Drops what can be dropped at a chain time. */
  const dropAt = async (time: number): Promise<void> => {
    await arena.passTo(time);
    await arena.desk.step();
  };

  it("keeps a trace until its answer cannot be contested, and so much longer", async () => {
    const { id, signed } = await arena.keep();
    await arena.rest();
    await arena.desk.step();
    const { finalAt } = arena.desk.answers.publication(id)!;
    expect(finalAt).to.be.below(signed.receipt.anchorBy); // the receipt could be in another batch until then
    const { anchorBy } = signed.receipt;
    await dropAt(anchorBy + KEEP - 1);
    expect(has(id)).to.equal(true);
    await dropAt(anchorBy + KEEP);
    expect(has(id)).to.equal(false);
    expect(arena.desk.answers.answer(id)!.signed.receipt.jobId).to.equal(signed.receipt.jobId);
    expect(await arena.desk.metric("traces_dropped_total")).to.equal(1);
  });

  it("keeps a trace as long as a game holds the answer, and until the time to contest that is left", async () => {
    const { id, signed } = await arena.keep();
    await arena.rest();
    await arena.passTo(arena.desk.answers.publication(id)!.finalAt - 10);
    const gameId = await arena.contest(signed.receipt);
    await arena.desk.rest();
    // Its challenger lets the clock run out and nobody claims.
    arena.desk.journal.database.exec("UPDATE games SET deadline = deadline + 1000000000");
    await arena.pass(3 * DAY);
    await arena.desk.step();
    expect(has(id)).to.equal(true);
    await arena.ground.protocol.replay.claimTimeout(gameId, signed.receipt);
    const releasedAt = await arena.ground.now();
    await dropAt(releasedAt + KEEP - 1);
    expect(has(id)).to.equal(true);
    await dropAt(releasedAt + KEEP);
    expect(has(id)).to.equal(false);
  });

  it("keeps the trace of a leaf that nobody published as long as somebody can", async () => {
    const { id, signed } = await arena.keep({ anchorBy: (await arena.ground.now()) + HOUR }, { wantsFinal: false });
    await arena.desk.rest();
    await arena.desk.step();
    const { lockEnd, anchoredAt } = arena.desk.answers.batch(arena.desk.answers.answer(id)!.leaf!.root)!.anchored!;
    expect(lockEnd).to.equal(anchoredAt + WINDOW);
    expect(lockEnd).to.be.above(signed.receipt.anchorBy);
    await dropAt(lockEnd + KEEP - 1);
    expect(has(id)).to.equal(true);
    await dropAt(lockEnd + KEEP);
    expect(has(id)).to.equal(false);
  });
});

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { id } from "ethers";

import { openJournal } from "../../../src/daemon/journal.ts";
import { RetryableError } from "../../../src/errors.ts";
import type { Juror } from "../../../src/juror/juror.ts";
import { doSeedDuty } from "../../../src/juror/seedDuties.ts";
import { SPENDING_TABLE, spendingTable } from "../../../src/juror/spendingTable.ts";
import { parseId } from "../../../src/protocol/ids.ts";

describe("src/juror/seedDuties", () => {
  it("a chain that does not answer takes nothing from the day's budget", async () => {
    const folder = await mkdtemp(join(tmpdir(), "credence-seeds-"));
    const options = { program: "juror" as const, identity: {}, migrations: [SPENDING_TABLE] };
    const journal = openJournal(join(folder, "j.sqlite"), options);
    const spending = spendingTable(journal);
    const silent = async () => Promise.reject(new RetryableError("CHAIN_UNREACHABLE", "no answer"));
    const nameSeed = Object.assign(silent, { staticCall: silent, fragment: { inputs: [] } });
    const juror = {
      contracts: { court: { nameSeed } },
      provider: { getFeeData: async () => Promise.resolve({ maxFeePerGas: 10n }) },
      config: { seeds: { gasPerDay: 2_000_000n } },
      spending,
    } as unknown as Juror;
    const duty = { kind: "nameSeed", caseId: parseId(id("case")), round: 0, deadline: 9, sentence: "" } as const;
    for (let i = 0; i < 3; i++) {
      const code = await doSeedDuty(juror, { ...duty, caseId: parseId(id("case")) }, 5).catch(
        (error: unknown) => (error as RetryableError).code,
      );
      expect(code).to.equal("CHAIN_UNREACHABLE");
    }
    expect(spending.reserve(5, 2_000_000n, 2_000_000n), "all of it is left").to.equal(true);
    journal.close();
    await rm(folder, { recursive: true });
  });
});

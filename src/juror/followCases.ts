import type { Provider } from "ethers";

import type { ChainLog } from "../chain/clock.ts";
import { contractsOf } from "../chain/contracts.ts";
import { ChainFollower } from "../chain/follower.ts";
import { cursorTable } from "../daemon/cursorTable.ts";
import type { Journal } from "../daemon/journal.ts";
import type { Deployment } from "../protocol/deployment.ts";
import { parseId } from "../protocol/ids.ts";
import type { CaseTable } from "./caseTable.ts";

export type FollowCasesOptions = {
  provider: Provider;
  deployment: Deployment;
  /** First block of the deployment. */
  fromBlock: number;
  /** Has a cursor. */
  journal: Journal;
  cases: CaseTable;
  log: ChainLog;
};

/** Follows the cases that are opened into the journal, and back when the chain reorganises. */
export function followCases(options: FollowCasesOptions): ChainFollower {
  const { provider, deployment, fromBlock, journal, cases, log } = options;
  const { disputes } = contractsOf(deployment, provider);
  return new ChainFollower({
    provider,
    addresses: [deployment.disputes],
    fromBlock,
    cursor: cursorTable(journal),
    transaction: (work) => journal.transaction(work),
    apply(logs) {
      for (const { topics, data, blockNumber } of logs) {
        const event = disputes.interface.parseLog({ topics: [...topics], data });
        if (event?.name !== "CaseOpened") continue;
        const { caseId, operator, opener } = event.args.toObject() as Record<string, string>;
        cases.add({ caseId: parseId(caseId!), operator: operator!, opener: opener!, block: blockNumber });
      }
    },
    rollback(toBlock) {
      cases.rollback(toBlock);
    },
    log,
  });
}

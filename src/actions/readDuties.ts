import type { Provider } from "ethers";

import { translated, unitOf } from "../chain/calls.ts";
import { caseDuties, type Duty } from "../chain/caseDuties.ts";
import { contractsOf } from "../chain/contracts.ts";
import { readCourtCase } from "../chain/courtCase.ts";
import { eventsOf } from "../chain/logs.ts";
import type { Deployment } from "../protocol/deployment.ts";
import { parseId } from "../protocol/ids.ts";

export type ReadDutiesParameters = {
  account: string;
  /** Cases that were opened in this block or later are looked at; the deployment's block for all of them. */
  fromBlock: number;
};

/**
 * What an account should do in cases now, the most urgent first: vote with its seats, open its ballots, claim, settle,
 * withdraw; and the seeds that anybody may ask for and fix. What would bring the account nothing is left out.
 * @throws RetryableError `CHAIN_UNREACHABLE` if the node does not answer.
 * @example
 * for (const { sentence } of await readDuties(provider, deployment, { account, fromBlock })) console.log(sentence);
 */
export async function readDuties(
  provider: Provider,
  deployment: Deployment,
  { account, fromBlock }: ReadDutiesParameters,
): Promise<Duty[]> {
  const contracts = contractsOf(deployment, provider);
  return translated(contracts, async () => {
    const [block, unit] = await Promise.all([provider.getBlockNumber(), unitOf(contracts)]);
    const { disputes } = contracts;
    const opened = await eventsOf<Opened>(disputes, disputes.filters.CaseOpened(), fromBlock, block);
    const duties: Duty[] = [];
    for (const { caseId, operator, opener } of opened) {
      const subject = await readCourtCase(contracts, parseId(caseId), block);
      duties.push(...(await caseDuties({ contracts, account, block, unit, subject }, [operator, opener])));
    }
    return duties.sort((a, b) => urgency(a) - urgency(b));
  });
}

type Opened = { caseId: string; operator: string; opener: string };

/** For sorting: what can wait for ever comes last. */
const urgency = ({ deadline }: Duty): number => (deadline === 0 ? Infinity : deadline);

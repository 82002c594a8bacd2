import type { Signer } from "ethers";

import { eventOf, send } from "../chain/calls.ts";
import { contractsOf } from "../chain/contracts.ts";
import type { Deployment } from "../protocol/deployment.ts";
import type { ReceiptId } from "../protocol/ids.ts";
import type { Ruling } from "../protocol/rulings.ts";

export type WithdrawContributionParameters = {
  caseId: ReceiptId;
  /** That the appeal opens or would have opened, from 1. */
  round: number;
  asked: Ruling;
  /** Whose it is; the signer unless given. */
  contributor?: string;
};

/**
 * Credits a contributor what its contribution to an appeal came to: all of it if the pool opened no round, its share of
 * the pool's payout if it did and the case is settled. By anybody.
 * @returns the amount credited in the vault, stake token, smallest unit.
 * @throws ContractError for example `NothingContributed`, `AppealStillOpen`, `CaseInState`.
 * @example
 * const amount = await withdrawContribution(signer, deployment, { caseId, round: 1, asked: Ruling.Upheld });
 */
export async function withdrawContribution(
  signer: Signer,
  deployment: Deployment,
  { caseId, round, asked, contributor }: WithdrawContributionParameters,
): Promise<bigint> {
  const contracts = contractsOf(deployment, signer);
  const { disputes } = contracts;
  const account = contributor ?? (await signer.getAddress());
  const sent = await send(contracts, disputes.withdrawContribution, caseId, round, asked, account);
  return eventOf<{ amount: bigint }>(sent, disputes, "ContributionWithdrawn").amount;
}
